"""A site with pages, and people of each role who are signed in to it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.users import Role
from tests.support.site import Site, open_site
from tests.support.visitors import Visitor


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The whole service on SQLite: the services are tested on both databases elsewhere."""
    copy = shutil.copy(sqlite_template, tmp_path / "pages.db")
    folder, key = str(tmp_path / "imports"), "k" * 40
    with open_site(f"sqlite:///{copy}", IMPORT_DIR=folder, CONSENT_HASH_KEY=key) as opened:
        opened.house.services.dry_runs.patience = 10.0  # seconds: pages have their figures
        yield opened


@pytest.fixture
def nobody(site: Site) -> Visitor:
    return Visitor(site, None)


@pytest.fixture
def viewer(site: Site) -> Visitor:
    return Visitor(site, Role.VIEWER)


@pytest.fixture
def sender(site: Site) -> Visitor:
    return Visitor(site, Role.SENDER)


@pytest.fixture
def admin(site: Site) -> Visitor:
    return Visitor(site, Role.ADMIN)
