"""Receipts on connections that stay open, through a worker of gunicorn and real sockets."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from app import log_context
from app.domain.errors import TryAgain
from app.server_settings import ServerSettings
from app.web.quick_receipts import Groups
from tests.integration.web.test_quick_receipts import BODIES, GOOD, SIGNATURES, message
from tests.support.reception import Client, Running
from tests.support.site import Site, open_site
from tests.support.webhooks import Body, as_bytes, receipt, signed

_VARIES = re.compile(rb"(X-Request-Id|Date|RateLimit): [^\r]*\r\n")
_NOW = re.compile(rb"(Date|RateLimit): [^\r]*\r\n")
HEALTH = b"GET /health/live HTTP/1.1\r\nHost: here\r\n\r\n"


def call(body: Body, headers: dict[str, str] | None = None, more: str = "") -> bytes:
    raw = as_bytes(body)
    lines = [f"{name}: {value}" for name, value in (headers or signed(body)).items()]
    head = ["POST /webhooks/status HTTP/1.1", "Host: here", *lines, f"Content-Length: {len(raw)}"]
    return ("\r\n".join(head) + "\r\n" + more + "\r\n").encode() + raw


def fresh() -> bytes:
    return call(receipt(message(), "delivered"))


@pytest.fixture
def running(site: Site) -> Iterator[Running]:
    yield from _run(site)


@pytest.fixture
def quick(quick_site: Site) -> Iterator[Running]:
    yield from _run(quick_site)


def _run(site: Site) -> Iterator[Running]:
    made = Running(site)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def client(quick: Running) -> Iterator[Client]:
    """A connection that the reception knows."""
    made = Client(quick.address)
    with made.sock:
        assert made.ask(fresh())[1] == b"OK"
        assert made.ask(fresh())[1] == b"OK"
        assert quick.groups == [1]
        yield made


def test_what_comes_on_many_connections_is_stored_together(site: Site, running: Running) -> None:
    clients = [Client(running.address) for _ in range(20)]
    for each in clients:
        assert each.ask(fresh())[1] == b"OK"  # the first of a connection: by a thread
    with site.house.database.writing():  # what comes meanwhile waits for this one
        for each in clients:
            each.sock.sendall(fresh())
    for each in clients:
        assert each.answer()[1] == b"OK"
        each.sock.close()

    assert sum(running.groups) == 20
    assert len(running.groups) < 20
    assert len(site.rows("webhook_events")) == 40


def test_who_speaks_while_others_are_read_is_stored_with_them(
    client: Client, quick: Running, quick_site: Site
) -> None:
    other = Client(quick.address)

    def speaking(*asked: Any) -> Any:
        quick.worker.wsgi = quick_site.app
        other.sock.sendall(fresh())
        return quick_site.app(*asked)

    with other.sock:
        other.ask(fresh())
        for _ in range(50):  # on a busy machine who was silent for a while is not listened to
            other.ask(fresh())
            quick.worker.wsgi = speaking
            assert client.ask(fresh())[1] == other.answer()[1] == b"OK"
            if quick.groups[-1] == 2:
                break

    assert quick.groups[-1] == 2


def test_settings_are_told_as_gunicorn_tells_them() -> None:
    config = Config()
    config.set("threads", 3)
    config.set("sendfile", "false")
    settings = ServerSettings(config, Logger(config))
    for name in ({*config.settings} | {*vars(Config)}) - {*vars(object)}:
        if not name.startswith("_"):
            assert getattr(settings, name) == getattr(config, name), name


def test_who_looks_at_requests_has_each_of_them_read() -> None:
    class Own(Logger):  # type: ignore[misc]  # gunicorn ships no types
        """As the one for statsd does."""

        def access(self, *_told: object) -> None:
            """Look at it."""

    def is_watched(**changes: object) -> bool:
        config = Config()
        for name, value in changes.items():
            config.set(name, value)
        return ServerSettings(config, config.logger_class(config)).is_watched

    assert not is_watched()
    assert is_watched(accesslog="-")
    assert is_watched(pre_request=lambda _worker, _request: None)
    assert is_watched(post_request=lambda _worker, _request: None)
    assert is_watched(logger_class=Own)


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_answer_is_the_same_as_of_a_thread(quick: Running, signature: str) -> None:
    for name in sorted(BODIES.keys() - {"too long"}):  # after which a connection is closed
        body = BODIES[name]
        request = call(body, SIGNATURES[signature](body))
        client = Client(quick.address)
        with client.sock:
            by_thread = client.ask(request)
            by_reception = client.ask(request)
        assert by_reception[1] == by_thread[1], name
        assert _VARIES.sub(b"", by_reception[0]) == _VARIES.sub(b"", by_thread[0]), name


PROXIED = "X-Forwarded-For: 192.0.2.{}\r\nX-Forwarded-Proto: https\r\nX-Request-Id: {}\r\n"


def _watch(running: Running) -> list[bytes]:
    """What the reception has gunicorn read."""
    read, seen = running.worker._read, []

    def reading(conn: Any, heard: bytes) -> Any:
        seen.append(heard)
        return read(conn, heard)

    running.worker._read = reading
    return seen


def test_heads_that_are_alike_are_answered_as_by_a_thread(database_url: str) -> None:
    with open_site(database_url, TRUSTED_PROXIES="1", RATE_LIMIT="600") as site:
        running = Running(site)
        asked = [
            *product(BODIES.keys() - {"too long"}, SIGNATURES, (7, 8)),
            ("a receipt", "good", 9),
        ]
        client = Client(running.address)
        read_anew = _watch(running)
        with client.sock:
            for number, (name, signature, address) in enumerate(asked):
                body = BODIES[name]
                more = PROXIED.format(address, f"id-{number}")
                request = call(body, SIGNATURES[signature](body), more)
                other = Client(running.address)
                with other.sock:
                    by_thread = other.ask(request)
                by_reception = client.ask(request)
                assert by_reception[1] == by_thread[1], name
                heads = [_NOW.sub(b"", head) for head, _ in (by_reception, by_thread)]
                assert heads[0] == heads[1], name
                assert f"X-Request-Id: id-{number}\r\n".encode() in heads[0]
                assert b"Strict-Transport-Security" in heads[0]
        running.stop()

    assert len(read_anew) == 5  # for each address, with a token and without: once


def test_other_requests_of_the_connection_are_answered(client: Client) -> None:
    assert client.ask(HEALTH)[0].startswith(b"HTTP/1.1 200")
    assert client.ask(fresh())[1] == b"OK"
    assert client.ask(call(GOOD).replace(b"/status", b"/status?a=b"))[1] == b"OK"


def test_what_comes_in_parts_is_waited_for_elsewhere(client: Client, quick: Running) -> None:
    for cut in (5, 30, 300):
        request = fresh()
        client.sock.sendall(request[:cut])
        other = Client(quick.address)
        with other.sock:
            assert other.ask(fresh())[1] == b"OK"
            assert other.ask(fresh())[1] == b"OK"  # the reception is free
        assert client.ask(request[cut:])[1] == b"OK"


def test_what_comes_at_once_is_answered_in_turn(client: Client) -> None:
    client.sock.sendall(fresh() + HEALTH + fresh() + fresh())

    assert client.answer()[1] == b"OK"
    assert client.answer()[0].startswith(b"HTTP/1.1 200")
    assert [client.answer()[1] for _ in range(2)] == [b"OK", b"OK"]


def test_what_is_no_http_is_refused_as_ever(client: Client) -> None:
    broken = fresh().replace(b"Host: here", b"Content-Length: 3\r\nHost here")

    assert client.ask(broken)[0].startswith(b"HTTP/1.1 400")
    with pytest.raises(ConnectionError):
        client.answer()


def test_in_chunks(client: Client) -> None:
    body = as_bytes(GOOD)
    head, _, _ = call(GOOD).partition(b"Content-Length")
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)

    assert client.ask(chunked)[1] == b"OK"


def test_who_asks_to_close_is_answered_and_let_go(client: Client) -> None:
    head, body = client.ask(call(GOOD, more="Connection: close\r\n"))

    assert body == b"OK"
    assert b"Connection: close" in head
    with pytest.raises(ConnectionError):
        client.answer()


def test_who_goes_is_let_go(client: Client, quick: Running) -> None:
    other = Client(quick.address)
    with other.sock:
        client.sock.close()
        assert other.ask(fresh())[1] == b"OK"
        assert other.ask(fresh())[1] == b"OK"


def test_a_stop_waits_for_nobody_who_is_silent(quick_site: Site) -> None:
    running = Running(quick_site)
    client = Client(running.address)
    with client.sock:
        client.ask(fresh())
        client.ask(fresh())
        running.worker.alive = False
        assert b"Connection: close" in client.ask(fresh())[0]
    running.stop()


def test_what_is_taken_is_counted_whichever_way_it_came(client: Client, quick_site: Site) -> None:
    def counted() -> float:
        page = quick_site.house.meters.page([]).decode()
        taken = 'carillon_webhooks_total{kind="status",result="taken"} '
        return float(page.partition(taken)[2].split()[0])

    before = counted()
    client.ask(fresh())
    client.ask(call(b"{"))

    assert counted() == before + 1


def test_requests_are_counted_once(database_url: str) -> None:
    with open_site(database_url, RATE_LIMIT="600") as site:
        running = Running(site)
        client = Client(running.address)
        with client.sock:
            heads = [client.ask(call(body))[0] for body in (GOOD, GOOD, b"{", GOOD)]
        running.stop()

    left = [int(found[1]) for head in heads if (found := re.search(rb"r=(\d+);", head))]
    assert left == [left[0], left[0] - 1, left[0] - 2, left[0] - 3]


class _Watched(logging.Filter):
    """Which request each line is about, by what the line says."""

    def __init__(self) -> None:
        super().__init__()
        self.told: defaultdict[str, list[str | None]] = defaultdict(list)

    def filter(self, record: logging.LogRecord) -> bool:
        self.told[record.getMessage()].append(log_context.told().get("request_id"))
        return True


def test_lines_about_a_group_name_no_request(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watched = _Watched()
    caplog.handler.addFilter(watched)

    client.ask(call(receipt(message(), "delivered"), more="X-Request-Id: mine\r\n"))
    client.ask(call(receipt(message(), "delivered"), more="X-Request-Id: mine-too\r\n"))

    caplog.handler.removeFilter(watched)
    assert watched.told["receipt_unmatched"] == [None, None]
    assert watched.told["status_webhook"] == ["mine", "mine-too"]


def test_what_cannot_be_stored_is_tried_once_and_answered_503(
    client: Client, quick_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def away(told: list[Any], **_more: Any) -> None:
        tries.append(len(told))
        raise TryAgain("the database is away")

    monkeypatch.setattr(quick_site.house.services.receipts._together, "_work", away)

    assert client.ask(fresh())[0].startswith(b"HTTP/1.1 503")
    assert tries == [1]


def test_a_mistake_of_ours_ends_no_reception(
    client: Client, quick: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(Groups, "store", lambda *_: 1 / 0)
        client.sock.sendall(fresh())
        with pytest.raises(ConnectionError):
            client.answer()
        client.sock.close()

    other = Client(quick.address)
    with other.sock:
        assert [other.ask(fresh())[1] for _ in range(3)] == [b"OK"] * 3
