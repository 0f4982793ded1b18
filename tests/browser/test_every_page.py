"""Every page with made-up data: for screen readers, for narrow screens, and in the dark."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from app.services.demo_data import DemoSize
from tests.support.browser import NARROW, WIDE, Stage, stage
from tests.support.walks import examples

_LARGEST = 200_000  # bytes of a page
_SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def filled(
    browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A service of its own with thirty days in it."""
    folder = tmp_path_factory.mktemp("walk")
    copy = shutil.copy(sqlite_template, folder / "walk.db")
    with stage(browser, f"sqlite:///{copy}", IMPORT_DIR=str(folder)) as opened:
        opened.house.services.demo_data.fill(DemoSize(600, 120, 1))
        opened.pages += sorted(examples(opened.app, opened.house.services).values())
        yield opened


def findings(page: Any) -> list[str]:
    """What axe-core thinks serious, with the place."""
    answer = Axe().run(page).response
    return [
        f"{each['id']}: {node['html'][:120]}"
        for each in answer["violations"]
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", NARROW)])
def test_every_page_is_sound(filled: Stage, scheme: str, size: dict[str, int]) -> None:
    wrong: dict[str, Any] = {}
    with filled.open(color_scheme=scheme, viewport=size) as tab:
        for path in filled.pages:
            answer = tab.page.goto(path)
            assert answer
            assert (answer.status, len(answer.body()) < _LARGEST) == (200, True), path
            wide = tab.page.evaluate("document.documentElement.scrollWidth")
            told = [*findings(tab.page), *([f"{wide} px wide"] if wide > size["width"] else [])]
            if told:
                wrong[path] = told

    assert wrong == {}
