"""Is it there, is it ready?"""

from pathlib import Path

import pytest

from app.storage import migrate
from tests.support.site import Site, open_site


def test_the_root_says_that_the_server_is_running(site: Site) -> None:
    answer = site.client.get("/")

    assert answer.status_code == 200
    assert "running" in answer.text


def test_a_process_that_answers_lives(site: Site) -> None:
    answer = site.client.get("/health/live")

    assert (answer.status_code, answer.json["status"]) == (200, "ok")


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_it_is_ready_while_it_dispatches(site: Site, path: str) -> None:
    before = site.client.get(path)
    site.house.crew.start()
    during = site.client.get(path)
    site.house.crew.stop(timeout=10)
    after = site.client.get(path)

    assert (before.status_code, during.status_code, after.status_code) == (503, 200, 503)
    assert during.json == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "dispatcher": "ok"},
    }
    assert after.json["status"] == "not ready"
    assert after.json["checks"]["dispatcher"] == "not running in this process"


def test_a_database_that_was_not_migrated_is_not_ready_and_says_what_to_do(tmp_path: Path) -> None:
    with open_site(f"sqlite:///{tmp_path / 'new.db'}", is_migrated=False) as site:
        answer = site.client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json["checks"]["database"] == "ok"
    assert "flask db upgrade" in answer.json["checks"]["migrations"]
    assert migrate.newest() in answer.json["checks"]["migrations"]
