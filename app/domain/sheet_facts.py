"""What was found out about an uploaded file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.domain.sheet_format import SheetFormat

_LETTERS = 26


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """How the table is written, and what stands over its columns."""

    kind: str  # csv, xlsx
    form: SheetFormat  # of the CSV, which a workbook was turned into
    headings: Sequence[str]  # each is another; letters where the file has no header
    columns: Sequence[str]  # the target found for each
    first: int  # the byte where the first row of people begins
    first_row: int  # rows before it, as a spreadsheet counts
    sheet: str | None = None  # the name of the workbook's sheet

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "SheetFacts":
        return cls(**{**stored, "form": SheetFormat(**stored["form"])})


def told_apart(cells: Sequence[str], *, is_header: bool) -> list[str]:
    """A name for every column: its heading, with its letter where that is missing or not unique."""
    names: list[str] = []
    for place, cell in enumerate(cells):
        heading = " ".join(cell.split())[:_LONGEST] if is_header else ""
        name = heading or column_letters(place)
        names.append(name if name not in names else f"{name} ({column_letters(place)})")
    return names


_LONGEST = 150  # characters of a heading


def column_letters(place: int) -> str:
    """A, B, ... AA, as spreadsheets call the column at this place, from 0."""
    letters, place = "", place + 1
    while place:
        place, letter = divmod(place - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return letters
