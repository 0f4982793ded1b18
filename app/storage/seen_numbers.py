"""In which row of a file each number stood first: a small database of its own beside the file.

A million numbers would be a hundred megabytes in memory, and twice the writing in the database
of the service. Here nothing has to be durable: every row says what it says, so rows that are read
again after a crash find themselves, and change nothing.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Self

_TABLE = "CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, row INTEGER NOT NULL)"
_ASKED = "SELECT number, row FROM seen WHERE number IN (SELECT value FROM json_each(?))"


class SeenNumbers:
    """Remembers numbers; survives the end of the process, though not of the machine."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA journal_mode = TRUNCATE")
        self._connection.execute("PRAGMA cache_size = -16000")  # KiB
        self._connection.execute(_TABLE)

    def first_rows(self, rows: Mapping[int, str]) -> dict[int, int]:
        """For each of these rows with its number: the first row that had the number."""
        numbers = {row: int(number[1:]) for row, number in rows.items()}
        pairs = [(number, row) for row, number in numbers.items()]
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN")
            cursor.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", pairs)
            found = dict(cursor.execute(_ASKED, [str(list(numbers.values()))]).fetchall())
            cursor.execute("COMMIT")
        return {row: found[number] for row, number in numbers.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._connection.close()
