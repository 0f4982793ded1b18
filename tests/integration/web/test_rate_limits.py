"""How often anybody may ask, whose address is believed, and what browsers are told."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.domain.api_keys import KeyWish
from app.domain.scopes import Scope
from app.settings import InvalidSettings
from tests.support.builders import settings
from tests.support.redis_server import redis_server
from tests.support.site import Site, open_site

Opened = Callable[..., AbstractContextManager[Site]]
WRONG = {"Authorization": "Bearer wrong"}


@pytest.fixture
def opened(sqlite_template: Path, tmp_path: Path) -> Opened:
    @contextmanager
    def open_it(**environment: str) -> Iterator[Site]:
        copy = shutil.copy(sqlite_template, tmp_path / "limits.db")
        with open_site(f"sqlite:///{copy}", None, is_migrated=True, **environment) as site:
            yield site

    return open_it


def test_beyond_the_limit_is_429_with_the_time_to_wait(opened: Opened) -> None:
    with opened(RATE_LIMIT="3") as site:
        answers = [site.get("/api/campaigns") for _ in range(8)]  # at most two windows of a minute

        refused = next(answer for answer in answers if answer.status_code == 429)
        assert answers[0].status_code == 200
        assert answers[0].headers["RateLimit-Policy"] == '"api";q=3;w=60'
        assert re.fullmatch(r'"api";r=2;t=\d+', answers[0].headers["RateLimit"])
        assert refused.json["type"] == "urn:carillon:problem:rate-limit"
        assert refused.mimetype == "application/problem+json"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "r=0" in refused.headers["RateLimit"]


def test_a_key_has_a_limit_of_its_own(opened: Opened) -> None:
    with opened(RATE_LIMIT="1000") as site:
        wish = KeyWish("slow", frozenset({Scope.READ}), per_minute=2)
        slow = {"Authorization": f"Bearer {site.house.services.keys.create(wish, 't').secret}"}

        codes = [site.client.get("/api/campaigns", headers=slow).status_code for _ in range(6)]

        assert codes[0] == 200
        assert 429 in codes
        assert site.get("/api/campaigns").status_code == 200


def test_wrong_keys_are_throttled_harder_and_right_ones_do_not_suffer(opened: Opened) -> None:
    with opened(RATE_LIMIT="1000") as site:
        answers = [site.client.get("/api/campaigns", headers=WRONG) for _ in range(62)]

        assert answers[0].status_code == 401
        assert 429 in {answer.status_code for answer in answers}
        assert site.get("/api/campaigns").status_code == 200


@pytest.fixture(params=["database", "redis"])
def shared_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address that several processes count at."""
    if request.param == "database":
        yield "database://"
    else:
        with redis_server(tmp_path) as server:
            yield server.url


def test_in_a_shared_storage_all_processes_count_together(
    emptied_postgres_url: str, shared_storage: str
) -> None:
    url = emptied_postgres_url
    shared: Any = {"RATE_LIMIT": "4", "RATE_LIMIT_STORAGE": shared_storage}
    with open_site(url, **shared) as one, open_site(url, **shared) as another:
        answers = [site.get("/api/campaigns") for site in (one, another) * 5]
        rows = one.rows("rate_counts")
        webhook = another.client.post("/webhooks/status")

    codes = [answer.status_code for answer in answers]
    assert codes.count(200) in {4, 8}  # in one minute, or at the border of two
    assert 429 in codes
    assert re.fullmatch(r'"api";r=3;t=\d+', answers[0].headers["RateLimit"])
    assert rows or shared_storage != "database://"
    assert webhook.headers["RateLimit-Policy"].startswith('"webhooks"')


def test_without_the_storage_requests_are_let_through_without_delay(
    opened: Opened, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        redis_server(tmp_path) as server,
        opened(RATE_LIMIT="2", RATE_LIMIT_STORAGE=server.url) as site,
    ):
        assert site.get("/api/campaigns").headers["RateLimit"].startswith('"api";r=1')
        server.stop()
        began = time.monotonic()
        codes = {site.get("/api/campaigns").status_code for _ in range(6)}
        took = time.monotonic() - began

    assert codes == {200}
    assert "rate_limit_unavailable" in caplog.text
    assert took < 6  # a second for each, on a busy machine


@pytest.mark.parametrize(("proxies", "is_believed"), [("0", False), ("1", True)])
def test_an_address_that_a_stranger_claims_is_not_believed(
    opened: Opened,
    proxies: str,
    is_believed: bool,  # noqa: FBT001 (a case of the test)
) -> None:
    with opened(RATE_LIMIT="1000", TRUSTED_PROXIES=proxies) as site:
        codes = {
            site.client.get(
                "/api/campaigns", headers={**WRONG, "X-Forwarded-For": f"9.9.9.9, 8.8.8.{place}"}
            ).status_code
            for place in range(62)
        }

        assert (429 not in codes) is is_believed


def test_what_lies_beyond_the_last_proxy_is_not_believed(opened: Opened) -> None:
    with opened(RATE_LIMIT="1000", TRUSTED_PROXIES="1") as site:
        claimed = [{**WRONG, "X-Forwarded-For": f"9.9.9.{n}, 8.8.8.8"} for n in range(62)]

        codes = {site.client.get("/api/campaigns", headers=each).status_code for each in claimed}

        assert 429 in codes


@pytest.mark.parametrize(
    "path", ["/", "/health/live", "/nowhere", "/webhooks/status", "/api/audit"]
)
def test_every_answer_tells_browsers_what_to_leave(opened: Opened, path: str) -> None:
    with opened(RATE_LIMIT="1000") as site:
        answer = site.client.get(path)

        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["RateLimit-Policy"]
        page = site.client.get("/openapi/", buffered=True).headers["Content-Security-Policy"]
        assert page.startswith("default-src 'self'")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RATE_LIMIT", "0"),
        ("RATE_LIMIT_STORAGE", "file:///x"),
        ("RATE_LIMIT_STORAGE", "database://"),  # on SQLite
        ("TRUSTED_PROXIES", "-1"),
    ],
)
def test_a_wrong_limit_ends_the_start(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        settings(**{name: value})
