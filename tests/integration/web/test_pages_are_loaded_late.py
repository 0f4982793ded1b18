"""Programs alone never load the dashboard; the first page does, once, whoever asks at once."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from flask import Flask

from app.web.pages import Pages, of
from tests.support.builders import environment
from tests.support.site import Site

ROOT = Path(__file__).parents[3]

_PROGRAM = """
import sys
import wsgi
client = wsgi.app.test_client()
for path in ("/health/live", "/dashboards", "/api/campaigns", "/dashboard", "/dashboard/sign-in"):
    status = client.get(path).status_code
    print(path, status, "app.web.dashboard" in sys.modules, flush=True)
"""


def test_nothing_of_the_dashboard_is_loaded_before_a_page_is_asked_for(tmp_path: Path) -> None:
    settings = environment(DATABASE_URL=f"sqlite:///{tmp_path}/test.db", LOG_LEVEL="ERROR")
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=settings, cwd=ROOT, capture_output=True, check=True
    )

    assert done.stdout.decode().splitlines() == [
        "/health/live 200 False",
        "/dashboards 404 False",
        "/api/campaigns 401 False",
        "/dashboard 308 True",
        "/dashboard/sign-in 200 True",
    ]


def test_it_is_made_once_however_many_ask_at_once() -> None:
    made: list[Flask] = []
    waiting = threading.Barrier(8)

    def make() -> Flask:
        made.append(Flask("pages"))
        return made[-1]

    pages = Pages(Flask("behind"), make)
    found: list[Flask] = []

    def ask() -> None:
        waiting.wait()
        found.append(pages.app)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1
    assert found == made * 8


def test_it_is_tried_again_where_it_could_not_be_made() -> None:
    given = iter([ImportError("a file is missing"), None])

    def make() -> Flask:
        if error := next(given):
            raise error
        return Flask("pages")

    pages = Pages(Flask("behind"), make)
    with pytest.raises(ImportError):
        _ = pages.app

    assert pages.app.name == "pages"


def test_it_has_the_services_and_the_secret_of_the_application_behind(site: Site) -> None:
    pages = of(site.app).app

    assert pages.extensions is site.app.extensions
    site.app.config["SECRET_KEY"] = b"another"
    assert pages.secret_key == b"another"
