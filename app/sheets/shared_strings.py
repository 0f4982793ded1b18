"""The shared strings of a workbook, on disk: a million distinct names do not fit a small memory."""

import os
from array import array
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

from app.sheets.xml_stream import Damaged, Texts, listen

_PAGE = 64  # strings: few enough that one of them, anywhere, is read in microseconds
_BETWEEN = "\0"  # which XML cannot hold
_HELD = 16 << 20  # bytes of pages in memory, about
_EACH = 64  # bytes that Python adds to a short string


class SharedStrings:
    """Strings by place, in pages of a file that nobody else sees."""

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 (closed when we are left)
        self._ends = array("Q", [0])  # of the pages: eight bytes for each 64 strings
        self._pages: dict[int, list[str]] = {}
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, stream: IO[bytes]) -> None:
        """Keep the strings of this part of a workbook."""
        writer = _Writer(self)
        listen(stream, writer)
        self.add(writer.waiting)
        self._file.flush()

    def add(self, strings: list[str]) -> None:
        """The next page; all but the last have 64 strings."""
        page = _BETWEEN.join(strings).encode("utf-8", "surrogatepass")
        self._file.write(page)
        self._ends.append(self._ends[-1] + len(page))

    def __getitem__(self, place: int) -> str:
        number, rest = divmod(place, _PAGE)
        page = self._pages.get(number)
        try:
            return (page or self._page(number))[rest]
        except IndexError:
            raise Damaged("a shared string is missing") from None

    def _page(self, number: int) -> list[str]:
        if not 0 <= number < len(self._ends) - 1:
            raise IndexError
        begin, end = self._ends[number], self._ends[number + 1]
        page = os.pread(self._file.fileno(), end - begin, begin).decode("utf-8", "surrogatepass")
        self._held += end - begin + _PAGE * _EACH
        if self._held > _HELD:
            self._pages.clear()
            self._held = end - begin + _PAGE * _EACH
        strings = self._pages[number] = page.split(_BETWEEN)
        return strings


class _Writer(Texts):
    """Hands strings on by the page."""

    def __init__(self, strings: SharedStrings) -> None:
        super().__init__()
        self._strings = strings
        self.waiting: list[str] = []
        self.ends["si"] = self._end_string

    def _end_string(self) -> None:
        self.waiting.append("".join(self.runs))
        self.runs.clear()
        if len(self.waiting) == _PAGE:
            self._strings.add(self.waiting)
            self.waiting.clear()
