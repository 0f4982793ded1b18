"""Single messages over HTTP."""

from http import HTTPStatus
from typing import Any

from flask import Response
from flask_openapi import Tag

from app.domain.message import MessageStatus
from app.domain.scopes import Scope
from app.storage.idempotency import Reservation
from app.storage.message_list import StoredMessage
from app.web import views
from app.web.auth import guard
from app.web.bodies import require_json
from app.web.context import options, services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, MessageDocument, SentDocument, answers
from app.web.idempotency import once
from app.web.problems import problem
from app.web.schemas import KeyHeader, MessagePath, SendSms

messages = APIBlueprint("messages", __name__, abp_tags=[Tag(name="messages")], abp_security=SECURED)
guard(messages, Scope.SEND)
messages.before_request(require_json)

_WAIT = 30.0  # seconds that a single message may take before the answer is "still queued"
_HTTP_CODE = 3  # digits: Vonage gave no code of its table, and the answer's own status is kept
_OF_THE_MESSAGE = {"400", "422"}  # among these; with all others Vonage refused us


@messages.post("/send-sms", responses=answers(SentDocument, 202, *BODY, 409, 502, 504, also=200))
def send_sms(header: KeyHeader, body: SendSms) -> Any:
    """Send one text to one number, ahead of campaigns, and wait for Vonage's answer."""
    sender = body.from_ or options().sender

    def work(reservation: Reservation | None) -> Any:
        return wait(services().messages.send(body.to, body.text, sender, reservation))

    def wait(message: StoredMessage) -> Any:
        return _told(services().messages.wait_until_tried(message, _WAIT))

    return once(header.key, work, lambda known: wait(services().messages.find(known)))


def _told(message: StoredMessage) -> Any:
    """What became of a single message, in the tutorial's words where it went well."""
    match message.status:
        case MessageStatus.QUEUED | MessageStatus.SENDING:
            return _sent(message, "Message queued"), HTTPStatus.ACCEPTED
        case MessageStatus.SKIPPED:
            return _problem(HTTPStatus.CONFLICT, message, "opted-out")
        case MessageStatus.IN_DOUBT:
            return _problem(HTTPStatus.GATEWAY_TIMEOUT, message, "in-doubt")
        case MessageStatus.FAILED if _is_its_fault(message.error_code or ""):
            return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, message, "refused-by-vonage")
        case MessageStatus.FAILED:
            return _problem(HTTPStatus.BAD_GATEWAY, message, "refused-by-vonage")
        case _:
            return _sent(message, "Message submitted")


def _is_its_fault(code: str) -> bool:
    """Would another message have gone through? Not where our account or Vonage is the trouble."""
    return len(code) > _HTTP_CODE or code in _OF_THE_MESSAGE


def _sent(message: StoredMessage, status: str) -> dict[str, Any]:
    return {"message_uuid": message.message_uuid, "status": status, "message_id": message.id}


def _problem(status: HTTPStatus, message: StoredMessage, kind: str) -> Response:
    return problem(
        status,
        message.reason or "no reason was given",
        kind=kind,
        code=message.error_code,
        message_id=message.id,
    )


@messages.get("/api/messages/<message_id>", responses=answers(MessageDocument, 404))
def show(path: MessagePath) -> Any:
    """One message as it stands."""
    return views.message(services().messages.find(path.message_id))
