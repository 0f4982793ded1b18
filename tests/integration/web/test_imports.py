"""Files over HTTP: uploaded, looked at, started, watched; and what is exported."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import numbers
from tests.support.site import LATER, Answer, Site, eventually, open_site

SHEET = "Phone;Vorname;Notiz\n+447700900100;Jörg;=1+1\n447700900101;;\n4.41E+11;Ann;\n"


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    folder = str(tmp_path / "imports")
    with open_site(
        database_url, MAX_RECIPIENTS="50", IMPORT_DIR=folder, MAX_IMPORT_MB="1"
    ) as opened:
        yield opened


def upload(site: Site, content: str | bytes, **query: Any) -> Answer:
    data = content.encode() if isinstance(content, str) else content
    return site.client.post(
        "/api/imports",
        headers=site.key,
        data=data,
        content_type="text/csv",
        query_string={"filename": "people.csv", **query},
    )


def done(site: Site, answer: Answer) -> dict[str, Any]:
    path = answer.json["links"]["self"]
    eventually(lambda: site.get(path).json["finished_at"] is not None, seconds=60)
    found: dict[str, Any] = site.get(path).json
    return found


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def test_a_file_is_looked_at_first(site: Site) -> None:
    answer = upload(site, SHEET)

    assert answer.status_code == 202
    body = answer.json
    assert (body["status"], body["filename"], body["progress"]) == ("previewed", "people.csv", 0)
    sheet = body["sheet"]
    assert (sheet["encoding"], sheet["delimiter"], sheet["header"]) == ("utf-8", ";", True)
    assert [column["target"] for column in sheet["columns"]] == [
        *("number", "first_name", "fields.notiz")
    ]
    assert [row["number"] for row in body["preview"]] == ["+447700900100", "+447700900101", None]
    assert body["preview"][1]["mended"] == "missing plus added"
    assert "digits are lost" in body["preview"][2]["problems"][0]["problem"]
    assert site.rows("contacts") == []
    assert site.get(answer.headers["Location"]).json == body


def test_a_file_is_started_and_its_mistakes_can_be_downloaded(site: Site) -> None:
    job = upload(site, SHEET).json
    here = job["links"]["self"]
    changed = {"mapping": {"Notiz": ""}, "tags": ["spring"]}
    preview = site.post(f"{here}/preview", changed)
    assert [column["target"] for column in preview.json["sheet"]["columns"]][2] == "fields.notiz"
    assert preview.json["preview"][0]["fields"] == {}
    started = site.post(f"{here}/start", changed)
    assert started.status_code == 202, started.text
    after = done(site, started)

    assert (after["status"], after["progress"]) == ("done", 1.0)
    assert (after["counts"]["added"], after["counts"]["refused"]) == (2, 1)
    (row,) = table(site.get(job["links"]["errors"]))
    assert (row["row"], row["column"], row["value"]) == ("4", "Phone", "4.41E+11")
    assert site.post(f"{here}/start").status_code == 409
    assert site.get("/api/imports").json["imports"][0]["id"] == job["id"]


def test_a_form_with_start_begins_at_once(site: Site) -> None:
    answer = site.client.post(
        "/api/imports?start=true&list=Spring&default_region=GB",
        headers=site.key,
        data={"file": (io.BytesIO(b"07700900100\n07700900101\n"), "..\\x/people.csv")},
    )

    assert answer.status_code == 202, answer.text
    after = done(site, answer)
    assert (after["filename"], after["counts"]["added"]) == ("people.csv", 2)
    assert [row["name"] for row in site.rows("contact_lists")] == ["Spring"]
    assert len(site.rows("list_members")) == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"PK\x03\x04 no workbook", "cannot be read as a workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "neither text nor a workbook"),
        (b"\xd0\xcf\x11\xe0 old", ".xlsx"),
        (b'a,b\n"' + b"x" * 1_000_100, "longer than"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(site: Site, content: bytes, told: str) -> None:
    answer = upload(site, content)

    assert answer.status_code == 422, answer.text
    assert told in answer.json["errors"][0]["detail"]
    assert site.rows("imports") == []
    folder = site.house.settings.import_dir
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_file_that_is_too_large_is_refused(site: Site) -> None:
    assert upload(site, b"number\n" + b"+447700900100\n" * 100_000).status_code == 413
    assert upload(site, "name\nAnn\n", start="true").status_code == 422
    assert upload(site, SHEET, delimiter="x").status_code == 422
    assert site.rows("imports") == []


def test_a_header_alone_is_an_import_of_nobody(site: Site) -> None:
    after = done(site, upload(site, "number,first_name\n", start="true"))

    assert (after["status"], after["counts"]["read"]) == ("done", 0)


def test_an_import_is_one_event_at_its_end(site: Site) -> None:
    job = done(site, upload(site, SHEET, start="true"))

    events = site.get("/api/audit", subject=job["id"]).json["events"]
    assert [event["action"] for event in events] == ["import.finish", "import.start"]
    assert events[0]["actor"] == events[1]["actor"]
    assert events[0]["details"] == {
        "filename": "people.csv",
        "status": "done",
        "read": 3,
        "added": 2,
        "refused": 1,
        "mended": 1,
    }
    assert [event["subject"]["kind"] for event in site.get("/api/audit").json["events"]] == [
        "import",
        "import",
    ]


def test_a_waiting_import_can_be_cancelled(site: Site) -> None:
    here = upload(site, SHEET).json["links"]["self"]

    assert site.post(f"{here}/cancel").json["status"] == "cancelled"
    assert site.post(f"{here}/cancel").status_code == 409
    assert site.get("/api/imports/nobody").status_code == 404
    actions = [event["action"] for event in site.get("/api/audit").json["events"]]
    assert actions == ["import.cancel"]


def test_every_recipients_outcome_is_exported(site: Site) -> None:
    first, second = numbers(2)
    launched = site.campaign([first, second, first, "=cmd|' /C calc'!A0"], message="=Hi")
    path = launched["campaign"]["links"]["messages"] + ".csv"

    rows = table(site.get(path))

    assert [(row["number"], row["status"]) for row in rows] == [
        *((first, "accepted"), (second, "accepted")),
        *((first, "duplicate"), ("'=cmd|' /C calc'!A0", "refused")),
    ]
    assert "text" not in rows[0]
    assert table(site.get(path, text="true"))[0]["text"] == "'=Hi"
    assert site.get("/api/campaigns/nobody/messages.csv").status_code == 404


def test_exports_go_on_over_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.exports._PAGE", 2)
    for count in (1, 2, 3, 4):
        launched = site.campaign([*numbers(count), *["x"] * count], scheduled_at=LATER)
        path = launched["campaign"]["links"]["messages"] + ".csv"
        assert len(table(site.get(path))) == 2 * count

    done(site, upload(site, "number\n" + "\n".join(numbers(5, first=50)), start="true"))
    assert len(table(site.get("/api/contacts.csv"))) >= 5
