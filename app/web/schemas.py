"""What clients send: the models that validate it and describe it."""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from app.domain.campaign import why_unsendable
from app.domain.errors import InvalidNumber, InvalidTemplate
from app.domain.ids import is_id
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber, read_number
from app.domain.sender import read_sender
from app.domain.template import read_template
from app.web.context import options

MAX_PAGE = 1_000
_LAST_PLACE = 2**31 - 1  # of a list, as databases count


class Body(BaseModel):
    """A request body: a field that is not known is a mistake, not a surprise."""

    model_config = ConfigDict(extra="forbid")


class Query(BaseModel):
    """A query string or a path. flask-openapi asks for the schema at every request: kept here."""

    model_config = ConfigDict(extra="forbid")
    _schema: ClassVar[dict[str, Any]]

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        if "_schema" not in cls.__dict__:
            cls._schema = super().model_json_schema()
        return cls._schema


def _sendable(text: str) -> str:
    if reason := why_unsendable(text):
        raise ValueError(reason)
    return text


def _readable_template(text: str) -> str:
    try:
        template = read_template(text)
    except InvalidTemplate as error:
        raise ValueError(str(error)) from None
    return _sendable(text) if template.is_plain or not text.strip() else text


def _not_too_many(recipients: list[Any]) -> list[Any]:
    most = options().max_recipients
    if len(recipients) > most:
        raise ValueError(f"has {len(recipients)} entries, at most {most} are taken at once")
    return recipients


def _as_text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError('must be a time as text, as in "2026-12-24T09:00:00+01:00"')  # noqa: TRY004 (pydantic takes ValueError)
    return value


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999") from None


_RECIPIENT_SCHEMA = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            {"type": "string", "examples": ["+14155550101"]},
            {
                "type": "object",
                "properties": {"to": {"type": "string"}},
                "required": ["to"],
                # anyOf, since flask-openapi knows no list of types.
                "additionalProperties": {
                    "anyOf": [{"type": each} for each in ("string", "number", "boolean", "null")]
                },
            },
        ]
    },
}


def _sender(text: str) -> str:
    try:
        return read_sender(text)
    except InvalidNumber as error:
        raise ValueError(str(error)) from None


def _number(text: str) -> PhoneNumber:
    try:
        return read_number(text)
    except InvalidNumber as error:
        raise ValueError(str(error)) from None


def _cursor(text: str) -> str:
    if not is_id(text):
        raise ValueError("must be an id, as the link to the next page has it")
    return text.lower()


Cursor = Annotated[str, AfterValidator(_cursor)]
# Whatever is no id is simply not found. Ids are compared as text, and stored in lower case.
Id = Annotated[str, AfterValidator(str.lower)]

Sender = Annotated[
    str,
    AfterValidator(_sender),
    Field(
        description="A number of yours, or a name of at most 11 characters where that is allowed."
    ),
]


class SendCampaign(Body):
    """One text to many."""

    recipients: Annotated[
        list[Any],
        Field(min_length=1),
        AfterValidator(_not_too_many),
        WithJsonSchema(_RECIPIENT_SCHEMA),
    ] = Field(description='Numbers, or objects {"to": number, ...} with the fields of the text.')
    message: Annotated[str, AfterValidator(_readable_template)] = Field(
        description="The text; {{ field }} is filled in for each recipient.",
        examples=["Hello from our campaign!"],
    )
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    from_: Sender | None = Field(None, alias="from")
    scheduled_at: (
        Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_utc)] | None
    ) = Field(None, description="RFC 3339 with an offset; without it the campaign starts at once.")


class SendSms(Body):
    """One text to one number."""

    to: Annotated[PhoneNumber, AfterValidator(_number)] = Field(examples=["+14155550101"])
    text: Annotated[str, AfterValidator(_sendable)]
    from_: Sender | None = Field(None, alias="from")


class CampaignPath(Query):
    campaign_id: Id


class MessagePath(Query):
    message_id: Id


class CampaignsQuery(Query):
    """A page of campaigns, the newest first."""

    before: Cursor | None = Field(None, description="Only campaigns older than this id.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class MessagesQuery(Query):
    """A page of messages, in the order of the recipients."""

    status: MessageStatus | None = None
    after: Cursor | None = Field(None, description="Only messages behind this id.")
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class RefusalsQuery(Query):
    """A page of refused recipients."""

    after: int = Field(
        -1, ge=-1, le=_LAST_PLACE, description="Only those behind this place in the list."
    )
    limit: int = Field(100, ge=1, le=MAX_PAGE)
