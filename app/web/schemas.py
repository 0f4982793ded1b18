"""What clients send: the models that validate it and describe it."""

from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.domain.campaign import why_unsendable
from app.domain.contact import unprintable
from app.domain.errors import InvalidNumber
from app.domain.ids import is_id
from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber, read_number
from app.domain.sender import read_sender

MAX_PAGE = 1_000
_LAST_PLACE = 2**31 - 1  # of a list, as databases count
_LONGEST_KEY = 255


class Body(BaseModel):
    """A request body: a field that is not known is a mistake, not a surprise.

    What checks it is built for the first that comes: a process meets few of the many kinds.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)


class OptionalBody(Body):
    """A body that may be left out."""

    @model_validator(mode="before")
    @classmethod
    def _or_nothing(cls, value: object) -> object:
        return {} if value is None else value


class Query(BaseModel):
    """A query string or a path, built late too.

    flask-openapi asks for the schema at every request: kept here.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)
    _schema: ClassVar[dict[str, Any]]

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if args or kwargs:
            return super().model_json_schema(*args, **kwargs)
        if "_schema" not in cls.__dict__:
            cls._schema = super().model_json_schema()
        return cls._schema


Rate = Annotated[float, Field(gt=0, le=100_000, strict=True)]
"""Messages a second."""


def sendable(text: str) -> str:
    if reason := why_unsendable(text):
        raise ValueError(reason)
    return text


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


def _storable(text: str) -> str:
    if reason := unprintable(text):
        raise ValueError(reason)
    return text


Words = Annotated[str, AfterValidator(_storable)]
Number = Annotated[PhoneNumber, AfterValidator(_number)]
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


PreviewToken = Annotated[
    str,
    Field(
        pattern="^[0-9a-f]{64}$",
        description="Of a preview: when it is not true any more, nothing is sent (409).",
    ),
]


class SendSms(Body):
    """One text to one number."""

    to: Number = Field(examples=["+14155550101"])
    text: Annotated[str, AfterValidator(sendable)]
    from_: Sender | None = Field(None, alias="from")


def _key(given: str) -> str:
    bare = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not (1 <= len(bare) <= _LONGEST_KEY and bare.isascii() and bare.isprintable()):
        raise ValueError(f"must have 1 to {_LONGEST_KEY} printable characters")
    return bare


class KeyHeader(Query):
    """The header of a request that may be repeated."""

    model_config = ConfigDict(extra="ignore")

    key: Annotated[str, AfterValidator(_key)] | None = Field(
        None,
        alias="Idempotency-Key",
        description="With the same key the same request is carried out once, and answered alike.",
    )


class CampaignPath(Query):
    campaign_id: Id


class MessagePath(Query):
    message_id: Id


class CampaignsQuery(Query):
    """A page of campaigns, the newest first."""

    status: CampaignStatus | None = None
    text: Annotated[Words, Field(max_length=200)] | None = Field(
        None, description="Part of a name."
    )
    before: Cursor | None = Field(None, description="Only campaigns older than this id.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class MessagesQuery(Query):
    """A page of messages, in the order of the recipients."""

    status: MessageStatus | None = None
    error_code: Annotated[Words, Field(max_length=40)] | None = None
    number: Number | None = Field(None, description="The whole number, as people write it.")
    after: Cursor | None = Field(None, description="Only messages behind this id.")
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class RefusalsQuery(Query):
    """A page of refused recipients."""

    after: int = Field(
        -1, ge=-1, le=_LAST_PLACE, description="Only those behind this place in the list."
    )
    limit: int = Field(100, ge=1, le=MAX_PAGE)
