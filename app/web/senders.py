"""Senders over HTTP: how fast they may go, and how fast they go now."""

from typing import Annotated, Any

from flask_openapi import Tag
from pydantic import AfterValidator, Field

from app.domain.errors import InvalidNumber
from app.domain.registration import MAX_WORDS, Registration, RegistrationStatus
from app.domain.scopes import Scope
from app.domain.sender import read_sender
from app.services.senders import SenderState
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint, Document
from app.web.documents import BODY, SECURED, answers
from app.web.schemas import Body, Query, Rate
from app.web.views import time_text

senders = APIBlueprint(
    "senders",
    __name__,
    url_prefix="/api/senders",
    abp_tags=[Tag(name="senders")],
    abp_security=SECURED,
)
guard(senders, Scope.ADMIN)
senders.before_request(require_json)


def _name(text: str) -> str:
    try:
        return read_sender(text)
    except InvalidNumber as error:
        raise ValueError(str(error)) from None


class SenderPath(Query):
    name: Annotated[str, AfterValidator(_name)]


_Words = Annotated[str, Field(min_length=1, max_length=MAX_WORDS)]


class SetRegistration(Body):
    """How far the registration of a sender has come."""

    status: RegistrationStatus
    registry: _Words | None = Field(None, description="As in: The Campaign Registry (10DLC).")
    reference: _Words | None = Field(None, description="As the id of a 10DLC campaign.")

    def registration(self) -> Registration:
        """The same as the service takes it."""
        return Registration(self.status, self.registry, self.reference)


class SetSender(Body):
    """How many messages a second a sender may send, over all processes, and its registration."""

    rate: Rate | None = Field(description="Messages a second; null for the default, SEND_RATE.")
    registration: SetRegistration | None = Field(
        None, description="A note; left out, it stays; null: nothing is known."
    )


class RegistrationDocument(Document):
    status: RegistrationStatus
    registry: str | None
    reference: str | None


class SenderDocument(Document):
    name: str
    rate: float = Field(description="As configured, in messages a second.")
    is_default: bool = Field(description="Is that the default, SEND_RATE?")
    rate_now: float = Field(description="Below `rate` after a 429 of Vonage; it climbs back.")
    slowed_since: str | None = Field(description="The last 429, while that still slows it.")
    held_until: str | None = Field(description="Nothing leaves before.")
    unreachable_failures: int = Field(description="Attempts in a row that did not reach Vonage.")
    registration: RegistrationDocument | None = Field(description="null: nothing is known.")


class SendersDocument(Document):
    senders: list[SenderDocument]


@senders.get("", responses=answers(SendersDocument))
def index() -> Any:
    """Every sender that was used or set, with its pace as it is now."""
    return {"senders": [_shown(each) for each in services().senders.states()]}


@senders.put("/<name>", responses=answers(SenderDocument, *BODY))
def change(path: SenderPath, body: SetSender) -> Any:
    """Set the rate of a sender, from the next claim on, and note its registration."""
    state = services().senders.set_rate(path.name, body.rate, actor())
    if "registration" in body.model_fields_set:
        noted = body.registration.registration() if body.registration else None
        state = services().senders.register(path.name, noted, actor())
    return _shown(state)


def _shown(sender: SenderState) -> dict[str, Any]:
    return {
        "name": sender.name,
        "rate": sender.rate,
        "is_default": sender.own_rate is None,
        "rate_now": round(sender.rate_now, 3),
        "slowed_since": time_text(sender.slowed_since),
        "held_until": time_text(sender.held_until),
        "unreachable_failures": sender.failures,
        "registration": sender.registration.as_json() if sender.registration else None,
    }
