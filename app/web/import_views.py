"""Imports as JSON, and what is wrong in them as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from flask import Response

from app.domain.import_order import ImportStatus, Problem, column_mistakes
from app.domain.sheet_rows import ReadRow
from app.storage.imports import StoredImport
from app.web.csv_answers import csv_answer
from app.web.views import time_text


def errors_csv(problems: Iterable[Problem]) -> Response:
    """What is wrong in a file, row by row, as a table."""
    rows = ((each.row, each.column, each.value, each.problem) for each in problems)
    return csv_answer("import-errors.csv", ("row", "column", "value", "problem"), rows)


def links(import_id: str) -> dict[str, str]:
    here = f"/api/imports/{import_id}"
    return {"self": here, "errors": f"{here}/errors.csv"}


def imported(job: StoredImport, preview: Sequence[ReadRow] = ()) -> dict[str, Any]:
    """An import as it stands."""
    is_new = job.status is ImportStatus.PREVIEWED
    return {
        "id": job.id,
        "filename": job.filename,
        "status": job.status.value,
        "status_reason": job.reason,
        "created_at": time_text(job.created_at),
        "started_at": time_text(job.started_at),
        "finished_at": time_text(job.finished_at),
        "progress": progress(job),
        "sheet": _sheet(job),
        "counts": asdict(job.tally),
        "mistakes": column_mistakes(job.facts.columns) if is_new else [],
        "preview": [_row(row) for row in preview],
        "links": links(job.id),
    }


def progress(job: StoredImport) -> float:
    """The share of the file that is behind us."""
    if job.status is ImportStatus.DONE:
        return 1.0
    whole = job.size - job.facts.first
    return round((job.position - job.facts.first) / whole, 4) if whole else 0.0


def _sheet(job: StoredImport) -> dict[str, Any]:
    facts, is_text = job.facts, job.facts.sheet is None
    columns = job.wish.columns if job.wish else facts.columns
    return {
        "kind": facts.kind,
        "sheet": facts.sheet,
        "encoding": facts.form.encoding if is_text else None,
        "delimiter": facts.form.delimiter if is_text else None,
        "header": facts.form.has_header,
        "columns": [
            {"heading": heading, "target": target}
            for heading, target in zip(facts.headings, columns, strict=True)
        ],
    }


def _row(row: ReadRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "number": row.number,
        "mended": row.mended,
        "attributes": row.plain,
        "fields": row.fields,
        "tags": list(row.tags),
        "lists": list(row.lists),
        "opted_out": row.opted_out is not None,
        "problems": [asdict(problem) for problem in row.problems],
    }
