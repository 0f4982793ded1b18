"""`flask contacts`: imports in the foreground, and exports."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli_contacts import contact_commands
from tests.support.site import Site, open_site


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with open_site(database_url, IMPORT_DIR=str(tmp_path / "imports")) as opened:
        yield opened


def run(site: Site, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(contact_commands(site.house), arguments)
    return done.exit_code, done.output


def test_a_file_is_imported_and_what_is_wrong_is_told(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("Nummer,Handy,Vorname\n1,07700900100,Jo\n2,4.41E+11,Al\n", encoding="utf-8")

    code, output = run(site, "import", str(file), "--region", "GB", "--map", "Vorname=")

    assert code == 0, output
    assert "Handy -> number" in output
    assert "Vorname -> (left out)" in output
    assert "2 read, 1 added" in output
    assert "row 3, Handy: '4.41E+11'" in output
    (row,) = site.rows("contacts")
    assert (row["number"], row["first_name"]) == ("+447700900100", None)

    target = tmp_path / "out.csv"
    assert run(site, "export", str(target))[0] == 0
    assert "+447700900100" in target.read_text(encoding="utf-8-sig")


def test_an_import_is_gone_on_with_by_its_id(site: Site) -> None:
    answer = site.client.post("/api/imports", headers=site.key, data=b"number\n+447700900100\n")

    code, output = run(site, "import", "--resume", answer.json["id"])

    assert (code, len(site.rows("contacts"))) == (0, 1), output
    assert run(site, "import", "--resume", answer.json["id"])[0] == 0
    assert len(site.rows("contacts")) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import"], "either FILE or --resume"),
        (["import", "--resume", "nobody"], "there is no import"),
        (["import", __file__, "--map", "x"], "HEADING=TARGET"),
        (["import", __file__], "say which one holds the telephone numbers"),
    ],
)
def test_a_mistake_is_told(site: Site, arguments: list[str], told: str) -> None:
    code, output = run(site, *arguments)

    assert code != 0
    assert told in output
