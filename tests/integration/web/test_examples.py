"""Each example of the description is posted, and answered as the description says."""

import re
import shutil
from collections.abc import Iterator
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


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    copy = shutil.copy(sqlite_template, tmp_path / "test.db")
    with open_site(f"sqlite:///{copy}", IMPORT_DIR=str(tmp_path / "imports")) as opened:
        yield opened


def places(site: Site, path: str) -> dict[str, str]:
    """Something that this path can be about."""
    names = re.findall(r"{(\w+)}", path)
    known = furnished(site) if names else {}
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
def test_an_example_is_answered_as_described(site: Site, method: str, path: str) -> None:
    content = description()["paths"][path][method]["requestBody"]["content"]["application/json"]
    assert "example" in content, "write one into app/web/examples.py"
    operation = described(site)[path][method.upper()]

    case = operation.Case(
        path_parameters=places(site, path),
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
