"""One service and one browser for all tests here: `make test` keeps them in one process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import CHROMIUM, Stage, stage

WHY_NOT = (
    "NO CHROMIUM, the dashboard was not tried in a browser: apt-get install chromium"
    " (`make test` does it where it may)"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what shares the browser together, also where tests run in several processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The service, the simulator and the browser, with nobody and nothing in it."""
    if CHROMIUM is None:
        pytest.skip(WHY_NOT)
    folder = tmp_path_factory.mktemp("browser")
    copy = shutil.copy(sqlite_template, folder / "browser.db")
    with stage(f"sqlite:///{copy}", IMPORT_DIR=str(folder / "imports")) as opened:
        yield opened
