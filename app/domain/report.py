"""A report of the carrier's on many messages, row by row."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.message import DeliveryReceipt


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What a row says of one message."""

    line: int  # in the file, from 1
    text: str  # the row as it is kept
    receipt: DeliveryReceipt
    received_at: datetime | None  # when the carrier took the message


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that says nothing we can use, and why."""

    line: int
    reason: str
