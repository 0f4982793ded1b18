"""Imports of contacts over HTTP."""

from http import HTTPStatus
from typing import Any

from flask import request
from flask_openapi import Tag
from werkzeug.http import parse_options_header

from app.domain.errors import FixInput, Mistake
from app.domain.import_order import ImportStatus
from app.domain.scopes import Scope
from app.services.imports import Upload
from app.sheets.looking import Hints
from app.storage.imports import StoredImport
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.csv_answers import csv_answers
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers
from app.web.import_schemas import (
    ImportDocument,
    ImportPath,
    ImportsDocument,
    ImportsQuery,
    StartImport,
    UploadQuery,
)
from app.web.import_views import errors_csv, imported, links

imports = APIBlueprint(
    "imports",
    __name__,
    url_prefix="/api/imports",
    abp_tags=[Tag(name="imports and exports")],
    abp_security=SECURED,
)
guard(imports, Scope.CONTACTS)


@imports.before_request
def _only_files_are_no_json() -> Any:
    return None if request.endpoint == "imports.upload" else require_json()


_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {
    "required": True,
    "description": "The file: as a part named `file`, or as the whole body.",
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        },
        "text/csv": _BINARY,
        "application/octet-stream": _BINARY,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": _BINARY,
    },
}
_FORM = "multipart/form-data"


@imports.post("", request_body=_FILE, responses=answers(ImportDocument, 202, 400, 408, 413, 422))
def upload(query: UploadQuery) -> Any:
    """Upload a CSV or XLSX file with contacts, and see what was found in it.

    Nothing becomes of it before it is started, by `start=true` or by `.../start`.
    """
    hints = Hints(query.encoding, query.delimiter, query.header)
    stream, filename = _file(query.filename)
    given = Upload(stream, filename, actor(), hints)
    if not query.start:
        job = services().imports.upload(given)
    else:
        job = services().imports.upload(given, query.wish())
        job = services().imports.start(job.id, query.wish(), actor())
    return _shown(job), HTTPStatus.ACCEPTED, {"Location": links(job.id)["self"]}


def _file(named: str | None) -> tuple[Any, str]:
    """The bytes, as they come, and the client's name for them."""
    if request.mimetype == _FORM:
        part = request.files.get("file")
        if part is None:
            raise FixInput([Mistake("/file", "is missing: send the file in a part of this name")])
        return part.stream, named or part.filename or ""
    _, disposition = parse_options_header(request.headers.get("Content-Disposition"))
    return request.stream, named or disposition.get("filename", "")


@imports.get("", responses=answers(ImportsDocument, 422))
def index(query: ImportsQuery) -> Any:
    """Imports, the newest first."""
    found = services().imports.page(query.before, query.limit)
    following = views.following(
        "/api/imports",
        len(found) == query.limit,
        limit=query.limit,
        before=found[-1].id if found else None,
    )
    return views.page("imports", [imported(each) for each in found], following)


@imports.get("/<import_id>", responses=answers(ImportDocument, 404))
def show(path: ImportPath) -> Any:
    """How far it is; before it is started, with its first rows."""
    return _shown(services().imports.find(path.import_id))


def _shown(job: StoredImport) -> Any:
    is_new = job.status is ImportStatus.PREVIEWED
    return imported(job, services().imports.preview(job) if is_new else ())


@imports.post("/<import_id>/preview", responses=answers(ImportDocument, *BODY, 404))
def preview(path: ImportPath, body: StartImport) -> Any:
    """The first rows as they would be read with these wishes; nothing is started."""
    job = services().imports.find(path.import_id)
    return imported(job, services().imports.preview(job, body.wish()))


@imports.post("/<import_id>/start", responses=answers(ImportDocument, 202, *BODY, 404, 409))
def start(path: ImportPath, body: StartImport) -> Any:
    """Begin; every mistake in the wishes is named, and nothing is begun then."""
    job = services().imports.start(path.import_id, body.wish(), actor())
    return imported(job), HTTPStatus.ACCEPTED


@imports.post("/<import_id>/cancel", responses=answers(ImportDocument, 404, 409))
def cancel(path: ImportPath) -> Any:
    """Read no further. What was read stays: contacts, and opt-outs above all."""
    return imported(services().imports.cancel(path.import_id, actor()))


@imports.get(
    "/<import_id>/errors.csv",
    responses=csv_answers("Row, column, value, and what is wrong with it.", 404),
)
def errors(path: ImportPath) -> Any:
    """Everything that is wrong in the file so far, row by row, and how to mend it."""
    return errors_csv(services().imports.problems(path.import_id))
