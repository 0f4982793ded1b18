"""Previews, prices and estimates as clients send and get them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from app.domain.lifecycle import CampaignStatus
from app.web.described import Document
from app.web.schemas import Body


class PreviewTotalsDocument(Document):
    """recipients = people + refused + duplicates; people = send_now + held + skipped."""

    recipients: int
    people: int
    send_now: int
    held: int
    skipped: int
    refused: int
    duplicates: int
    not_valid: int = Field(description="Of the people: numbers that no numbering plan lists.")


class HeldUntilDocument(Document):
    until: datetime
    count: int


class ReasonCountDocument(Document):
    reason: str
    count: int


class PreviewSegmentsDocument(Document):
    total: int
    messages: dict[str, int] = Field(description="Messages by their number of segments.")
    encodings: dict[str, int] = Field(description="Messages by their alphabet.")


class AmountDocument(Document):
    currency: str
    amount: str


class CountryCostDocument(Document):
    country: str
    messages: int
    segments: int
    price: str | None = Field(description="Of a segment; null: not known.")
    currency: str | None
    source: str | None = Field(description="operator, learned")
    amount: str | None


class CostDocument(Document):
    totals: list[AmountDocument]
    unpriced_messages: int
    unpriced_segments: int
    countries: list[CountryCostDocument]


class TimingDocument(Document):
    rate: float = Field(description="Messages a second.")
    begins_at: datetime
    finishes_at: datetime


class PreviewSampleDocument(Document):
    why: str
    number: str
    text: str
    segments: int
    held_until: datetime | None
    held: str | None = Field(description="Until when by the clock of the place, and why.")


class PreviewWarningDocument(Document):
    rule: str
    text: str


class PreviewLinksDocument(Document):
    campaign: str
    csv: str
    launch: str


class CampaignPreviewDocument(Document):
    campaign_id: str | None
    token: str | None = Field(description="For the launch: preview_token.")
    valid_until: datetime | None
    at: datetime
    totals: PreviewTotalsDocument
    held: list[HeldUntilDocument]
    skipped: list[ReasonCountDocument]
    refused: list[ReasonCountDocument]
    segments: PreviewSegmentsDocument
    cost: CostDocument
    timing: TimingDocument
    samples: list[PreviewSampleDocument]
    warnings: list[PreviewWarningDocument]
    links: PreviewLinksDocument | None


class EstimateDocument(Document):
    at: datetime
    messages: int
    segments: int
    cost: CostDocument
    timing: TimingDocument


class ActualDocument(Document):
    finished_at: datetime | None
    charged_messages: int = Field(description="Those whose price is known.")
    billed_segments: int = Field(description="Of those, as Vonage counted them.")
    counted_segments: int = Field(description="Of the same, as we did.")
    cost: list[AmountDocument]


class CostDriftDocument(Document):
    currency: str
    expected: str | None = Field(description="For the messages that were charged; null: no price.")
    actual: str
    drift: float | None = Field(description="0.1: ten per cent more than expected.")


class DriftDocument(Document):
    segments: float | None
    cost: list[CostDriftDocument]
    late_seconds: float | None


class ReckoningDocument(Document):
    campaign_id: str
    status: CampaignStatus
    estimate: EstimateDocument | None = Field(description="null: it was never planned.")
    actual: ActualDocument
    drift: DriftDocument
    alarms: list[str] = Field(description="What is further off than it should be, in words.")


class LearnedDocument(Document):
    price: str
    currency: str
    segments: int = Field(description="That it was learned from, in the last 90 days.")


class PriceDocument(Document):
    country: str
    currency: str
    price: str = Field(description="Of a segment.")
    source: str = Field(description="operator, learned")
    updated_at: datetime | None
    learned: LearnedDocument | None
    drift: float | None = Field(
        description="What is charged against what was set: 0.1 is 10 % more."
    )


class PricesDocument(Document):
    prices: list[PriceDocument]


def _amount(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError('must be an amount, as in "0.0075"')  # noqa: TRY004 (pydantic takes ValueError)
    return value


class GivenPrice(Body):
    """What an operator says that a segment costs."""

    country: Annotated[str, Field(max_length=4)] = Field(
        description="ISO 3166-1, two letters; or a code that no country owns, as in +870.",
        examples=["US"],
    )
    currency: Annotated[str, Field(max_length=3)] | None = Field(None, examples=["EUR"])
    price: Annotated[Decimal, BeforeValidator(_amount)] | None = Field(
        description="Of a segment; null: forget it, so that the learned price holds.",
        examples=["0.0075"],
    )


class SetPrices(Body):
    """Prices to set or to forget; what is not named stays."""

    prices: Annotated[list[GivenPrice], Field(min_length=1, max_length=1_000)]
