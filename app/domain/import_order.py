"""What a client says of an import: which column is what, and what is done with whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.sheet_format import is_like_a_number
from app.domain.sheet_words import ATTRIBUTES, LIST, NUMBER, meaning

LEAVE_OUT = ""
"""The target of a column that nothing is made of."""

FIELD = "fields."
"""Before the name of a free field, in a mapping."""

LONGEST_NAME = 64  # characters of a free field's name


class OnExisting(StrEnum):
    """What a row does that names a contact whom we know already."""

    UPDATE = "update"  # what the row says replaces what we knew; an empty cell changes nothing
    SKIP = "skip"  # the contact stays as it is; lists and tags are left alone too
    REFUSE = "refuse"  # the row is reported as a mistake


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
class Tally:
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
        choice.targets.append(_free(heading if is_header else "", place, choice.targets))
        found = meaning(heading) if is_header else None
        if found and (found[0] not in choice.taken or found[1] < choice.taken[found[0]][0]):
            choice.taken[found[0]] = found[1], place
    for attribute, (_, place) in choice.taken.items():
        choice.targets[place] = attribute
    if NUMBER not in choice.taken and (place := _number_column(headings, rows)) is not None:
        choice.targets[place] = NUMBER
    return choice.targets


def _free(heading: str, place: int, taken: Sequence[str]) -> str:
    if _is_field(heading) and heading not in taken:  # as our own exports write it
        return heading
    name = " ".join(heading.split())[:LONGEST_NAME] or f"column_{place + 1}"
    wanted = f"{FIELD}{name.lower().replace(' ', '_')}"
    return wanted if wanted not in taken else f"{wanted[: LONGEST_NAME - 4]}_{place + 1}"


def _number_column(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> int | None:
    """The column with the most cells that look like numbers."""
    hits = [
        sum(is_like_a_number(row[place]) for row in rows if place < len(row))
        for place in range(len(headings))
    ]
    return hits.index(max(hits)) if hits and max(hits) else None


def column_mistakes(columns: Sequence[str]) -> list[str]:
    """Everything that is wrong with a mapping, in words."""
    mistakes = []
    if NUMBER not in columns:
        mistakes.append('names no column as "number": say which one holds the telephone numbers')
    for target in sorted({each for each in columns if each and columns.count(each) > 1}):
        if target != LIST:
            mistakes.append(f'names two columns as "{target}": leave one out with ""')
    mistakes += [
        f'"{each}" is nothing that a column can be: use one of {", ".join(ATTRIBUTES)},'
        f' "{FIELD}" and a name of at most {LONGEST_NAME} characters, or "" to leave it out'
        for each in columns
        if each != LEAVE_OUT and each not in ATTRIBUTES and not _is_field(each)
    ]
    return mistakes


def _is_field(target: str) -> bool:
    name = target.removeprefix(FIELD)
    return target.startswith(FIELD) and name.isprintable() and 0 < len(name) <= LONGEST_NAME


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
