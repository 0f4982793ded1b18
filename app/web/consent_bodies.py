"""Consent over HTTP: what clients send."""

from ipaddress import ip_address
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from app.domain.consent import Reply
from app.domain.consent_ledger import EVERYTHING, ConsentKind
from app.domain.consent_order import ConsentOrder
from app.domain.errors import InvalidNumber
from app.domain.phone import PhoneNumber, read_number
from app.domain.sender_consent import ManagedBy, SenderConsent, read_words
from app.web.schemas import MAX_PAGE, Body, Cursor, Query, Sender

_MOST = 1_000  # entries of one request


def _number(text: str) -> PhoneNumber:
    try:
        return read_number(text)
    except InvalidNumber as error:
        raise ValueError(str(error)) from None


def _ip(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("is no IP address") from None


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ValueError("must begin with https://")
    return text


_Text40 = Annotated[str, StringConstraints(min_length=1, max_length=40)]
_Text60 = Annotated[str, StringConstraints(min_length=1, max_length=60)]
_Text80 = Annotated[str, StringConstraints(min_length=1, max_length=80)]
_Text200 = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Text1000 = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
_Text4000 = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]


class GivenConsent(Body):
    """What happened to the consent of one person, with its proof."""

    number: Annotated[PhoneNumber, AfterValidator(_number)] = Field(examples=["+14155550101"])
    event: Literal["opt_in", "opt_out"]
    method: Literal["api", "web_form", "paper", "agent", "operator", "import"] = "api"
    wording: _Text4000 | None = Field(
        None, description="What the person agreed to, or said. An opt-in is no proof without it."
    )
    wording_version: _Text40 | None = None
    scope: _Text80 = Field(
        EVERYTHING, description="The sender or programme that it is for. An opt-out holds for all."
    )
    at: AwareDatetime | None = Field(None, description="When it was given; now, unless named.")
    ip: Annotated[str, AfterValidator(_ip)] | None = None
    user_agent: _Text1000 | None = None
    actor: _Text80 | None = Field(None, description="Who recorded it; else the API key by name.")
    message_id: _Text60 | None = Field(None, description="The message that it is about.")
    source_file: _Text200 | None = None
    source_row: Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)] | None = None
    expires_at: AwareDatetime | None = None
    evidence_url: Annotated[_Text1000, AfterValidator(_url)] | None = None
    double_opt_in: bool = Field(
        default=False, strict=True, description="Ask the person by text; only a YES makes it one."
    )
    from_: Sender | None = Field(None, alias="from", description="The sender that asks.")
    after_opt_out: bool = Field(
        default=False,
        strict=True,
        description="The person left before, and agreed again since: needed to write to it again.",
    )

    def order(self, sender: str, actor: str) -> ConsentOrder:
        told = self.model_dump(exclude={"event", "actor", "double_opt_in", "from_"})
        return ConsentOrder(
            **told,
            event=ConsentKind(self.event),
            actor=self.actor or actor,
            confirm_from=(self.from_ or sender) if self.double_opt_in else None,
        )


class GiveConsents(Body):
    """Events of consent; all of them are recorded, or none."""

    consents: Annotated[list[GivenConsent], Field(min_length=1, max_length=_MOST)]


class OptOutsQuery(Query):
    """A page of those who opted out, the newest first."""

    before: Cursor | None = Field(None, description="Only those older than this event.")
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class ReviewsQuery(Query):
    """A page of opt-outs to be read, the oldest first."""

    after: Cursor | None = Field(None, description="Only those behind this event.")
    limit: int = Field(100, ge=1, le=MAX_PAGE)


class ReviewPath(Query):
    event_id: Annotated[str, AfterValidator(str.lower)]


class SettleReview(Body):
    """What a person read in it."""

    as_: Literal["opt_out", "no_opt_out"] = Field(
        alias="as", description="opt_out: it was meant. no_opt_out: it is taken back."
    )


_Words = list[_Text40]


class SetSenderConsent(Body):
    """How a sender speaks of itself; what is left out is as the settings of the service have it."""

    programme_name: _Text40 | None = None
    support_contact: _Text60 | None = None
    frequency: _Text80 | None = Field(None, examples=["Up to 4 messages a month."])
    opt_out_text: _Text1000 | None = Field(None, description="Answers STOP.")
    opt_in_text: _Text1000 | None = Field(None, description="Answers START.")
    help_text: _Text1000 | None = Field(None, description="Answers HELP.")
    opt_out_managed_by: ManagedBy = Field(
        ManagedBy.US, description="provider: whoever carries the texts answers STOP, and not we."
    )
    opt_out_words: _Words = Field(default=[], description="Opt out here, besides STOP and its kin.")
    help_words: _Words = Field(default=[], description="Ask for help here.")
    opt_in_words: _Words = Field(default=[], description="Come back here, besides START.")

    def consent(self) -> SenderConsent:
        """As a value; raises FixInput for words that cannot be keywords."""
        told = self.model_dump(exclude={"opt_out_words", "help_words", "opt_in_words"})
        words = read_words(
            {
                Reply.OPT_OUT: self.opt_out_words,
                Reply.HELP: self.help_words,
                Reply.OPT_IN: self.opt_in_words,
            }
        )
        return SenderConsent(**told, words=words)
