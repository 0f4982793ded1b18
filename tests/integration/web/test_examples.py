"""Each example of the description is posted, and answered as the description says."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.web.postman import description
from tests.support.described import CHECKS, described, furnished
from tests.support.site import Site, open_site

BODIES = [
    (method, path)
    for path, methods in sorted(description()["paths"].items())
    for method, operation in methods.items()
    if "application/json" in operation.get("requestBody", {}).get("content", {})
]
SECOND, THIRD = ("schedule", "pause", "cancel"), ("resolve", "retry-failed")


@dataclass(frozen=True, slots=True)
class Furnished:
    """A folder with a service full of things, and their ids."""

    folder: Path
    known: dict[str, list[str]]


@pytest.fixture(scope="module")
def full(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Furnished:
    folder = tmp_path_factory.mktemp("full")
    shutil.copy(sqlite_template, folder / "test.db")
    with opened_in(folder) as site:
        known = furnished(site)
    return Furnished(folder, known)


@pytest.fixture
def site(full: Furnished, sqlite_template: Path, tmp_path: Path, path: str) -> Iterator[Site]:
    """Empty, or with the same things for each test: to make them takes longer than to copy them."""
    folder = tmp_path / "own"
    if "{" in path:
        shutil.copytree(full.folder, folder)
    else:
        folder.mkdir()
        shutil.copy(sqlite_template, folder / "test.db")
    with opened_in(folder) as opened:
        yield opened


@contextmanager
def opened_in(folder: Path) -> Iterator[Site]:
    with open_site(f"sqlite:///{folder / 'test.db'}", IMPORT_DIR=str(folder / "imports")) as site:
        yield site


def places(known: dict[str, list[str]], path: str) -> dict[str, str]:
    """Something that this path can be about."""
    names = re.findall(r"{(\w+)}", path)
    chosen = {name: known[name][0] for name in names}
    if path.startswith("/api/inbox"):  # the first has opted out
        chosen["number"] = known["number"][1]
    if path == "/api/hours/presets/{name}":
        chosen["name"] = known["name"][2]
    if path.endswith(SECOND[1:]):
        chosen["campaign_id"] = known["campaign_id"][1]
    if path.startswith("/api/campaigns/{") and path.endswith(THIRD):
        chosen["campaign_id"] = known["campaign_id"][2]
    return chosen


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_an_example_is_answered_as_described(
    site: Site, full: Furnished, method: str, path: str
) -> None:
    content = description()["paths"][path][method]["requestBody"]["content"]["application/json"]
    assert "example" in content, "write one into app/web/examples.py"
    operation = described(site)[path][method.upper()]

    case = operation.Case(
        path_parameters=places(full.known, path),
        body=content["example"],
        media_type="application/json",
    )
    response = case.call(headers=site.key)

    assert response.status_code < 300, response.text
    case.validate_response(response, checks=CHECKS)


def test_there_are_examples_of_nothing_else() -> None:
    told = (Path(__file__).parents[3] / "app/web/examples.py").read_text(encoding="utf-8")
    named = set(re.findall(r'^    "((?:post|put|patch) /\S+)":', told, re.MULTILINE))

    assert named == {f"{method} {path}" for method, path in BODIES}


@pytest.mark.parametrize("path", ["/api/keys/a%00b", "/api/hours/presets/a%00b"])
def test_a_name_that_no_database_takes_is_nobodys(database_url: str, path: str) -> None:
    with open_site(database_url) as site:
        assert site.client.delete(path, headers=site.key).status_code == 404
