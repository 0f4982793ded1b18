"""Tables of imports: where each stands, and what was wrong in its file."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Table

_OPEN = text("status IN ('queued', 'running')")


class Import(Table):
    """One file of contacts, and how far it has been read.

    `position`, `row` and the counts are written by the transaction that stored the rows up to
    there, so a process that dies takes nothing with it.
    """

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_open", "id", sqlite_where=_OPEN),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    filename: Mapped[str] = mapped_column(String(200))  # the client's own name for it
    actor: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(Text)  # why it failed or was cancelled
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    size: Mapped[int] = mapped_column(BigInteger)  # bytes of the CSV file
    facts: Mapped[dict[str, Any]]  # what was found out: app.domain.sheet_facts.SheetFacts
    wish: Mapped[dict[str, Any]]  # the order: app.domain.import_order.ImportOrder; {} before
    position: Mapped[int] = mapped_column(BigInteger)  # of the next row, in bytes
    row: Mapped[int]  # rows behind us, as a spreadsheet counts
    tally: Mapped[dict[str, Any]]  # app.domain.import_order.RowCounts
    worker: Mapped[str | None] = mapped_column(Id)  # whoever holds the lease
    lease_until: Mapped[datetime | None]


class ImportProblem(Table):
    """What was wrong with a cell. Only ever added to."""

    __tablename__ = "import_problems"

    import_id: Mapped[str] = mapped_column(Id, ForeignKey("imports.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)  # among the problems of the row
    column: Mapped[str] = mapped_column(String(200))
    value: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
