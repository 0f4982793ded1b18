"""One browser and one service for each file of tests, which run in one process.

They end with the file: tests that count threads, or fork, may follow in the same process.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import CHROMIUM, Stage, chromium, stage

WHY_NOT = (
    "NO CHROMIUM, the dashboard was not tried in a browser: apt-get install chromium"
    " (`make test` does it where it may)"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all of a file."""
    if CHROMIUM is None:
        pytest.skip(WHY_NOT)
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def world(
    browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """The service and the simulator, with nobody and nothing in it when the first test begins."""
    folder = tmp_path_factory.mktemp("browser")
    copy = shutil.copy(sqlite_template, folder / "browser.db")
    with stage(browser, f"sqlite:///{copy}", IMPORT_DIR=str(folder / "imports")) as opened:
        yield opened
