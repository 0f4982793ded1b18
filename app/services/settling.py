"""A report of the carrier's settles what receipts did not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.report import BadRow, ReportRow
from app.services.receipts import Receipts, Reception
from app.storage import doubts
from app.storage.database import Database

_AT_ONCE = 500  # rows a transaction


@dataclass(slots=True)
class Totals:
    """What a report came to."""

    readable: int = 0
    receptions: Counter[Reception] = field(default_factory=Counter)
    bad: list[BadRow] = field(default_factory=list)
    begin: datetime | None = None  # the time that the report covers, by its rows
    end: datetime | None = None
    unnamed: int = 0  # sent in that time, still in doubt

    @property
    def read(self) -> int:
        return self.readable + len(self.bad)

    @property
    def matched(self) -> int:
        """Rows of messages of ours, those that told nothing new included."""
        return self.readable - self.unknown

    @property
    def settled(self) -> int:
        return self.receptions[Reception.SETTLED]

    @property
    def repeated(self) -> int:
        return self.receptions[Reception.REPEATED]

    @property
    def unknown(self) -> int:
        return self.receptions[Reception.UNKNOWN]

    def cover(self, at: datetime | None) -> None:
        """The report has a message of that time."""
        if at is not None:
            self.begin = at if self.begin is None else min(self.begin, at)
            self.end = at if self.end is None else max(self.end, at)


class Settling:
    """Takes in reports."""

    def __init__(self, database: Database, receipts: Receipts) -> None:
        self._database = database
        self._receipts = receipts

    def settle(self, rows: Iterable[ReportRow | BadRow]) -> Totals:
        """Take in every row as the receipt that it is; safe to repeat.

        What the report does not name stays in doubt: it is not proof that nothing was sent.
        """
        totals = Totals()
        waiting: list[ReportRow] = []
        for row in rows:
            if isinstance(row, BadRow):
                totals.bad.append(row)
                continue
            totals.cover(row.received_at)
            waiting.append(row)
            if len(waiting) == _AT_ONCE:
                self._apply(waiting, totals)
                waiting = []
        self._apply(waiting, totals)
        totals.unnamed = self._still_in_doubt(totals)
        return totals

    def _apply(self, rows: Sequence[ReportRow], totals: Totals) -> None:
        told = [(row.text, row.receipt) for row in rows]
        totals.readable += len(told)
        if told:
            totals.receptions.update(self._receipts.apply_known(told))

    def _still_in_doubt(self, totals: Totals) -> int:
        if totals.begin is None or totals.end is None:
            return 0
        with self._database.reading() as session:
            return doubts.count_between(session, totals.begin, totals.end)
