"""No route of the API is open by accident; of the pages see test_pages_are_guarded."""

import re

from werkzeug.routing import Rule

from tests.support.site import LATER, Site
from tests.support.walks import path_of

OPEN = re.compile(r"/|/health(/live|/ready)?|/openapi/.*|/static/.*|/l/<slug>")


def is_guarded(rule: Rule) -> bool:
    return not OPEN.fullmatch(rule.rule)


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
