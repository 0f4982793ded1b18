"""Work on a campaign of any size: a transaction for a few messages, until all is done."""

import time
from collections.abc import Callable, Sequence

from app.domain.errors import Conflict
from app.storage.database import AnyRow

AT_ONCE = 1_000  # messages a transaction
LONGEST = 15.0  # seconds; what is left is for another call, since proxies do not wait longer


def in_chunks(work: Callable[[str], Sequence[AnyRow]], after: str) -> int:
    """Call `work` with the last id it did, until it does less than a chunk; returns how many.

    Raises Conflict when nothing could be done; later it only ends the work.
    """
    done, end = 0, time.monotonic() + LONGEST
    while True:
        try:
            rows = work(after)
        except Conflict:
            if not done:
                raise
            return done
        done += len(rows)
        if len(rows) < AT_ONCE or time.monotonic() >= end:
            return done
        after = rows[-1].id
