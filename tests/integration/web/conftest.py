"""A site for every test that needs one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site, open_site


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    """The whole service; a few recipients are many."""
    with open_site(database_url, MAX_RECIPIENTS="50") as opened:
        yield opened


@pytest.fixture
def quick_site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The same on SQLite alone, for what is refused before a database has a say."""
    copy = shutil.copy(sqlite_template, tmp_path / "quick.db")
    with open_site(f"sqlite:///{copy}", LINK_URL="https://go.test/l") as opened:
        yield opened
