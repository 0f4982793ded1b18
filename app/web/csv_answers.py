"""Tables as answers: streamed, and never kept by anybody in between."""

from collections.abc import Iterable, Sequence

from flask import Response

from app.sheets.writing import csv_text
from app.web.documents import Responses, problems_for

CSV = "text/csv"


def csv_answer(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file to download, which is made while it is sent."""
    answer = Response(csv_text(header, rows), mimetype=CSV)
    answer.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def csv_answers(what: str, *statuses: int) -> Responses:
    """A table as it is described, and the problems that may come in its place."""
    table = {"description": what, "content": {CSV: {"schema": {"type": "string"}}}}
    return {"200": table, **problems_for(*statuses)}
