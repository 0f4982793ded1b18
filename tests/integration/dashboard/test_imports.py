"""The import wizard."""

import io

from app.domain.import_order import ImportStatus
from tests.support.site import Site, eventually
from tests.support.visitors import Visitor

PAGES = "/dashboard/imports"
SHEET = b"Handy;Name;Notiz\n+4915112345678;Ann;vip\n123;Bob;\n+4915112345679;Cyd;x\n"


def upload(visitor: Visitor, content: bytes, name: str = "people.csv") -> str:
    answer = visitor.post(PAGES, {"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    where: str = answer.location
    return where


def test_a_file_is_looked_at_mapped_and_read_with_its_errors(site: Site, sender: Visitor) -> None:
    where = upload(sender, SHEET)
    shown = sender.get(where).text
    assert "semicolons" in shown
    assert "+4915112345678" in shown
    no_number = {"column-0": "", "column-1": "first_name", "column-2": "fields.notiz"}
    refused = sender.post(f"{where}/start", no_number)
    assert (refused.status_code, "which one holds the telephone numbers" in refused.text) == (
        422,
        True,
    )

    wish = {
        **no_number,
        "column-0": "number",
        "on_existing": "refuse",
        "lists": "Guests",
        "tags": "new",
    }
    assert "<span>first name</span> Ann" in sender.post(f"{where}/preview", wish).text
    assert sender.post(f"{where}/start", wish).status_code == 303
    eventually(lambda: sender.get(f"{where}/progress").headers.get("X-Live") == "done", seconds=60)

    job = site.house.services.imports.find(where.rpartition("/")[2])
    assert (job.status, job.actor, job.tally.added, job.tally.refused) == (
        ImportStatus.DONE,
        "user sender",
        2,
        1,
    )
    done = sender.get(where).text
    assert "Handy" in done
    assert "<span>123</span>" in done
    assert "row,column,value,problem" in sender.get(f"{where}/errors.csv").text
    assert "Guests" in sender.get("/dashboard/lists").text


def test_what_is_no_table_is_refused_in_words(sender: Visitor) -> None:
    answer = sender.post(PAGES, {"file": (io.BytesIO(b"%PDF-1.7"), "letter.pdf")})
    assert (answer.status_code, "is a PDF" in answer.text) == (422, True)
    assert "choose a CSV or XLSX file first" in sender.post(PAGES).text


def test_a_file_that_was_not_started_can_be_thrown_away(sender: Visitor) -> None:
    where = upload(sender, SHEET)
    assert sender.post(f"{where}/cancel").status_code == 303
    assert "cancelled" in sender.get(where).text
