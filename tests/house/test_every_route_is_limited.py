"""No route is without a limit: how often it may be asked, and how much it reads."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import Rule

from app.web.body_limits import MANY, PAGE, SMALL, WEBHOOK, longest
from app.web.context import options
from tests.support.site import Site, open_site
from tests.support.walks import path_of

BODIES = {"POST", "PUT", "PATCH"}


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    copy = shutil.copy(sqlite_template, tmp_path / "test.db")
    chosen = {"RATE_LIMIT": "100000", "MAX_RECIPIENTS": "50", "MAX_IMPORT_MB": "3"}
    with open_site(f"sqlite:///{copy}", None, is_migrated=True, **chosen) as opened:
        yield opened


def rules(site: Site, methods: set[str] | None = None) -> Iterator[tuple[str, Rule]]:
    for rule in site.rules():
        for method in sorted((rule.methods or set()) & (methods or (rule.methods or set()))):
            yield method, rule


def expected(rule: Rule) -> str:
    if rule.rule.startswith("/webhooks/"):
        return "webhooks"
    return "api" if rule.rule.startswith(("/api/", "/send-sms", "/metrics")) else "pages"


def test_every_route_is_limited(site: Site) -> None:
    asked = 0
    for method, rule in rules(site):
        with site.client.open(
            path_of(rule), method=method, headers=site.key, buffered=True
        ) as answer:
            policy = answer.headers.get("RateLimit-Policy", "none at all")
        assert policy.startswith(f'"{expected(rule)}";q='), (method, rule.rule, policy)
        asked += 1
    nowhere = site.client.get("/no/such/route")

    assert asked > 200
    assert nowhere.headers["RateLimit-Policy"].startswith('"pages"')


def test_without_a_key_every_route_of_the_api_is_limited_harder(site: Site) -> None:
    for method, rule in rules(site):
        if expected(rule) == "api":
            answer = site.client.open(path_of(rule), method=method, environ_base=address(rule))
            assert answer.headers["RateLimit-Policy"] == '"wrong-keys";q=30;w=60', rule.rule


def address(rule: Rule) -> dict[str, str]:
    """Another one for each route, since so few wrong keys are borne."""
    return {"REMOTE_ADDR": rule.rule}


def test_no_route_reads_more_than_it_is_meant_for(site: Site) -> None:
    described = site.app.api_doc["paths"]  # type: ignore[attr-defined]  # flask-openapi's own
    seen = set()
    for method, rule in rules(site, BODIES):
        if rule.rule.startswith("/dashboard"):
            continue
        with site.app.app_context():
            most = longest(rule.endpoint, options())
        path = rule.rule.replace("<", "{").replace(">", "}")
        told = described.get(path, {}).get(method.lower(), {}).get("responses", {"413": {}})
        if "413" in told:
            assert announced(site, method, rule, most + 1).status_code == 413, rule.rule
            seen.add(most)
        assert announced(site, method, rule, most).status_code in {202, 404, 408, 409, 422}, rule

    assert seen == {SMALL, MANY, WEBHOOK, 50 * 512 + 65_536, 3 << 20}


def announced(site: Site, method: str, rule: Rule, length: int) -> Any:
    """A request that says how long its body is, and then has none."""
    return site.client.open(
        path_of(rule),
        method=method,
        headers=site.key,
        content_type="text/csv" if rule.endpoint == "imports.upload" else "application/json",
        environ_overrides={"CONTENT_LENGTH": str(length)},
    )


def test_a_form_of_the_dashboard_that_is_too_large_is_refused(site: Site) -> None:
    answer = site.client.post(
        "/dashboard/sign-in",
        content_type="application/x-www-form-urlencoded",
        environ_overrides={"CONTENT_LENGTH": str(PAGE + 1)},
    )

    assert answer.status_code == 413
