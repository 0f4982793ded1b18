"""POST /webhooks/inbound: texts that people send. 200 only when they are durable."""

from datetime import UTC, datetime

from flask import Blueprint, request

from app.domain.errors import FixInput
from app.vonage.webhooks import read_inbound
from app.web.context import services
from app.web.webhooks import OK, body_text, keep_unread, require_signature

inbound_webhook = Blueprint("inbound_webhook", __name__, url_prefix="/webhooks")
inbound_webhook.before_request(require_signature)
inbound_webhook.register_error_handler(FixInput, keep_unread)


@inbound_webhook.post("/inbound")
def inbound() -> str:
    """Take a text in any of Vonage's shapes; what is not SMS is acknowledged only."""
    message = read_inbound(request.get_data(), datetime.now(UTC))
    if message is not None:
        services().inbound.receive(body_text(), message)
    return OK
