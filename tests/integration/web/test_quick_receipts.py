"""Receipts past Flask: nobody can tell the difference, but by the clock."""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.domain.errors import TryAgain
from tests.support.site import Site, open_site
from tests.support.webhooks import as_bytes, receipt, signed

_VARIES = {"X-Request-Id", "RateLimit"}


def message() -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "message_uuid": str(uuid.uuid4()), "number": "+14155550101"}


def environ(body: bytes, headers: dict[str, str], **changes: Any) -> dict[str, Any]:
    made = EnvironBuilder("/webhooks/status", method="POST", data=body, headers=Headers(headers))
    return made.get_environ() | {"REMOTE_ADDR": "192.0.2.1"} | changes


@contextmanager
def without_the_short_way(site: Site) -> Iterator[None]:
    short = vars(site.app).pop("wsgi_app")
    yield
    vars(site.app)["wsgi_app"] = short


def answer(site: Site, asked: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    body, status, headers = run_wsgi_app(site.app.wsgi_app, dict(asked))
    return status, dict(headers), b"".join(body)


GOOD: Any = receipt(message(), "delivered")
BODIES = {
    "a receipt": GOOD,
    "of another channel": {**GOOD, "channel": "viber_service"},
    "of tomorrow": {**GOOD, "status": "read"},
    "no JSON": b"{",
    "nothing": b"",
    "without a status": {"channel": "sms", "message_uuid": str(uuid.uuid4())},
    "too long": b" " * (256 * 1024 + 1),
    "no text": b"\xff\xfe\x00",
}


SIGNATURES: dict[str, Callable[[Any], dict[str, str]]] = {
    "good": signed,
    "wrong": lambda body: signed(body, "another secret of theirs, long enough"),
    "none": lambda _body: {"Content-Type": "application/json"},
}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_answer_is_the_same(site: Site, signature: str) -> None:
    for (name, body), scheme in product(BODIES.items(), ["http", "https"]):
        headers = SIGNATURES[signature](body)
        facts = {"HTTP_X_REQUEST_ID": "mine", "wsgi.url_scheme": scheme}

        quick = answer(site, environ(as_bytes(body), headers, **facts))
        with without_the_short_way(site):
            assert answer(site, environ(as_bytes(body), headers, **facts)) == quick, name


ODD = (
    {"REQUEST_METHOD": "GET"},
    {"PATH_INFO": "/webhooks/status/"},
    {"CONTENT_LENGTH": "1000"},  # more than comes
    {"CONTENT_LENGTH": "-1"},
    {"CONTENT_LENGTH": "\u0661\u0662"},
    {"CONTENT_LENGTH": ""},
    {"HTTP_X_REQUEST_ID": "not fit for a log"},
)


def test_odd_requests_are_answered_the_same(site: Site) -> None:
    for changes in ODD:

        def ask(changes: dict[str, str] = changes) -> tuple[str, dict[str, str], bytes]:
            status, headers, body = answer(site, environ(as_bytes(GOOD), signed(GOOD), **changes))
            return status, {k: v for k, v in headers.items() if k not in _VARIES}, body

        quick = ask()
        with without_the_short_way(site):
            assert ask() == quick, changes


def test_the_same_is_stored_and_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    def lines() -> list[dict[str, Any]]:
        named = {"request", "status_webhook", "receipt_unmatched"}
        found = [vars(each) for each in caplog.records if each.getMessage() in named]
        caplog.clear()
        keys = ("msg", "levelname", "path", "method", "status")
        return [{key: line.get(key) for key in keys} for line in found]

    def row() -> dict[str, Any]:
        found = site.rows("webhook_events")[-1]
        return {key: found[key] for key in ("kind", "matched", "message_id")}

    site.webhook("status", receipt(message(), "delivered"))
    quick = lines(), row()
    with without_the_short_way(site):
        site.webhook("status", receipt(message(), "delivered"))
    assert len(site.rows("webhook_events")) == 2
    *same, request = lines()
    assert (same, row()) == quick
    assert request["msg"] == "request"  # which the short way spares


def test_what_cannot_be_stored_is_tried_once_and_answered_503(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def away(body: str, _receipt: object) -> None:
        tries.append(body)
        raise TryAgain("the database is away")

    monkeypatch.setattr(
        site.house.services.receipts,
        "_together",
        type("Away", (), {"do": lambda _s, told: away(*told)})(),
    )

    found = site.webhook("status", GOOD)

    assert found.status_code == 503
    assert found.headers["Retry-After"]
    assert tries == [as_bytes(GOOD).decode()]


def test_requests_are_counted_once_whichever_way_they_go(database_url: str) -> None:
    with open_site(database_url, RATE_LIMIT="600") as site:
        left = [
            int(site.webhook("status", body).headers["RateLimit"].split("r=")[1].split(";")[0])
            for body in (receipt(message(), "delivered"), b"{", receipt(message(), "delivered"))
        ]

    assert left == [left[0], left[0] - 1, left[0] - 2]


def test_one_too_many_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.rate_limits._WEBHOOKS", 1)
    with open_site(database_url, RATE_LIMIT="600") as site:
        codes = [site.webhook("status", GOOD).status_code for _ in range(2)]
        kept = len(site.rows("webhook_events"))

    assert codes == [200, 429]
    assert kept == 1
