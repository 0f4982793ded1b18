"""Pictures of the dashboard with made-up data; `make pictures` puts them into docs/pictures."""

import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.services.demo_data import DemoSize
from tests.support.browser import NARROW, Stage, stage

_LARGEST = 200_000  # bytes
_SIZE = {"width": 1120, "height": 760}


@pytest.fixture(scope="module")
def demo(
    browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """Thirty days, alike each time but for the dates."""
    folder = tmp_path_factory.mktemp("pictures")
    copy = shutil.copy(sqlite_template, folder / "demo.db")
    with stage(browser, f"sqlite:///{copy}", IMPORT_DIR=str(folder)) as opened:
        opened.house.services.demo_data.fill(DemoSize(9_000, 1_500, 1))
        yield opened


def largest_finished(demo: Stage) -> str:
    """The address of the page of a campaign."""
    states = demo.house.services.campaigns.page(None, 50)
    done = [each.campaign for each in states if each.campaign.status == "finished"]
    return f"/dashboard/campaigns/{max(done, key=lambda each: each.accepted_count).id}"


def addresses(demo: Stage) -> dict[str, str]:
    """What is shown, by the name of the file."""
    return {
        "overview": "/dashboard",
        "campaign": largest_finished(demo),
        "composer": "/dashboard/campaigns/new",
        "inbox": "/dashboard/inbox",
    }


def check(picture: Path, width: int) -> None:
    """A PNG of this width, small, with something on it."""
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">I", data[16:20])[0] == width
    assert 10_000 < len(data) < _LARGEST, picture.name


def test_pictures_are_taken(demo: Stage, tmp_path: Path) -> None:
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(exist_ok=True)
    with demo.open(viewport=_SIZE) as tab:
        for name, address in addresses(demo).items():
            tab.page.goto(address)
            if name == "composer":
                tab.page.get_by_label("Message").fill("“Bells” ring on Friday – come along!")
                tab.page.wait_for_timeout(800)  # the phone shows it
            tab.page.screenshot(path=folder / f"{name}.png")
            check(folder / f"{name}.png", _SIZE["width"])
    with demo.open(viewport=NARROW, color_scheme="dark") as tab:
        tab.page.goto(largest_finished(demo))
        tab.page.screenshot(path=folder / "campaign-at-night.png")
        check(folder / "campaign-at-night.png", NARROW["width"])
