#!/bin/sh
# Writes what deploy/compose.yaml reads, with fresh secrets, and overwrites nothing:
# carillon.env, postgres.env, metrics.key, and tls/ with a certificate that nobody trusts, to try with.
#
#     deploy/prepare.sh [FOLDER]        # FOLDER: the one that compose.yaml is in, unless given
set -eu
umask 077
folder=${1:-$(dirname "$0")}

if [ -e "$folder/carillon.env" ] || [ -e "$folder/postgres.env" ]; then
    echo "There are settings already: $folder/carillon.env, $folder/postgres.env" >&2
    exit 1
fi
password=$(openssl rand -hex 24)
metrics_key=$(openssl rand -hex 24)

cat > "$folder/postgres.env" <<END
POSTGRES_USER=carillon
POSTGRES_DB=carillon
POSTGRES_PASSWORD=$password
END

# Every other setting is in .env.example, and has a default.
cat > "$folder/carillon.env" <<END
DATABASE_URL=postgresql://carillon:$password@database/carillon
RUNNER=procrastinate
WEB_DISPATCH=off
TRUSTED_PROXIES=1
API_KEYS=$(openssl rand -hex 24)
CONSENT_HASH_KEY=$(openssl rand -hex 32)
METRICS_KEY=$metrics_key

# Texts go to the simulator. For real ones take your own six values, and remove VONAGE_API_URL.
VONAGE_API_URL=http://simulator:3999
VONAGE_API_KEY=abcd1234
VONAGE_APPLICATION_ID=aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab
VONAGE_PRIVATE_KEY_BASE64=$(openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 2>/dev/null | openssl base64 -A)
VONAGE_NUMBER=15550000001
VONAGE_SIGNATURE_SECRET=$(openssl rand -hex 24)
END

# It opens /metrics and nothing else; Prometheus is no root in its container either.
printf %s "$metrics_key" > "$folder/metrics.key" && chmod 644 "$folder/metrics.key"

if [ ! -e "$folder/tls/privkey.pem" ]; then
    mkdir -p "$folder/tls"
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$folder/tls/privkey.pem" -out "$folder/tls/fullchain.pem" 2>/dev/null
    # nginx is no root in its container, and neither the owner of these.
    chmod 755 "$folder/tls" && chmod 644 "$folder/tls/privkey.pem" "$folder/tls/fullchain.pem"
fi
echo "Wrote $folder/carillon.env and $folder/postgres.env. Keep CONSENT_HASH_KEY in a second place too."
