"""Imports of contacts: a file is uploaded, looked at, started, watched."""

from collections.abc import Iterable
from http import HTTPStatus
from itertools import islice
from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from app.domain.errors import FixInput, Mistake
from app.domain.import_order import FINISHED, ImportStatus, column_mistakes
from app.domain.import_wish import Wish, order_of
from app.domain.users import Role
from app.services.imports import Upload
from app.sheets.looking import Hints
from app.storage.imports import StoredImport
from app.web.context import services
from app.web.dashboard.asked import SHOWN, asked, cut
from app.web.dashboard.forms import Form
from app.web.dashboard.frame import actor, page, show, takes_files
from app.web.dashboard.import_form import choices, filled, wish_of
from app.web.import_views import errors_csv, progress
from app.web.schemas import MAX_PAGE

imports = Blueprint("imports", __name__, url_prefix="/imports")

_HEADERS = {"yes": True, "no": False}
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")


@imports.get("")
@page()
def index() -> Any:
    """The newest first."""
    found, last = cut(services().imports.page(asked("before") or None, SHOWN + 1))
    return show(
        "imports.html",
        imports=found,
        progress=progress,
        older=url_for(".index", before=last.id) if last else None,
        newest=url_for(".index") if asked("before") else None,
    )


@imports.get("/new")
@page(Role.SENDER)
def new() -> Any:
    return show("import_new.html", form=Form())


@imports.post("")
@page(Role.SENDER)
@takes_files
def upload() -> Any:
    """Keep a file and look what is in it."""
    form, part = Form.given(), request.files.get("file")
    if part is None or not part.filename:
        return _no_table(form, [Mistake("", "choose a CSV or XLSX file first")])
    try:
        given = Upload(part.stream, part.filename, actor(), _hints(form))
        job = services().imports.upload(given)
    except FixInput as error:
        return _no_table(form, error.mistakes)
    return redirect(url_for(".find", import_id=job.id), HTTPStatus.SEE_OTHER)


def _no_table(form: Form, mistakes: Iterable[Mistake]) -> Any:
    wrong = FixInput([Mistake("/file", each.detail) for each in mistakes])
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return show("import_new.html", status, form=form.with_mistakes(wrong))


def _hints(form: Form) -> Hints:
    """What the reader says of the file; whatever is not chosen is found out."""
    encoding, delimiter = form.value("encoding"), request.form.get("delimiter", "")
    return Hints(
        encoding if encoding in _ENCODINGS else None,
        delimiter if delimiter in (",", ";", "\t", "|") else None,
        _HEADERS.get(form.value("header")),
    )


@imports.get("/<import_id>")
@page()
def find(import_id: str) -> Any:
    """Before it is started what would be read, afterwards how far it is."""
    job = services().imports.find(import_id)
    if job.status is ImportStatus.PREVIEWED:
        return _preview(job, filled(job), None)
    return _progress(job, "import.html")


@imports.get("/<import_id>/progress")
@page()
def part(import_id: str) -> Response:
    """The part of the page that moves."""
    job = services().imports.find(import_id)
    answer = make_response(_progress(job, "import_progress.html"))
    if job.status in FINISHED:
        answer.headers["X-Live"] = "done"
    return answer


def _progress(job: StoredImport, template: str) -> Any:
    problems = list(islice(services().imports.problems(job.id), SHOWN + 1))
    return show(
        template,
        job=job,
        share=progress(job),
        is_over=job.status in FINISHED,
        problems=problems[:SHOWN],
        has_more=len(problems) > SHOWN,
    )


@imports.post("/<import_id>/preview")
@page(Role.SENDER)
def preview(import_id: str) -> Any:
    """The first rows as they would be read with these wishes."""
    job, form = services().imports.find(import_id), Form.given()
    try:
        wish = wish_of(job.facts, form)
        order_of(job.facts, wish, strict=True)
    except FixInput as error:
        return _wrong(job, form, error)
    return _preview(job, form, wish)


@imports.post("/<import_id>/start")
@page(Role.SENDER)
def start(import_id: str) -> Any:
    job, form = services().imports.find(import_id), Form.given()
    try:
        services().imports.start(import_id, wish_of(job.facts, form), actor())
    except FixInput as error:
        return _wrong(job, form, error)
    flash("The import has begun. You may leave this page; it goes on.", "good")
    return redirect(url_for(".find", import_id=import_id), HTTPStatus.SEE_OTHER)


def _wrong(job: StoredImport, form: Form, error: FixInput) -> Any:
    found = [
        Mistake("/" + each.pointer.split("/")[1] if each.pointer else "", each.detail)
        for each in error.mistakes
    ]
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _preview(job, form.with_mistakes(FixInput(found)), None, status)


def _preview(
    job: StoredImport, form: Form, wish: Wish | None, status: HTTPStatus = HTTPStatus.OK
) -> Any:
    columns = [
        (f"column-{place}", job.facts.headings[place], choices(job.facts, place))
        for place in range(len(job.facts.headings))
    ]
    return show(
        "import_preview.html",
        status,
        job=job,
        form=form,
        columns=columns,
        rows=services().imports.preview(job, wish),
        mistakes=column_mistakes(job.facts.columns) if not form.errors and wish is None else (),
        lists=services().contact_lists.page("", MAX_PAGE),
    )


@imports.post("/<import_id>/cancel")
@page(Role.SENDER)
def cancel(import_id: str) -> Response:
    """Read no further; what was read stays."""
    services().imports.cancel(import_id, actor())
    flash("The import is cancelled. What was read before stays.", "good")
    return redirect(url_for(".find", import_id=import_id), HTTPStatus.SEE_OTHER)


@imports.get("/<import_id>/errors.csv")
@page()
def errors(import_id: str) -> Response:
    """Everything that is wrong in the file, row by row."""
    return errors_csv(services().imports.problems(import_id))
