"""Imports: what clients send, and the answers as they are described."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from app.domain.contact import OnExisting
from app.domain.import_order import ImportStatus
from app.domain.import_wish import Wish
from app.web.described import Document
from app.web.schemas import MAX_PAGE, Cursor, Id, OptionalBody, Query

_Short = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Many = Annotated[list[_Short], Field(max_length=50)]

_EXISTING = "What a row does that names a contact whom we know already."
_LISTS = "Lists by id or name that everybody in the file is added to; a new name makes a list."
_TAGS = "Tags that everybody in the file is given."
_REGION = 'The country of numbers without country code, as in "GB".'
_ZONE = "The time zone of whoever's row names none."
_LANGUAGE = "The language of whoever's row names none."


class ImportPath(Query):
    import_id: Id


class UploadQuery(Query):
    """How to read the file, where that should not be found out, and whether to begin at once."""

    filename: _Short | None = Field(None, description="The name to show for a file sent as body.")
    encoding: Annotated[str, StringConstraints(pattern="^(utf-8|utf-16-le|utf-16-be|cp1252)$")] | (
        None
    ) = None
    delimiter: Annotated[str, StringConstraints(pattern="^[,;|\t]$")] | None = Field(
        None, description="A comma, a semicolon, a tab or a vertical bar."
    )
    header: bool | None = Field(None, description="Does the first row name the columns?")
    start: bool = Field(default=False, description="Begin at once, with what was found out.")
    on_existing: OnExisting = Field(OnExisting.UPDATE, description=_EXISTING)
    list_: _Many = Field([], alias="list", description=_LISTS)
    tag: _Many = Field([], description=_TAGS)
    default_region: _Short | None = Field(None, description=_REGION)
    time_zone: _Short | None = Field(None, description=_ZONE)
    language: _Short | None = Field(None, description=_LANGUAGE)

    def wish(self) -> Wish:
        return Wish(
            on_existing=self.on_existing,
            lists=self.list_,
            tags=self.tag,
            default_region=self.default_region,
            time_zone=self.time_zone,
            language=self.language,
        )


class StartImport(OptionalBody):
    """What is to be done with the rows."""

    mapping: dict[_Short, Annotated[str, StringConstraints(max_length=64)]] = Field(
        default_factory=dict,
        max_length=500,
        description=(
            "By heading, only where it should be another than was found: number, first_name,"
            ' last_name, language, time_zone, postal_code, tags, list, opted_out, "fields." and a'
            " name of yours, or an empty text to leave the column out."
        ),
        examples=[{"Mobil": "number", "Notiz": ""}],
    )
    on_existing: OnExisting = Field(OnExisting.UPDATE, description=_EXISTING)
    lists: _Many = Field([], description=_LISTS)
    tags: _Many = Field([], description=_TAGS)
    default_region: _Short | None = Field(None, description=_REGION)
    time_zone: _Short | None = Field(None, description=_ZONE)
    language: _Short | None = Field(None, description=_LANGUAGE)

    def wish(self) -> Wish:
        return Wish(**{name: getattr(self, name) for name in Wish.__dataclass_fields__})


class ImportsQuery(Query):
    """A page of imports, the newest first."""

    before: Cursor | None = Field(None, description="Only imports older than this id.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


class OutcomesQuery(Query):
    text: bool = Field(default=False, description="With the text of each message.")


class ColumnDocument(Document):
    heading: str
    target: str = Field(description="What becomes of the column; empty: it is left out.")


class SheetDocument(Document):
    kind: str
    sheet: str | None = Field(description="The sheet of a workbook that is read: its first.")
    encoding: str | None
    delimiter: str | None
    header: bool
    columns: list[ColumnDocument]


class TallyDocument(Document):
    read: int = Field(description="The sum of the next five.")
    added: int
    updated: int
    skipped: int
    refused: int
    duplicates: int
    opted_out: int = Field(description="Opted out by this file.")
    opted_out_kept: int = Field(description="Rows of people who had opted out, and stay so.")
    mended: int = Field(description="Numbers that a spreadsheet had changed, put right.")


class CellProblemDocument(Document):
    row: int
    column: str
    value: str
    problem: str


class PreviewRowDocument(Document):
    row: int
    number: str | None
    mended: str | None = Field(description="What had to be put right in the number.")
    attributes: dict[str, str]
    fields: dict[str, str]
    tags: list[str]
    lists: list[str]
    opted_out: bool
    problems: list[CellProblemDocument]


class ImportLinksDocument(Document):
    self: str
    errors: str


class ImportDocument(Document):
    id: str
    filename: str
    status: ImportStatus
    status_reason: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: float = Field(description="The share of the file that is read, from 0 to 1.")
    sheet: SheetDocument
    counts: TallyDocument
    mistakes: list[str] = Field(description="What must be said before it can start.")
    preview: list[PreviewRowDocument] = Field(description="The first rows, before it is started.")
    links: ImportLinksDocument


class ImportsDocument(Document):
    imports: list[ImportDocument]
    next: str | None
