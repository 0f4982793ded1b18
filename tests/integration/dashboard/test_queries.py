"""No page asks more of the database where there is more in it."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.domain.users import Role
from app.services.demo_data import DemoSize
from tests.support.site import open_site
from tests.support.visitors import Visitor, counted_queries
from tests.support.walks import examples, pages

_SMALLEST, _LARGEST = DemoSize(300, 60, 1), DemoSize(3_000, 400, 1)


@pytest.fixture
def databases(sqlite_template: Path, tmp_path: Path) -> list[str]:
    return [str(shutil.copy(sqlite_template, tmp_path / f"{size}.db")) for size in ("s", "l")]


def queries(path: str, size: DemoSize) -> Mapping[str, int]:
    """How many statements each page needs."""
    with open_site(f"sqlite:///{path}") as site:
        site.house.services.demo_data.fill(size)
        admin = Visitor(site, Role.ADMIN)
        found = {}
        named = {page: page for page in pages(site.app)}
        named |= examples(site.app, site.house.services)
        for name, page in named.items():
            with counted_queries(site.house.database) as seen:
                assert admin.get(page).status_code == 200, name
            found[name] = len(seen)
        return found


def test_a_page_needs_as_many_queries_for_much_as_for_little(databases: list[str]) -> None:
    little, much = (
        queries(path, size) for path, size in zip(databases, (_SMALLEST, _LARGEST), strict=True)
    )

    assert len(much) > 25
    assert {
        page: (little[page], count) for page, count in much.items() if count > little[page] + 2
    } == {}
    assert max(much.values()) <= 30
