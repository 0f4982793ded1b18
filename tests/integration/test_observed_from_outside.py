"""Traces and error reports: off unless asked for, and without numbers, texts or secrets."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app import sentry
from app.bootstrap import build
from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.sending.traced import Traced
from app.settings import InvalidSettings
from app.tracing import Tracing
from tests.support.builders import claimed, settings
from tests.support.exchanges import sent
from tests.support.fakes import FakeGateway
from tests.support.logged import Lines, logged
from tests.support.site import Site, open_site
from tests.support.webhooks import receipt

otel = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter",
    reason="NO OPENTELEMETRY: traces are untested (requirements-observe.txt)",
)
sdk = pytest.importorskip("sentry_sdk", reason="NO SENTRY: error reports are untested")

NUMBER = "+14155550142"
WEB = "carillon.web"
UNKNOWN = {"message_uuid": "u-1", "id": "x", "number": NUMBER}


@contextmanager
def traced(site: Site) -> Iterator[Any]:
    """What is exported of this site's requests, once the block ends."""
    exporter = otel.InMemorySpanExporter()
    tracing = Tracing(exporter=exporter)
    before = site.app.extensions[WEB]
    site.app.extensions[WEB] = replace(before, tracing=tracing)
    yield exporter
    site.app.extensions[WEB] = before
    tracing.close()


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    with open_site(f"sqlite:///{tmp_path / 'test.db'}") as opened:
        yield opened


def test_a_request_is_a_span_named_by_its_route(site: Site) -> None:
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with traced(site) as exporter:
        site.client.get(
            f"/api/numbers/{NUMBER}/timeline", headers={**site.key, "traceparent": caller}
        )
        site.client.get(f"/nowhere/{NUMBER}")
        assert site.webhook("status", receipt(UNKNOWN, "delivered")).status_code == 200

    known, unknown, webhook = exporter.get_finished_spans()
    assert known.name == "GET /api/numbers/<number>/timeline"
    assert known.attributes["http.response.status_code"] == 200
    assert known.kind.name == "SERVER"
    assert f"{known.context.trace_id:x}" == "af7651916cd43dd8448eb211c80319c"
    assert unknown.name == "GET (no route)"
    assert webhook.name == "POST /webhooks/status"  # which has a short way while nobody traces
    told = known.to_json() + unknown.to_json() + webhook.to_json()
    assert NUMBER[1:] not in told
    assert site.key["Authorization"].split()[1] not in told


def test_an_attempt_is_a_span_that_names_nobody() -> None:
    exporter = otel.InMemorySpanExporter()
    tracing = Tracing(exporter=exporter)

    outcome = sent(Traced(FakeGateway(), tracing), claimed(text="Confidential", campaign_id="c-1"))
    tracing.close()

    assert outcome.kind is OutcomeKind.ACCEPTED
    (span,) = exporter.get_finished_spans()
    assert span.kind.name == "CLIENT"
    assert span.attributes["carillon.outcome"] == "accepted"
    assert span.attributes["carillon.campaign_id"] == "c-1"
    assert "Confidential" not in span.to_json()
    assert claimed().to[1:] not in span.to_json()


def fail_within(tracing: Tracing) -> None:
    with tracing.span("x", "client") as note:
        note(words=f"to {NUMBER}")
        fail(f"cannot send to {NUMBER}")


def fail(words: str) -> None:
    raise ValueError(words)


@pytest.fixture
def log_lines() -> Iterator[Lines]:
    with logged() as lines:
        yield lines


def test_lines_of_a_request_carry_its_ids_and_no_other_line_does(
    site: Site, log_lines: Lines
) -> None:
    caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    wrong = {"Authorization": "Bearer wrong", "traceparent": caller, "X-Request-Id": "r-1"}
    with traced(site) as exporter:
        site.client.get("/api/campaigns", headers=wrong)
        logging.getLogger("app").info("after_it")
    site.client.get("/api/campaigns", headers=wrong)  # with traces off again

    (span,) = exporter.get_finished_spans()
    ids = {
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": f"{span.context.span_id:016x}",
    }
    refused, answered, after, *without = log_lines()
    for line, event in ((refused, "not_authentic"), (answered, "request")):
        assert line.items() >= {"event": event, "request_id": "r-1", **ids}.items()
    assert after["event"] == "after_it"
    assert [each["event"] for each in without] == ["not_authentic", "request"]
    assert not any(ids.keys() & line.keys() for line in (after, *without))


def test_lines_of_an_attempt_carry_the_ids_of_its_span(log_lines: Lines) -> None:
    def answer(_message: ClaimedMessage) -> Outcome:
        logging.getLogger("app").warning("within")
        return Outcome(OutcomeKind.ACCEPTED)

    exporter = otel.InMemorySpanExporter()
    tracing = Tracing(exporter=exporter)
    with tracing.span("around", "server"):
        sent(Traced(FakeGateway(answer), tracing), claimed())
        logging.getLogger("app").warning("around")
    tracing.close()

    inner, outer = exporter.get_finished_spans()
    within, around = log_lines()
    assert within["span_id"] == f"{inner.context.span_id:016x}"
    assert around["span_id"] == f"{outer.context.span_id:016x}"
    assert within["trace_id"] == around["trace_id"] == f"{outer.context.trace_id:032x}"


def test_while_it_is_off_nothing_of_it_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "opentelemetry"]:
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not there

    with Tracing().span("x", "server") as note:
        note(anything=1)


def test_an_error_is_told_by_its_kind_alone() -> None:
    exporter = otel.InMemorySpanExporter()
    tracing = Tracing(exporter=exporter)

    with pytest.raises(ValueError, match=r"415"):
        fail_within(tracing)
    tracing.close()

    (span,) = exporter.get_finished_spans()
    assert span.status.description == "ValueError"
    assert span.attributes["words"] == "to **********42"
    assert NUMBER[1:] not in span.to_json()


def test_a_collector_gets_what_a_whole_service_does(sqlite_template: Path, tmp_path: Path) -> None:
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    with collector() as (url, bodies):
        with open_site(
            f"sqlite:///{tmp_path / 'test.db'}", OTEL_EXPORTER_OTLP_ENDPOINT=url
        ) as opened:
            opened.campaign([NUMBER], message="Confidential")
        told = b"".join(bodies)  # closing sends what is left

    assert b"carillon.outcome" in told
    assert NUMBER[1:].encode() not in told
    assert b"Confidential" not in told


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An OTLP collector, as far as an exporter can tell."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    thread.join()
    server.server_close()


def test_without_a_setting_nothing_is_traced(site: Site) -> None:
    assert not site.house.tracing.is_on
    with site.house.tracing.span("x", "server") as note:
        note(anything=1)


class Kept(sdk.transport.Transport):  # type: ignore[misc,name-defined]  # found only if it is installed
    """A transport that keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[Any] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.told += [item.payload.json for item in envelope.items]


def test_sentry_gets_errors_and_no_numbers_or_secrets() -> None:
    kept, secret = Kept(), "a-secret-variable"
    try:
        sentry.start("http://key@127.0.0.1:9/1", kept)
        log = logging.getLogger("app.some")
        log.warning("sender_throttled", extra={"sender": NUMBER})
        assert secret
        try:
            fail(f"cannot send to {NUMBER} at postgresql://me:{secret}@host/x")
        except ValueError:
            log.exception("gateway_failed", extra={"message_id": "m-1", "to": NUMBER})
        sdk.flush()
    finally:
        sdk.init()  # without an address it sends nothing, and hears nothing

    (event,) = [each for each in kept.told if each and "exception" in each]
    told = json.dumps(event)
    assert event["logentry"]["message"] == "gateway_failed"
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert "**********42" in told
    assert NUMBER[1:] not in told
    assert secret not in told


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("SENTRY_DSN", "https://key@sentry.test/1", "sentry_sdk"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9", "opentelemetry.sdk.trace"),
    ],
)
def test_without_its_packages_the_setting_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not there

    with pytest.raises(InvalidSettings, match=rf"{name}: .*requirements-observe\.txt"):
        build(settings(DATABASE_URL=f"sqlite:///{tmp_path / 'x.db'}", **{name: value}))
