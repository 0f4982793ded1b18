"""Senders over HTTP: how fast they may go, and how fast they go now."""

from typing import Annotated, Any

from flask_openapi import APIBlueprint, Tag
from pydantic import AfterValidator, BaseModel, Field

from app.domain.errors import InvalidNumber
from app.domain.scopes import Scope
from app.domain.sender import read_sender
from app.services.senders import SenderState
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.documents import BODY, SECURED, answers
from app.web.schemas import Body, Query
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


class SetRate(Body):
    """How many messages a second a sender may send, over all processes."""

    rate: Annotated[float, Field(gt=0, le=100_000, strict=True)] | None = Field(
        description="Messages a second; null for the default, SEND_RATE."
    )


class SenderDocument(BaseModel):
    name: str
    rate: float = Field(description="As configured, in messages a second.")
    is_default: bool = Field(description="Is that the default, SEND_RATE?")
    rate_now: float = Field(description="Below `rate` after a 429 of Vonage; it climbs back.")
    slowed_since: str | None = Field(description="The last 429, while that still slows it.")
    held_until: str | None = Field(description="Nothing leaves before.")
    unreachable_failures: int = Field(description="Attempts in a row that did not reach Vonage.")


class SendersDocument(BaseModel):
    senders: list[SenderDocument]


@senders.get("", responses=answers(SendersDocument))
def index() -> Any:
    """Every sender that was used or set, with its pace as it is now."""
    return {"senders": [_shown(each) for each in services().senders.states()]}


@senders.put("/<name>", responses=answers(SenderDocument, *BODY))
def set_rate(path: SenderPath, body: SetRate) -> Any:
    """Set the rate of a sender; it holds from the next claim on."""
    return _shown(services().senders.set_rate(path.name, body.rate, actor()))


def _shown(sender: SenderState) -> dict[str, Any]:
    return {
        "name": sender.name,
        "rate": sender.rate,
        "is_default": sender.own_rate is None,
        "rate_now": round(sender.rate_now, 3),
        "slowed_since": time_text(sender.slowed_since),
        "held_until": time_text(sender.held_until),
        "unreachable_failures": sender.failures,
    }
