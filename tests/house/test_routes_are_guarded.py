"""No route is open by accident."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from tests.support.site import LATER, Site, open_site

OPEN = re.compile(r"/|/health(/live|/ready)?|/openapi/.*|/static/.*|/l/<slug>")
PAGES = "/dashboard/"  # guarded in their own way: test_pages_are_guarded


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    copy = shutil.copy(sqlite_template, tmp_path / "test.db")
    with open_site(f"sqlite:///{copy}") as opened:
        yield opened


def path_of(rule: Rule) -> str:
    """The rule with something in each of its places."""
    return re.sub(r"<[^>]*>", "01a20284-46ec-7085-90b1-3294384bf7a9", rule.rule)


def is_guarded(rule: Rule) -> bool:
    return not OPEN.fullmatch(rule.rule) and not rule.rule.startswith(PAGES)


def test_every_route_asks_who_is_there(site: Site) -> None:
    answers = {
        (method, rule.rule): site.client.open(path_of(rule), method=method).status_code
        for rule in site.app.url_map.iter_rules()
        for method in rule.methods or ()
        if is_guarded(rule)
    }

    assert answers
    for (method, rule), status in answers.items():
        assert status == (503 if rule.startswith("/webhooks/") else 401), (method, rule)


def test_the_guards_come_first(site: Site) -> None:
    for rule in site.app.url_map.iter_rules():
        if is_guarded(rule) and "POST" in (rule.methods or ()):
            answer = site.client.post(path_of(rule), data=b"\x00{", content_type="text/plain")
            assert answer.status_code in (401, 503), rule.rule


def test_a_short_link_is_open_and_tells_nothing(site: Site) -> None:
    answer = site.client.get("/l/" + "A" * 11)

    assert answer.status_code == 404
    assert answer.text.startswith("This link leads nowhere.")


def test_what_is_open_is_only_read(site: Site) -> None:
    for rule in site.app.url_map.iter_rules():
        if OPEN.fullmatch(rule.rule):
            assert set(rule.methods or ()) <= {"GET", "HEAD", "OPTIONS"}, rule.rule


def test_what_is_open_says_nothing_of_anybody(site: Site) -> None:
    site.campaign(["+14155557654"], message="a secret message", scheduled_at=LATER)
    for rule in site.app.url_map.iter_rules():
        if OPEN.fullmatch(rule.rule) and "<" not in rule.rule:
            with site.client.get(rule.rule, buffered=True) as answer:
                assert answer.status_code in (200, 503), rule.rule
                assert "a secret message" not in answer.text
                assert "4155557654" not in answer.text
