"""Imports as a job: exactly once, over crashes, cancels and repeats; opt-outs are only added."""

import csv
import io
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from app.domain.contact import OnExisting
from app.domain.errors import Conflict, FixInput
from app.domain.import_order import ImportStatus
from app.domain.import_wish import Wish
from app.services.clock import Clock
from app.services.exports import Exports
from app.services.import_work import ImportWork
from app.services.imports import Imports, Upload
from app.sheets.writing import csv_text
from app.storage import consent
from app.storage.database import Database
from app.storage.imports import StoredImport
from app.storage.uploads import Uploads
from tests.support.builders import consent_event
from tests.support.fakes import START
from tests.support.workbooks import write_workbook

AT_ONCE = 3


class Desk:
    """Everything that an import needs, with a clock that tests set."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.now = START
        self.uploads = Uploads(folder)
        clock = Clock(now=lambda: self.now)
        self.imports = Imports(database, self.uploads, clock, lambda: None)
        self.work = ImportWork(database, self.uploads, clock, AT_ONCE)

    def upload(self, content: str | bytes, wish: Wish | None = None) -> StoredImport:
        data = content.encode() if isinstance(content, str) else content
        return self.imports.upload(Upload(io.BytesIO(data), "people.csv", "a test"), wish)

    def begin(self, content: str | bytes, **wish: Any) -> StoredImport:
        job = self.upload(content)
        return self.imports.start(job.id, Wish(**wish), "a test")

    def do(self, content: str | bytes, **wish: Any) -> StoredImport:
        job = self.begin(content, **wish)
        assert self.work.run(job.id)
        return self.imports.find(job.id)

    def problems(self, job: StoredImport) -> list[tuple[int, str, str]]:
        found = self.imports.problems(job.id)
        return [(each.row, each.column, each.problem) for each in found]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.reading() as session:
            return [tuple(row) for row in session.execute(text(query))]

    def opt_out(self, number: str) -> None:
        with self.database.writing() as session:
            consent.record(session, [consent_event(number)])


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path / "imports")


def counts(job: StoredImport) -> dict[str, int]:
    return {name: value for name, value in asdict(job.tally).items() if value}


PEOPLE = "".join(f"+4477009001{place:02},Name{place}\n" for place in range(10))
SHEET = f"Phone,First name\n{PEOPLE}"


def test_people_are_added_with_all_that_the_row_says(desk: Desk) -> None:
    job = desk.do(
        "Telefon;Vorname;Stadt;Schlagworte;Liste;Zeitzone\n"
        "0151 23456789;Jörg;Köln;vip, neu;Frühling;Europe/Berlin\n",
        default_region="DE",
        tags=["import"],
        lists=["Alle"],
        language="de",
    )

    assert (job.status, counts(job)) == (ImportStatus.DONE, {"read": 1, "added": 1, "mended": 1})
    (row,) = desk.rows("SELECT number, first_name, language, time_zone, fields FROM contacts")
    assert row[:4] == ("+4915123456789", "Jörg", "de", "Europe/Berlin")
    assert "Köln" in str(row[4]) or "K\\u00f6ln" in str(row[4])
    tags = desk.rows("SELECT tag FROM contact_tags ORDER BY tag")
    assert tags == [("import",), ("neu",), ("vip",)]
    on = "SELECT name FROM contact_lists JOIN list_members ON list_id = id ORDER BY name"
    assert desk.rows(on) == [("Alle",), ("Frühling",)]
    assert list(desk.uploads.path("x").parent.iterdir()) == []


@pytest.mark.parametrize(
    ("on_existing", "expected", "name"),
    [
        (OnExisting.UPDATE, {"read": 2, "added": 1, "updated": 1}, "New"),
        (OnExisting.SKIP, {"read": 2, "added": 1, "skipped": 1}, "Old"),
        (OnExisting.REFUSE, {"read": 2, "added": 1, "refused": 1}, "Old"),
    ],
)
def test_whoever_is_known_is_updated_skipped_or_refused(
    desk: Desk, on_existing: OnExisting, expected: dict[str, int], name: str
) -> None:
    desk.do("number,first_name,last_name\n+447700900100,Old,Kept\n")
    job = desk.do(
        "number,first_name,last_name\n+447700900100,New,\n+447700900101,A,B\n",
        on_existing=on_existing,
    )

    assert counts(job) == expected
    known = "SELECT first_name, last_name FROM contacts WHERE number = '+447700900100'"
    assert desk.rows(known) == [(name, "Kept")]
    assert len(desk.problems(job)) == (on_existing is OnExisting.REFUSE)


@pytest.mark.parametrize("word", ["no", "false", "0", "opted in", "subscribed", ""])
@pytest.mark.parametrize("on_existing", [*OnExisting])
def test_an_import_never_clears_an_opt_out(desk: Desk, word: str, on_existing: OnExisting) -> None:
    desk.do("number\n+447700900100\n")
    desk.opt_out("+447700900100")
    before = desk.rows("SELECT * FROM opt_outs"), desk.rows("SELECT * FROM consent_events")

    job = desk.do(f"number,opted_out\n+447700900100,{word}\n", on_existing=on_existing)

    assert job.tally.opted_out_kept == 1
    assert job.tally.opted_out == 0
    assert before == (
        desk.rows("SELECT * FROM opt_outs"),
        desk.rows("SELECT * FROM consent_events"),
    )


def test_opt_outs_count_even_in_rows_that_are_repeated_or_refused(desk: Desk) -> None:
    job = desk.do(
        "number,first_name,time_zone,opted_out\n"
        "+447700900100,Ann,,\n"
        "+447700900100,Ann,,STOP\n"
        "+447700900101,Bob,Mars,2026-01-31\n"
        "+447700900102,Cid,,perhaps\n"
    )

    assert counts(job) == {"read": 4, "added": 1, "refused": 2, "duplicates": 1, "opted_out": 2}
    columns = "number, method, wording, source_file, source_row"
    events = desk.rows(f"SELECT {columns} FROM consent_events ORDER BY number")  # noqa: S608 (the line above)
    assert events == [
        ("+447700900100", "import", "STOP", "people.csv", 3),
        ("+447700900101", "import", "2026-01-31", "people.csv", 4),
    ]
    assert len(desk.rows("SELECT number FROM opt_outs")) == 2
    assert [(row, column) for row, column, _ in desk.problems(job)] == [
        (3, "number"),
        (4, "time_zone"),
        (5, "opted_out"),
    ]


def test_a_number_that_comes_again_far_below_is_told_with_its_first_row(desk: Desk) -> None:
    job = desk.do(f"{SHEET}+44 7700 900100,Again\n")

    assert (job.tally.added, job.tally.duplicates) == (10, 1)
    ((row, column, problem),) = desk.problems(job)
    assert (row, column) == (12, "Phone")
    assert "row 2 again" in problem


class Killed(BaseException):
    """The process is gone: nothing of ours runs after it."""


@pytest.mark.parametrize("chunks", [1, 2, 3])
def test_another_worker_goes_on_where_one_died(desk: Desk, chunks: int) -> None:
    sheet = f"{SHEET}+447700900100,Again\n+447,short\n"
    whole = counts(desk.do(sheet.replace("+4477009", "+4477010")))
    job, seen = desk.begin(sheet), []

    def die(after: StoredImport) -> None:
        seen.append(after)
        if len(seen) == chunks:
            raise Killed

    with pytest.raises(Killed):
        desk.work.run(job.id, die)
    assert desk.imports.find(job.id).tally.read == AT_ONCE * chunks
    assert desk.work.next() is None  # its lease holds
    assert not desk.work.run(job.id)

    desk.now += timedelta(minutes=5)
    assert desk.work.next() == job.id
    assert desk.work.run(job.id)

    after = desk.imports.find(job.id)
    assert after.status is ImportStatus.DONE
    assert counts(after) == whole == {"read": 12, "added": 10, "refused": 1, "duplicates": 1}
    assert [row for row, _, _ in desk.problems(after)] == [12, 13]


def test_a_chunk_that_was_read_but_not_committed_is_read_again(desk: Desk) -> None:
    """The numbers were noted as seen already, and must not be taken for duplicates."""
    job = desk.begin(SHEET)
    commits = iter([False, True])  # the claim's, and that of the first chunk

    def die(_connection: object) -> None:
        if next(commits):
            raise Killed

    event.listen(desk.database.engine, "commit", die)
    with pytest.raises(Killed):
        desk.work.run(job.id)
    event.remove(desk.database.engine, "commit", die)
    desk.database.engine.dispose()  # a dead process leaves its connections
    assert desk.rows("SELECT * FROM contacts") == []

    desk.now += timedelta(minutes=5)
    desk.work.run(job.id)

    assert counts(desk.imports.find(job.id)) == {"read": 10, "added": 10}


def test_a_worker_that_lost_its_lease_stores_nothing_more(desk: Desk) -> None:
    job = desk.begin(SHEET)
    done: list[bool] = []

    def overtake(_: StoredImport) -> None:
        if not done:
            done.append(True)
            desk.now += timedelta(minutes=5)
            assert desk.work.run(job.id)

    desk.work.run(job.id, overtake)

    after = desk.imports.find(job.id)
    assert (after.status, counts(after)) == (ImportStatus.DONE, {"read": 10, "added": 10})


def test_a_process_that_is_told_to_end_leaves_the_rest_to_others_at_once(desk: Desk) -> None:
    job, looks = desk.begin(SHEET), iter([False, True])
    desk.work.run(job.id, should_stop=lambda: next(looks))

    assert desk.imports.find(job.id).tally.read == AT_ONCE
    assert desk.work.next() == job.id
    desk.work.run(job.id)
    assert desk.imports.find(job.id).tally.added == 10


def test_a_cancelled_import_stops_and_keeps_what_was_read(desk: Desk) -> None:
    job = desk.begin(SHEET)

    def cancel(_: StoredImport) -> None:
        desk.imports.cancel(job.id, "a test")

    desk.work.run(job.id, cancel)

    after = desk.imports.find(job.id)
    assert (after.status, after.tally.added) == (ImportStatus.CANCELLED, AT_ONCE)
    assert not desk.uploads.path(job.id).exists()
    with pytest.raises(Conflict):
        desk.imports.cancel(job.id, "a test")
    with pytest.raises(Conflict):
        desk.imports.start(job.id, Wish(), "a test")


def test_every_mistake_in_a_wish_is_named_and_nothing_begins(desk: Desk) -> None:
    job = desk.upload("Name,Ort\nAnn,Rom\n")
    wish = Wish(
        mapping={"Nam": "number", "Ort": "galaxy"},
        tags=["a,b"],
        lists=[" ", job.id],
        default_region="Mars",
        time_zone="Mars/Base",
        language="?",
    )

    with pytest.raises(FixInput) as found:
        desk.imports.start(job.id, wish, "a test")

    assert sorted({mistake.pointer for mistake in found.value.mistakes}) == [
        *("/default_region", "/language", "/lists/0", "/mapping", "/mapping/Nam"),
        *("/tags/0", "/time_zone"),
    ]
    assert desk.imports.find(job.id).status is ImportStatus.PREVIEWED


def test_a_file_that_is_gone_fails_with_the_reason(desk: Desk) -> None:
    job = desk.begin(SHEET)
    desk.uploads.remove(job.id)
    desk.work.run(job.id)

    after = desk.imports.find(job.id)
    assert after.status is ImportStatus.FAILED
    assert "IMPORT_DIR" in (after.reason or "")


def test_an_upload_that_nobody_starts_is_deleted_after_a_day(desk: Desk) -> None:
    job = desk.upload(SHEET)
    desk.work.forget_unused()
    assert desk.uploads.path(job.id).exists()

    desk.now += timedelta(hours=25)
    desk.work.forget_unused()

    assert not desk.uploads.path(job.id).exists()
    assert desk.imports.find(job.id).status is ImportStatus.CANCELLED


def test_a_workbook_is_read_like_a_csv_file(desk: Desk, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Mobile", "First name", "City"],
        [447700900100.0, "Jörg", "=1+1"],
        [None],
        ["x", "y"],
    ]
    path = write_workbook(tmp_path / "people.xlsx", rows)
    job = desk.do(path.read_bytes())

    assert (job.facts.kind, job.facts.sheet) == ("xlsx", "People")
    assert counts(job) == {"read": 2, "added": 1, "refused": 1, "mended": 1}
    assert [(row, column) for row, column, _ in desk.problems(job)] == [(4, "Mobile")]


def exported(database: Database) -> str:
    table = Exports(database).contacts()
    return "".join(csv_text(table.header, table.rows))


def test_our_own_export_can_be_imported_again(desk: Desk) -> None:
    cells = ["=1+1", "'=1+1", "+1", "-x", "@x", "'x", 'q"q', "two\nlines", "a;b,c\td", "Zoë 😀"]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["number", "first_name", "tags", "opted_out", "Company & Co", "mobile"])
    for place, cell in enumerate(cells):
        # As a client that makes cells harmless, as ours are.
        told = f"'{cell}" if cell[0] in "=+-@" or cell.startswith("'=") else cell
        writer.writerow([f"+4477009001{place:02}", told, "a, b", place % 3 == 0, told, "12 34"])
    desk.do(out.getvalue(), mapping={"mobile": "fields.mobile_2", "number": "number"})
    names = desk.rows("SELECT first_name FROM contacts ORDER BY number")
    assert [name for (name,) in names] == cells
    before = exported(desk.database)

    with desk.database.writing() as session:
        for table in ("contact_tags", "opt_outs", "consent_states", "contacts"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names of ours)
    job = desk.do(before)

    assert counts(job) == {"read": 10, "added": 10, "opted_out": 4}
    assert exported(desk.database) == before
