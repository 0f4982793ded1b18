"""What both webhooks share: the raw body, proven to be Vonage's."""

import logging
from datetime import UTC, datetime

from flask import Response, g, request

from app.domain.errors import FixInput, TryAgain
from app.domain.message import DeliveryReceipt
from app.web.context import options, services
from app.web.problems import try_again

_log = logging.getLogger(__name__)

LONGEST = 256 * 1024  # bytes; real ones have about one thousand, and anybody may call

OK = "OK"  # as the tutorials answer; Vonage looks at the status only


def require_signature() -> Response | None:
    """Guard of a webhook blueprint.

    Raises TryAgain (503: Vonage sends again) when a callback is not signed, which happens in rare
    faults of theirs, and NotAuthentic (401: never sent again) when the signature is wrong.
    """
    header = request.headers.get("Authorization")
    options().signature.verify(header, request.get_data(), datetime.now(UTC))
    return None


def keep_unread(error: FixInput) -> str | Response:
    """Acknowledge what we cannot read: no repetition would make it readable, and it is kept."""
    g.unread = True  # for the count
    _log.error("webhook_unread", extra={"path": request.path, "reason": str(error)})
    try:
        services().receipts.keep_unread(body_text())
    except TryAgain as away:  # Flask asks no other handler about what a handler raises
        return try_again(away)
    return OK


def body_text() -> str:
    """The body for the journal."""
    return as_text(request.get_data())


def as_text(body: bytes) -> str:
    """A body as it is kept; no database takes U+0000."""
    return body.decode("utf-8", "replace").replace("\x00", "")


def log_status(receipt: DeliveryReceipt) -> None:
    """Say that a receipt is stored."""
    told = {"message_id": receipt.client_ref, "status": receipt.status.value}
    _log.info("status_webhook", extra=told)
