#!/bin/sh
# Posts examples/campaign.json to the service that runs with this folder's .env.
set -eu
cd "$(dirname "$0")/.."
: "${API_KEY:=$(sed -n 's/^API_KEYS=\([^,]*\).*/\1/p' .env)}"
: "${PORT:=$(sed -n 's/^PORT=//p' .env)}"

curl -sS "http://127.0.0.1:${PORT:-3000}/api/campaigns/send" \
  -H "Authorization: Bearer $API_KEY" \
  -H "Content-Type: application/json" \
  -d @examples/campaign.json
