"""Contacts, and what became of every recipient of a campaign, as tables of any size.

Each page is a short transaction of its own, so nobody waits for an export, however slow the
client reads. What changes while it runs may be in it or not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.campaign import Refusal
from app.domain.contact import ATTRIBUTES
from app.domain.errors import NotFound
from app.domain.ids import is_id
from app.domain.import_order import FIELD
from app.storage import campaigns, exports, message_list
from app.storage.database import Database
from app.storage.message_list import ALL, StoredMessage

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, which are read as they are taken."""

    header: Sequence[str]
    rows: Iterator[Sequence[object]]


_OUTCOME = (
    *("number", "status", "reason", "error_code", "status_at", "created_at", "sent_at"),
    *("accepted_at", "final_at", "attempts", "segments", "billed_segments", "price", "currency"),
    *("message_id", "message_uuid"),
)


class Exports:
    """Writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def contacts(self) -> Table:
        """Every contact by number, with the headings that an import reads back."""
        with self._database.reading() as session:
            names = exports.field_names(session)
        header = ("number", *ATTRIBUTES, "tags", "opted_out", *(FIELD + name for name in names))
        return Table(header, self._contacts(names))

    def _contacts(self, names: Sequence[str]) -> Iterator[Sequence[object]]:
        after, full = "", True
        while full:
            with self._database.reading() as session:
                page = exports.contacts(session, after, _PAGE)
            for person, opted_out_at in page:
                yield (
                    person.number,
                    *(getattr(person, name) for name in ATTRIBUTES),
                    ", ".join(sorted(person.tags)),
                    _time(opted_out_at),
                    *(person.fields.get(name) for name in names),
                )
            full = len(page) == _PAGE
            after = page[-1][0].number if page else after

    def outcomes(self, campaign_id: str, *, with_text: bool) -> Table:
        """Every recipient of a campaign: its messages, then whom it refused. Raises NotFound."""
        with self._database.reading() as session:
            if not is_id(campaign_id) or campaigns.find(session, campaign_id) is None:
                raise NotFound(f"there is no campaign {campaign_id}")
        header = (*_OUTCOME, "text") if with_text else _OUTCOME
        return Table(header, self._outcomes(campaign_id, with_text=with_text))

    def _outcomes(self, campaign_id: str, *, with_text: bool) -> Iterator[Sequence[object]]:
        for message in self._messages(campaign_id):
            row = _of_message(message)
            yield (*row, message.text) if with_text else row
        blank = [""] * (len(_OUTCOME) - 3 + with_text)
        for refusal in self._refusals(campaign_id):
            status = "duplicate" if refusal.duplicate else "refused"
            yield (refusal.number or refusal.value, status, refusal.reason, *blank)

    def _messages(self, campaign_id: str) -> Iterator[StoredMessage]:
        after, full = None, True
        while full:
            with self._database.reading() as session:
                page = message_list.page(session, campaign_id, ALL, after, _PAGE)
            yield from page
            full = len(page) == _PAGE
            after = page[-1].id if page else None

    def _refusals(self, campaign_id: str) -> Iterator[Refusal]:
        after, full = -1, True
        while full:
            with self._database.reading() as session:
                page = campaigns.refusals(session, campaign_id, after, _PAGE)
            yield from page
            full = len(page) == _PAGE
            after = page[-1].position if page else after


def _of_message(message: StoredMessage) -> tuple[object, ...]:
    price = None if message.price is None else f"{message.price.normalize():f}"
    return (
        message.number,
        message.status.value,
        message.reason,
        message.error_code,
        *map(_time, (message.status_at, message.created_at, message.sent_at)),
        *map(_time, (message.accepted_at, message.final_at)),
        message.attempts,
        message.segments,
        message.billed_segments,
        price,
        message.currency,
        message.id,
        message.message_uuid,
    )


def _time(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the second: spreadsheets know no more."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
