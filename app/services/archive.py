"""Moves messages of ended campaigns from the database to a file."""

import gzip
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from app.domain.errors import FixInput, Mistake
from app.services.clock import Clock
from app.storage import archiving
from app.storage.database import Database

_AT_ONCE = 1_000  # messages a transaction, so that sending never waits long for this
YOUNGEST = timedelta(days=90)  # later news of a message, and limits of frequency, need the rows


@dataclass(frozen=True, slots=True)
class Archived:
    """What was moved."""

    campaigns: int
    messages: int


class Archive:
    """Moves them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def move(self, before: datetime, path: Path) -> Archived:
        """Move the messages of campaigns that ended before then to the end of `path`.

        Lines of JSON, gzipped: a table's name and a row. Each part is on the disk before it is
        deleted, so after a crash a row may be in the file twice, and is never lost. Raises
        FixInput when `before` is less than 90 days ago, TryAgain with some of it done.
        """
        if before > self._clock.now() - YOUNGEST:
            raise FixInput([Mistake("/before", f"must be {YOUNGEST.days} days ago or more")])
        campaigns = messages = 0
        last = ""
        with path.open("ab") as raw:
            while found := self._next(before, last):
                last = found
                campaigns += 1
                while moved := self._some(found, raw):
                    messages += moved
        return Archived(campaigns, messages)

    def _next(self, before: datetime, after: str) -> str | None:
        with self._database.reading() as session:
            first = "00000000-0000-0000-0000-000000000000"
            found = archiving.ended(session, before, after or first, 1)
        return found[0] if found else None

    def _some(self, campaign_id: str, raw: IO[bytes]) -> int:
        with self._database.writing() as session:
            ids = archiving.some(session, campaign_id, _AT_ONCE)
            with gzip.open(raw, "at", encoding="utf-8") as lines:  # a member for each part
                for table, row in archiving.rows_of(session, ids):
                    lines.write(json.dumps([table, row], default=str, ensure_ascii=False) + "\n")
            raw.flush()
            os.fsync(raw.fileno())
            archiving.remove(session, ids)
        return len(ids)
