"""What clients send about campaigns: the models that validate it and describe it."""

from dataclasses import asdict, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.domain.campaign import CampaignOrder, OrderChanges
from app.domain.errors import InvalidMoment, InvalidTemplate
from app.domain.moments import read_moment, read_zone
from app.domain.template import read_template
from app.web.context import options
from app.web.hours import When
from app.web.schemas import Body, OptionalBody, PreviewToken, Rate, Sender, sendable
from app.web.text_bodies import (
    ChosenTemplate,
    TrackLinks,
    no_choice,
    not_both,
    text_or_template,
)
from app.web.whom import ForOthers, ForWhom, RequiredRecipients


def _readable_template(text: str) -> str:
    try:
        template = read_template(text)
    except InvalidTemplate as error:
        raise ValueError(str(error)) from None
    return sendable(text) if template.is_plain or not text.strip() else text


Text = Annotated[str, AfterValidator(_readable_template)]
Name = Annotated[str, Field(min_length=1, max_length=200)]


def _zone(name: str) -> str:
    try:
        read_zone(name)
    except InvalidMoment as error:
        raise ValueError(str(error)) from None
    return name


def _moment(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        raise ValueError('must be a time as text, as in "2026-12-24T09:00:00+01:00"')  # noqa: TRY004 (pydantic takes ValueError)
    if "time_zone" not in info.data:  # it was found wrong, so what it says cannot be judged
        return datetime.min.replace(tzinfo=UTC)
    name = info.data["time_zone"]
    try:
        return read_moment(value, name and read_zone(name))
    except InvalidMoment as error:
        raise ValueError(str(error)) from None


Zone = Annotated[str, AfterValidator(_zone)]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "examples": ["2026-12-24T09:00:00+01:00", "2026-12-24T09:00:00"],
            "description": "RFC 3339 with an offset, or without one in the local time of time_zone",
        }
    ),
]


class Times(Body):
    """When a campaign is to begin, and when it is to be over."""

    time_zone: Zone | None = Field(
        None, description="IANA name; then times are local and have no offset."
    )
    scheduled_at: Moment | None = Field(None, description="When to begin.")
    not_after: Moment | None = Field(None, description="What has not been sent by then is skipped.")

    @model_validator(mode="after")
    def _zone_of_something(self) -> Self:
        if self.time_zone and self.scheduled_at is None and self.not_after is None:
            kind = PydanticCustomError(
                "zone", "is for scheduled_at and not_after: give one of them"
            )
            mistake = InitErrorDetails(type=kind, loc=("time_zone",), input=self.time_zone)
            raise ValidationError.from_exception_data(type(self).__name__, [mistake])
        return self

    def times(self) -> dict[str, Any]:
        """The fields of a campaign that were named; a time says anew what its zone is."""
        named = self.model_fields_set & {"scheduled_at", "not_after"}
        zone = {"time_zone": self.time_zone} if self.time_zone or "scheduled_at" in named else {}
        return {name: getattr(self, name) for name in named} | zone


_Share = Annotated[float, Field(gt=0, le=1, strict=True)]
_Seconds = Annotated[float, Field(ge=60, le=31_536_000, strict=True)]
_RENAMED = {"resend_in_doubt_after": "resend_after"}


def _amount(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError('must be an amount, as in "25.00"')  # noqa: TRY004 (pydantic takes ValueError)
    return value


class Brake(Body):
    """When to hold a campaign or stop it; null switches a rule off."""

    canary: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = Field(
        None, description="So many first, then a look at what becomes of them."
    )
    canary_from: int = Field(
        1_000, ge=0, strict=True, description="Only campaigns with more recipients have a canary."
    )
    canary_wait: float = Field(
        15.0, ge=0, le=86_400, strict=True, description="Seconds to wait for it at most."
    )
    max_failure_rate: _Share | None = None
    max_opt_out_rate: _Share | None = None
    spend_cap: (
        Annotated[Decimal, BeforeValidator(_amount), Field(gt=0, le=10**9, decimal_places=6)] | None
    ) = Field(None, description="In the currency of the account.")
    late_tolerance: _Seconds | None = Field(
        None, description="Seconds late that still count as on time."
    )
    resend_in_doubt_after: _Seconds | None = Field(
        None, description="Seconds of silence after which a doubt is sent again."
    )

    def rules(self) -> dict[str, Any]:
        """The fields of a policy that were named."""
        named = {name: getattr(self, name) for name in self.model_fields_set}
        return {_RENAMED.get(name, name): value for name, value in named.items()}


def _no_brake(value: object) -> object:
    return dict.fromkeys(_SAFETY) if value is False else value


_SAFETY = ("canary", "max_failure_rate", "max_opt_out_rate")
_BRAKE_SCHEMA = {
    "anyOf": [Brake.model_json_schema(), {"type": "boolean", "enum": [False]}, {"type": "null"}]
}
BrakeOrFalse = Annotated[Brake | None, BeforeValidator(_no_brake), WithJsonSchema(_BRAKE_SCHEMA)]


MaxRate = Annotated[
    Rate | None,
    Field(description="Messages a second at most; the sender's rate holds as well."),
]


class SendCampaign(Times, ForWhom, When):
    """One text to many: to recipients, or to contacts on lists and of an audience."""

    recipients: RequiredRecipients = Field(
        None,
        validate_default=True,
        description='Numbers, or objects {"to": number, ...} with the fields of the text.',
    )
    template: ChosenTemplate | None = Field(None, description="In place of message.")
    message: Annotated[Text | None, AfterValidator(text_or_template)] = Field(
        None,
        validate_default=True,
        description="The text; {{ field }} is filled in for each recipient.",
        examples=["Hello from our campaign!"],
    )
    name: Name | None = None
    from_: Sender | None = Field(None, alias="from")
    brake: BrakeOrFalse = Field(
        None, description="The operator's limits hold for what it does not name; false: no limits."
    )
    allow_duplicate: bool = Field(
        default=False,
        strict=True,
        description="Send it although the same was sent within the last ten minutes.",
    )
    track_links: TrackLinks = False
    max_rate: MaxRate = None

    dry_run: bool = Field(
        default=False,
        strict=True,
        description="Only say what would be done, as a preview does; nothing is kept or sent.",
    )

    def order(self) -> CampaignOrder:
        """What the client asks us to send."""
        return CampaignOrder(
            recipients=self.recipients,
            target=self.target(),
            # That of a saved template is read when it is looked up.
            template=read_template(self.message or ""),
            sender=self.from_ or options().sender,
            name=self.name,
            scheduled_at=self.scheduled_at,
            not_after=self.not_after,
            policy=replace(options().policy, **(self.brake.rules() if self.brake else {})),
            time_zone=self.time_zone,
            allow_duplicate=self.allow_duplicate,
            saved=self.template.version_named() if self.template else None,
            track_links=self.track_links,
            terms=self.terms(),
            max_rate=self.max_rate,
        )


class ChangeCampaign(Times, ForOthers, When):
    """What is to be different; whatever is not named stays (RFC 7396)."""

    template: ChosenTemplate = Field(default_factory=no_choice)
    message: Annotated[Text, AfterValidator(not_both)] = Field(default_factory=str)
    track_links: TrackLinks = False
    max_rate: MaxRate = None
    name: Name = Field(default_factory=str)
    from_: Sender | None = Field(None, alias="from", description="null: the default sender.")
    brake: BrakeOrFalse = Field(None, description="null: the operator's limits.")

    def changes(self) -> OrderChanges:
        """What the client wants changed."""
        named = self.model_fields_set
        plain = named & {"name", "message", "track_links", "max_rate"}
        fields = self.times() | {name: getattr(self, name) for name in plain}
        if "template" in named:
            fields["saved"] = self.template.version_named()
        if "from_" in named:
            fields["sender"] = self.from_ or options().sender
        rules = self.brake.rules() if self.brake else asdict(options().policy)
        if self.is_for_somebody:
            fields["target"] = self.target()
        recipients = self.recipients if self.is_for_somebody else None
        held = self.changed_terms()
        return OrderChanges(fields, rules if "brake" in named else None, recipients, held or None)


class LaunchCampaign(OptionalBody):
    """The body may be left out."""

    allow_duplicate: bool = Field(default=False, strict=True)
    preview_token: PreviewToken | None = None


class ScheduleCampaign(Times, OptionalBody):
    """The body may be left out where the draft has a time."""

    allow_duplicate: bool = Field(default=False, strict=True)
    preview_token: PreviewToken | None = None


class Reason(OptionalBody):
    """The body may be left out."""

    reason: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        None, description="For whoever reads status_reason."
    )
