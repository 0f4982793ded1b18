"""What a client says of an import: which column is what, and what is done with whom."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.contact import OnExisting, why_no_field
from app.domain.sheet_format import is_like_a_number
from app.domain.sheet_words import COLUMNS, LIST, NUMBER, meaning, plain_word

LEAVE_OUT = ""
"""The target of a column that nothing is made of."""

FIELD = "fields."
"""Before the name of a free field, in a mapping."""
_LONGEST_NAME = 40  # characters of a free field's name that is made of a heading
_IN_NAMES = re.compile(r"[^a-z0-9]+")


class ImportStatus(StrEnum):
    """Where an import stands."""

    PREVIEWED = "previewed"  # the file is here and nothing is done before somebody says start
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({ImportStatus.DONE, ImportStatus.FAILED, ImportStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """How the rows become contacts. `columns` has a target for each column, by its place."""

    columns: Sequence[str]
    on_existing: OnExisting = OnExisting.UPDATE
    lists: Sequence[str] = ()  # names of lists that everybody is added to
    tags: Sequence[str] = ()  # that everybody is given
    default_region: str | None = None  # where numbers without a country code are from
    time_zone: str | None = None  # of whoever's row names none
    language: str | None = None


@dataclass(slots=True)
class RowCounts:
    """What became of the rows. `read` is the sum of the five below it."""

    read: int = 0
    added: int = 0
    updated: int = 0
    skipped: int = 0  # known already, and left as they were
    refused: int = 0  # with a mistake that is listed
    duplicates: int = 0  # of a row further up
    opted_out: int = 0  # whom the file opts out and who was not before
    opted_out_kept: int = 0  # rows of people who had opted out before, and stay so
    mended: int = 0  # numbers that a spreadsheet had changed, and that could be put right


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell (or a whole row: column ""), and how to mend it."""

    row: int  # as a spreadsheet counts: from 1, with the header
    column: str
    value: str
    problem: str


@dataclass(slots=True)
class _Choice:
    targets: list[str] = field(default_factory=list)
    taken: dict[str, tuple[int, int]] = field(default_factory=dict)  # attribute: rank, place


def find_columns(
    headings: Sequence[str], *, is_header: bool, rows: Sequence[Sequence[str]]
) -> list[str]:
    """A target for each column, found by its heading; what is not known becomes a free field.

    Where several columns could be one attribute, the best word has it, and the first of equals.
    Without a known heading, the column in which most cells look like numbers is the number.
    """
    choice = _Choice()
    for place, heading in enumerate(headings):
        choice.targets.append(free_field(heading if is_header else "", place, choice.targets))
        found = meaning(heading) if is_header else None
        if found and (found[0] not in choice.taken or found[1] < choice.taken[found[0]][0]):
            choice.taken[found[0]] = found[1], place
    for attribute, (_, place) in choice.taken.items():
        choice.targets[place] = attribute
    if NUMBER not in choice.taken:
        likely = _number_column(headings, rows)
        if likely is not None:
            choice.targets[likely] = NUMBER
    return choice.targets


def free_field(heading: str, place: int, taken: Sequence[str] = ()) -> str:
    """A name that a text can ask for: "Straße & Nr." becomes strasse_nr."""
    if _is_field(heading) and heading not in taken:  # as our own exports write it
        return heading
    name = _IN_NAMES.sub("_", plain_word(heading)).strip("_")[:_LONGEST_NAME]
    if not name or not name[0].isalpha():
        name = f"column_{place + 1}" + (f"_{name}" if name else "")
    wanted = f"{FIELD}{name}"
    return wanted if _is_field(wanted) and wanted not in taken else f"{wanted}_{place + 1}"


def _number_column(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The column with the most cells that look like numbers; None where there is no such cell."""
    hits = Counter(
        place
        for row in rows
        for place, cell in enumerate(row[: len(headings)])
        if is_like_a_number(cell)
    )
    return max(hits, key=lambda place: (hits[place], -place)) if hits else None


def column_mistakes(columns: Sequence[str]) -> list[str]:
    """Everything that is wrong with a mapping, in words."""
    mistakes = []
    if NUMBER not in columns:
        mistakes.append('names no column as "number": say which one holds the telephone numbers')
    mistakes += [
        f'names two columns as "{target}": leave one out with ""'
        for target in sorted({each for each in columns if columns.count(each) > 1})
        if target not in (LEAVE_OUT, LIST)
    ]
    mistakes += [
        f'"{each}" is nothing that a column can be: use one of {", ".join(COLUMNS)}, "{FIELD}" and'
        ' a name in letters, digits and _, or "" to leave the column out'
        for each in columns
        if each != LEAVE_OUT and each not in COLUMNS and not _is_field(each)
    ]
    return mistakes


def _is_field(target: str) -> bool:
    return target.startswith(FIELD) and not why_no_field(target.removeprefix(FIELD), "")


def renamed(
    headings: Sequence[str], found: Sequence[str], wanted: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """The targets with what a client wants changed, by heading; and headings that are not there.

    A target that the client gives to another column is taken from the one it was found for.
    """
    given = set(wanted.values())
    columns = [
        wanted.get(heading, LEAVE_OUT if target in given else target)
        for heading, target in zip(headings, found, strict=True)
    ]
    return columns, [heading for heading in wanted if heading not in headings]
