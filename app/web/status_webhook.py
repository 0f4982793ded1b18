"""POST /webhooks/status: delivery receipts. 200 only when they are durable."""

from datetime import UTC, datetime

from flask import Blueprint, request

from app.domain.errors import FixInput
from app.vonage.webhooks import read_status
from app.web.context import services
from app.web.quick_receipts import FAILED
from app.web.webhooks import OK, body_text, keep_unread, log_status, require_signature

status_webhook = Blueprint("status_webhook", __name__, url_prefix="/webhooks")
status_webhook.before_request(require_signature)
status_webhook.register_error_handler(FixInput, keep_unread)


@status_webhook.post("/status")
def status() -> str:
    """Take a receipt in any of Vonage's shapes; what is not about SMS is acknowledged only."""
    if failed := request.environ.get(FAILED):
        raise failed
    receipt = read_status(request.get_data(), datetime.now(UTC))
    if receipt is not None:
        services().receipts.apply(body_text(), receipt)
        log_status(receipt)
    return OK
