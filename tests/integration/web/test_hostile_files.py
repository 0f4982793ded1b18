"""Files that are made to do harm: by their cells, by their names."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.site import Site, open_site


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with open_site(database_url, IMPORT_DIR=str(tmp_path / "imports")) as opened:
        yield opened


def upload(site: Site, content: bytes, filename: str, **query: Any) -> Any:
    return site.client.post(
        "/api/imports",
        headers=site.key,
        data={"file": (io.BytesIO(content), filename)},
        query_string=query,
    )


def test_an_export_holds_no_formula(site: Site) -> None:
    cells = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "Ann"]
    people = [
        {"number": f"+1415555010{place}", "first_name": cell.strip() or "x", "fields": {"a": cell}}
        for place, cell in enumerate(cells)
    ]
    assert site.post("/api/contacts", {"contacts": people}).status_code == 200

    table = site.get("/api/contacts.csv").text
    written = [cell for line in table.splitlines() for cell in line.split(",")]

    assert len(table.splitlines()) == len(people) + 1
    assert not [cell for cell in written if cell.strip('"').startswith(("=", "@", "-", "\t"))]
    assert "Ann" in written


@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\x.csv", "/etc/passwd", "a\x00b.csv"])
def test_the_clients_name_of_a_file_is_no_path(site: Site, tmp_path: Path, name: str) -> None:
    before = set(tmp_path.rglob("*"))
    answer = upload(site, b"number\n+447700900100\n", name)

    assert answer.status_code in {202, 422}, answer.text
    made = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
    kept = {path for path in made if "test.db" not in path.name}
    assert all(path.parent == tmp_path / "imports" for path in kept), kept
