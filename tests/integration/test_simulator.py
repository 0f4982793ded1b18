"""The simulator over real HTTP, with a real receiver for its webhooks."""

import hashlib
import http.client
import itertools
import json
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from typing import Any, Self

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from simulator.behaviours import magic_table
from simulator.error_codes import REASONS
from simulator.settings import Settings
from simulator.simulator import Simulator

SENDER = "15557654321"
SECRET = "a signature secret of thirty-two bytes or more"
PATIENCE = 5.0  # seconds until a test gives up; none waits that long
A_WHILE = 0.3  # seconds in which something that must not come would have come

_count = itertools.count()


@dataclass(frozen=True)
class Webhook:
    """One webhook as it arrived."""

    path: str
    authorization: str
    raw: bytes
    at: float

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.raw)
        return body


class Receiver:
    """The service's side: keeps every webhook, answers 200 or what a test has told it to."""

    def __init__(self) -> None:
        self._heard: list[Webhook] = []
        self._changed = Condition()
        self.answers: defaultdict[str, list[int]] = defaultdict(list)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.hear(self.path, self.headers["Authorization"], raw))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def hear(self, path: str, authorization: str, raw: bytes) -> int:
        with self._changed:
            self._heard.append(Webhook(path, authorization, raw, time.time()))
            self._changed.notify_all()
            planned = self.answers[path]
            return planned.pop(0) if planned else 200

    def wait_for(self, count: int, is_meant: Callable[[Webhook], bool]) -> list[Webhook]:
        """The webhooks that are meant, once there are so many."""
        with self._changed:
            came = self._changed.wait_for(
                lambda: len([one for one in self._heard if is_meant(one)]) >= count, PATIENCE
            )
            heard = [one for one in self._heard if is_meant(one)]
        assert came, f"{len(heard)} of {count} webhooks came"
        return heard

    def statuses(self, message: dict[str, Any], count: int) -> list[str]:
        """What was heard of a message, in its order, once there is so much."""
        return [webhook.body["status"] for webhook in self.receipts(message, count)]

    def receipts(self, message: dict[str, Any], count: int) -> list[Webhook]:
        return self.wait_for(count, lambda it: it.body.get("client_ref") == message["client_ref"])

    def texts(self, message: dict[str, Any], count: int) -> list[Webhook]:
        return self.wait_for(
            count, lambda it: it.path == "/webhooks/inbound" and message["to"] in it.raw.decode()
        )


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def settings(key: RSAPrivateKey, receiver: Receiver) -> Settings:
    return Settings(
        application_id="an-application",
        api_key="a-key",
        signature_secret=SECRET,
        public_key=key.public_key(),
        webhook_url=receiver.url,
        port=0,
        submitted_ms=10,
        final_ms=60,
        late_ms=150,
        reply_ms=20,
        retry_ms=20,
    )


@pytest.fixture(scope="module")
def authorization(key: RSAPrivateKey) -> str:
    claims = {"application_id": "an-application", "iat": int(time.time()), "jti": "1"}
    return f"Bearer {jwt.encode(claims, key, algorithm='RS256')}"


@dataclass(frozen=True)
class Caller:
    """What a test does with a simulator."""

    url: str
    authorization: str

    def send(self, message: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": self.authorization}
        return requests.post(f"{self.url}/v1/messages", json=message, headers=headers, timeout=5)

    def send_raw(self, message: dict[str, Any]) -> socket.socket:
        """The request on a bare socket, to see how the connection ends."""
        body = json.dumps(message).encode()
        host, port = self.url.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)), timeout=5)
        head = f"POST /v1/messages HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
        head += f"Authorization: {self.authorization}\r\n\r\n"
        connection.sendall(head.encode() + body)
        return connection

    def get(self, path: str) -> Any:
        return requests.get(self.url + path, timeout=5).json()

    def post(self, path: str, body: Any) -> requests.Response:
        return requests.post(self.url + path, json=body, timeout=5)

    def change(self, **conditions: Any) -> None:
        assert self.post("/simulator/settings", conditions).status_code == 200

    def entry(self, message: dict[str, Any]) -> Any:
        return self.get(f"/ledger/{message['to']}")

    def accepted(self, message: dict[str, Any]) -> int:
        accepted: int = self.entry(message)["accepted"]
        return accepted


@contextmanager
def calling(settings: Settings, authorization: str) -> Iterator[Caller]:
    with Simulator(settings) as simulator:
        yield Caller(simulator.url, authorization)


@pytest.fixture(scope="module")
def shared(settings: Settings, authorization: str) -> Iterator[Caller]:
    """One simulator for all tests that need only numbers of their own."""
    with calling(settings, authorization) as caller:
        yield caller


@pytest.fixture
def own(settings: Settings, authorization: str) -> Iterator[Caller]:
    """A simulator for one test, to change its conditions and to count everything."""
    with calling(settings, authorization) as caller:
        yield caller


def message_to(digits: str, **more: Any) -> dict[str, Any]:
    """A message to a fresh number with these three digits."""
    turn = next(_count)
    return {
        "to": f"1555{digits}{turn:04d}",
        "from": SENDER,
        "channel": "sms",
        "message_type": "text",
        "text": "The bell is ringing",
        "client_ref": f"ref-{turn}",
    } | more


@contextmanager
def connected(caller: Caller) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(caller.url.removeprefix("http://"), timeout=5)
    try:
        yield connection
    finally:
        connection.close()


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.01)


def a_free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class TestSending:
    @pytest.mark.parametrize("number", ["15551112222", "15553334444", "447700900000"])
    def test_an_ordinary_number_is_delivered(
        self, shared: Caller, receiver: Receiver, number: str
    ) -> None:
        message = message_to("200") | {"to": number}
        answer = shared.send(message)
        assert answer.status_code == 202
        assert answer.headers["X-Request-Id"]
        assert set(receiver.statuses(message, 2)) == {"submitted", "delivered"}
        uuids = {webhook.body["message_uuid"] for webhook in receiver.receipts(message, 2)}
        assert uuids == {answer.json()["message_uuid"]}

    def test_one_connection_carries_many_messages(self, shared: Caller) -> None:
        with requests.Session() as session:
            session.headers["Authorization"] = shared.authorization
            for _ in range(3):
                url = f"{shared.url}/v1/messages"
                answer = session.post(url, json=message_to("750"), timeout=5)
                assert answer.status_code == 202
                assert "Connection" not in answer.headers

    def test_without_a_token_nothing_is_sent(self, shared: Caller) -> None:
        message = message_to("200")
        answer = replace(shared, authorization="Bearer x.y.z").send(message)
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "detail", "instance"}
        assert shared.accepted(message) == 0

    def test_a_wrong_body_is_refused_with_every_reason(self, shared: Caller) -> None:
        answer = shared.send(message_to("200", text="", ttl=1))
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/json"
        names = [mistake["name"] for mistake in answer.json()["invalid_parameters"]]
        assert names == ["text", "ttl"]

    @pytest.mark.parametrize(("method", "path"), [("POST", "/v2/x"), ("GET", "/v1/messages")])
    def test_any_other_address_is_not_found(self, shared: Caller, method: str, path: str) -> None:
        answer = requests.request(method, shared.url + path, timeout=5)
        assert answer.status_code == 404
        assert answer.json()["title"] == "Not found"

    def test_a_body_beyond_measure_is_refused_unread(self, shared: Caller) -> None:
        with connected(shared) as connection:
            connection.putrequest("POST", "/v1/messages")
            connection.putheader("Content-Length", "999999999")
            connection.endheaders()
            answer = connection.getresponse()
            assert (answer.status, answer.headers["Connection"]) == (413, "close")


class TestWebhooks:
    def test_a_webhook_is_signed_over_its_exact_bytes(
        self, shared: Caller, receiver: Receiver
    ) -> None:
        message = message_to("200")
        shared.send(message)
        webhooks = receiver.receipts(message, 2)
        claims = [
            jwt.decode(
                webhook.authorization.removeprefix("Bearer "),
                SECRET,
                algorithms=["HS256"],
                issuer="Vonage",
                leeway=5,
            )
            for webhook in webhooks
        ]
        for webhook, claim in zip(webhooks, claims, strict=True):
            assert claim["payload_hash"] == hashlib.sha256(webhook.raw).hexdigest()
            assert (claim["api_key"], claim["application_id"]) == ("a-key", "an-application")
            assert webhook.path == "/webhooks/status"
        assert len({claim["jti"] for claim in claims}) == 2

    def test_a_message_may_name_its_own_address_and_version(
        self, shared: Caller, receiver: Receiver
    ) -> None:
        message = message_to(
            "200", webhook_url=f"{receiver.url}/elsewhere", webhook_version="v0.1", text="a" * 161
        )
        shared.send(message)
        first = receiver.receipts(message, 1)[0]
        assert first.path == "/elsewhere"
        assert first.body["to"] == {"type": "sms", "number": message["to"]}
        assert first.body["usage"]["price"] == "0.0666"

    @pytest.mark.parametrize("failure", [429, 500, 503])
    def test_a_webhook_that_failed_is_repeated_after_doubling_pauses(
        self, shared: Caller, receiver: Receiver, failure: int
    ) -> None:
        message = message_to("740")
        path = f"/fails-with-{failure}"
        receiver.answers[path] = [failure, failure]
        shared.send(message | {"webhook_url": receiver.url + path})
        heard = receiver.receipts(message, 3)
        assert len({webhook.raw for webhook in heard}) == 1
        assert len({webhook.authorization for webhook in heard}) == 3
        assert heard[1].at - heard[0].at >= 0.02
        assert heard[2].at - heard[1].at >= 0.04

    @pytest.mark.parametrize("failure", [302, 400, 401, 404])
    def test_a_webhook_that_was_refused_is_lost(
        self, shared: Caller, receiver: Receiver, failure: int
    ) -> None:
        message = message_to("740")
        path = f"/refuses-with-{failure}"
        receiver.answers[path] = [failure]
        shared.send(message | {"webhook_url": receiver.url + path})
        receiver.receipts(message, 1)
        time.sleep(A_WHILE)
        assert len(receiver.receipts(message, 1)) == 1

    def test_a_webhook_waits_for_a_service_that_is_away(
        self, settings: Settings, authorization: str
    ) -> None:
        with Receiver() as late:
            with calling(replace(settings, webhook_url=late.url), authorization) as caller:
                late.answers["/webhooks/status"] = [503, 503]
                message = message_to("740")
                caller.send(message)
                late.receipts(message, 3)
                wait_until(lambda: caller.get("/ledger/summary")["webhooks"]["pending"] == 0)
                totals = caller.get("/ledger/summary")["webhooks"]
            assert (totals["delivered"], totals["repeated"], totals["failed"]) == (1, 2, 0)

    def test_no_answer_at_all_is_a_reason_to_repeat(
        self, settings: Settings, authorization: str
    ) -> None:
        nobody = replace(settings, webhook_url=f"http://127.0.0.1:{a_free_port()}")
        with calling(nobody, authorization) as caller:
            caller.send(message_to("740"))
            wait_until(lambda: caller.get("/ledger/summary")["webhooks"]["repeated"] >= 2)
            assert caller.get("/ledger/summary")["webhooks"]["pending"] == 1

    @pytest.mark.parametrize("shape", ["v1", "v0.1", "legacy"])
    def test_a_phone_can_send_a_text(self, shared: Caller, receiver: Receiver, shape: str) -> None:
        phone = message_to("200")
        answer = shared.post(
            "/simulator/inbound",
            {"from": f"+{phone['to']}", "to": SENDER, "text": "stop it", "shape": shape},
        )
        assert answer.status_code == 202
        body = receiver.texts(phone, 1)[0].body
        uuid = answer.json()["message_uuid"]
        match shape:
            case "v1":
                assert (body["from"], body["text"]) == (phone["to"], "stop it")
                assert (body["message_uuid"], body["sms"]["keyword"]) == (uuid, "STOP")
            case "v0.1":
                assert body["from"]["number"] == phone["to"]
                assert body["message"]["content"]["text"] == "stop it"
            case _:
                assert (body["msisdn"], body["messageId"]) == (phone["to"], uuid)

    def test_a_text_that_cannot_be_is_refused_with_every_reason(self, shared: Caller) -> None:
        answer = shared.post("/simulator/inbound", {"from": "x", "text": 1, "shape": "round"})
        names = [mistake["name"] for mistake in answer.json()["invalid_parameters"]]
        assert (answer.status_code, names) == (422, ["from", "to", "text", "shape"])


class TestRefusals:
    @pytest.mark.parametrize(
        ("digits", "status"), [("401", 401), ("402", 402), ("403", 403), ("500", 500), ("504", 503)]
    )
    def test_some_numbers_are_always_refused(
        self, shared: Caller, digits: str, status: int
    ) -> None:
        message = message_to(digits)
        assert [shared.send(message).status_code for _ in range(2)] == [status, status]
        assert (shared.entry(message)["arrived"], shared.accepted(message)) == (2, 0)

    @pytest.mark.parametrize(("digits", "name"), [("422", "to"), ("423", "from")])
    def test_some_numbers_have_a_field_refused(
        self, shared: Caller, digits: str, name: str
    ) -> None:
        answer = shared.send(message_to(digits))
        assert answer.status_code == 422
        assert [it["name"] for it in answer.json()["invalid_parameters"]] == [name]

    @pytest.mark.parametrize(("digits", "status"), [("501", 500), ("503", 503)])
    def test_some_numbers_are_refused_once(self, shared: Caller, digits: str, status: int) -> None:
        message = message_to(digits)
        assert [shared.send(message).status_code for _ in range(3)] == [status, 202, 202]
        assert shared.accepted(message) == 2

    def test_a_burst_of_429_ends_after_three_tries(self, shared: Caller) -> None:
        message = message_to("429")
        answers = [shared.send(message) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 429, 429, 202]
        assert answers[0].headers["Retry-After"] == "1"
        assert shared.accepted(message) == 1

    def test_some_numbers_are_throttled_for_ever(self, shared: Caller) -> None:
        message = message_to("428")
        assert [shared.send(message).status_code for _ in range(5)] == [429] * 5

    def test_a_connection_closed_before_acceptance_has_accepted_nothing(
        self, shared: Caller
    ) -> None:
        message = message_to("600")
        with shared.send_raw(message) as connection:
            assert connection.recv(100) == b""
        assert (shared.entry(message)["arrived"], shared.accepted(message)) == (1, 0)

    def test_a_connection_is_closed_once_and_the_next_is_accepted(self, shared: Caller) -> None:
        message = message_to("602")
        with shared.send_raw(message) as connection:
            assert connection.recv(100) == b""
        assert shared.send(message).status_code == 202


class TestLostAnswers:
    def lose(self, caller: Caller, message: dict[str, Any]) -> None:
        """Sends, and checks that the answer is lost in the way of the number."""
        with caller.send_raw(message) as connection:
            match message["to"][4:6]:
                case "61":
                    connection.settimeout(A_WHILE)
                    with pytest.raises(TimeoutError):
                        connection.recv(100)
                case "62":
                    assert connection.recv(100) == b""
                case "63":
                    with pytest.raises(ConnectionResetError):
                        connection.recv(100)
                case "64":
                    answer = http.client.HTTPResponse(connection)
                    answer.begin()
                    assert answer.status == 202
                    with answer, pytest.raises(ValueError):
                        json.loads(answer.read())
                case "65":
                    answer = http.client.HTTPResponse(connection)
                    answer.begin()
                    with answer, pytest.raises(http.client.IncompleteRead):
                        answer.read()

    @pytest.mark.parametrize("digits", ["610", "620", "630", "640", "650"])
    def test_the_answer_is_lost_and_the_receipts_come(
        self, shared: Caller, receiver: Receiver, digits: str
    ) -> None:
        message = message_to(digits)
        self.lose(shared, message)
        assert shared.accepted(message) == 1
        assert set(receiver.statuses(message, 2)) == {"submitted", "delivered"}

    @pytest.mark.parametrize("digits", ["611", "621", "631", "641", "651"])
    def test_the_answer_is_lost_and_no_receipt_ever_comes(
        self, shared: Caller, receiver: Receiver, digits: str
    ) -> None:
        message = message_to(digits)
        self.lose(shared, message)
        assert shared.accepted(message) == 1
        time.sleep(A_WHILE)
        assert receiver.receipts(message, 0) == []

    def test_a_bad_gateway_has_accepted_the_message(
        self, shared: Caller, receiver: Receiver
    ) -> None:
        message = message_to("502")
        assert shared.send(message).status_code == 502
        assert shared.accepted(message) == 1
        assert set(receiver.statuses(message, 2)) == {"submitted", "delivered"}


class TestReceipts:
    @pytest.mark.parametrize("code", REASONS)
    def test_a_rejection_names_its_code(
        self, shared: Caller, receiver: Receiver, code: int
    ) -> None:
        message = message_to("998" if code == 1000 else str(code)[1:])
        assert shared.send(message).status_code == 202
        bodies = {webhook.body["status"]: webhook.body for webhook in receiver.receipts(message, 2)}
        assert bodies["rejected"]["error"]["title"] == str(code)
        assert "error" not in bodies["submitted"]

    def test_receipts_come_in_the_order_of_the_number(
        self, settings: Settings, authorization: str, receiver: Receiver
    ) -> None:
        # Far enough apart that a busy machine does not swap them.
        unhurried = replace(settings, submitted_ms=50, final_ms=450, late_ms=850)
        expected = {
            "200": ["submitted", "delivered"],
            "700": ["submitted", "delivered"],
            "720": ["delivered", "submitted"],
            "740": ["submitted"],
            "760": ["submitted", "undeliverable"],
            "770": ["submitted", "rejected", "delivered"],
            "780": ["submitted", "delivered"],
        }
        with calling(unhurried, authorization) as caller:
            sent = {digits: message_to(digits) for digits in expected}
            for message in sent.values():
                assert caller.send(message).status_code == 202
            heard = {
                digits: receiver.statuses(message, len(expected[digits]))
                for digits, message in sent.items()
            }
        assert heard == expected

    def test_a_late_receipt_takes_its_time(self, shared: Caller, receiver: Receiver) -> None:
        message = message_to("700")
        shared.send(message)
        accepted_at = shared.entry(message)["acceptance_times"][0]
        bodies = {it.body["status"]: it for it in receiver.receipts(message, 2)}
        assert bodies["delivered"].at - accepted_at >= 0.15

    def test_a_doubled_receipt_comes_twice_with_the_same_bytes(
        self, shared: Caller, receiver: Receiver
    ) -> None:
        message = message_to("710")
        shared.send(message)
        heard = receiver.receipts(message, 4)
        assert len({webhook.raw for webhook in heard}) == 2
        assert len({webhook.authorization for webhook in heard}) == 4

    def test_a_receipt_can_overtake_the_answer(self, shared: Caller, receiver: Receiver) -> None:
        message = message_to("730")
        shared.send(message)
        answered_at = time.time()
        heard = receiver.receipts(message, 2)
        assert [webhook.body["status"] for webhook in heard] == ["submitted", "delivered"]
        assert all(webhook.at <= answered_at for webhook in heard)

    def test_a_message_may_have_no_receipt(self, shared: Caller, receiver: Receiver) -> None:
        message = message_to("750")
        assert shared.send(message).status_code == 202
        time.sleep(A_WHILE)
        assert receiver.receipts(message, 0) == []

    @pytest.mark.parametrize(
        ("digits", "words"),
        [
            ("800", "We have got to STOP this terrible bill"),
            ("810", "STOP"),
            ("820", "START"),
            ("830", "HELP"),
        ],
    )
    def test_a_phone_replies_once(
        self, shared: Caller, receiver: Receiver, digits: str, words: str
    ) -> None:
        message = message_to(digits)
        for _ in range(2):
            assert shared.send(message).status_code == 202
        assert len(receiver.receipts(message, 4)) == 4
        [reply] = receiver.texts(message, 1)
        assert reply.body["text"] == words
        assert (reply.body["from"], reply.body["to"]) == (message["to"], SENDER)

    def test_nobody_replies_to_a_name(self, shared: Caller, receiver: Receiver) -> None:
        message = message_to("810") | {"from": "Carillon"}
        shared.send(message)
        receiver.receipts(message, 2)
        assert receiver.texts(message, 0) == []


class TestConditions:
    def test_beyond_the_rate_messages_are_throttled(self, own: Caller) -> None:
        own.change(rate=1)
        answers = [own.send(message_to("750")) for _ in range(5)]
        # On a slow machine a second may pass in between and open the window once more.
        throttled = [answer for answer in answers if answer.status_code == 429]
        assert throttled
        assert throttled[0].headers["Retry-After"] == "1"
        assert own.get("/ledger/summary")["refused"] == {"429": len(throttled)}

    def test_an_outage_refuses_everything_until_it_ends(self, own: Caller) -> None:
        own.change(outage=60)
        assert own.send(message_to("750")).status_code == 503
        own.change(outage=0)
        assert own.send(message_to("750")).status_code == 202

    def test_each_answer_can_be_delayed(self, own: Caller) -> None:
        own.change(latency_ms=80)
        started = time.monotonic()
        own.send(message_to("750"))
        assert time.monotonic() - started >= 0.08

    def test_a_wrong_change_is_refused(self, own: Caller) -> None:
        answer = own.post("/simulator/settings", {"rate": "fast"})
        assert answer.status_code == 422
        assert own.get("/simulator/settings")["rate"] is None


class TestLedger:
    def test_it_is_exact_under_eight_threads(self, own: Caller) -> None:
        def work(thread: int) -> None:
            with requests.Session() as session:
                session.headers["Authorization"] = own.authorization
                for turn in range(40):
                    message = message_to("750", client_ref=f"{thread}-{turn}")
                    message["to"] = f"1555750{turn:04d}"
                    url = f"{own.url}/v1/messages"
                    assert session.post(url, json=message, timeout=5).status_code == 202

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(work, range(8)))
        ledger = own.get("/ledger")
        totals = ledger["totals"]
        assert (totals["requests"], totals["accepted"]) == (320, 320)
        assert (totals["numbers"], totals["duplicates"]) == (40, 280)
        for turn in range(40):
            entry = ledger["numbers"][f"1555750{turn:04d}"]
            assert (entry["arrived"], entry["accepted"]) == (8, 8)
            assert sorted(entry["client_refs"]) == [f"{thread}-{turn}" for thread in range(8)]
            assert len(entry["arrival_times"]) == len(entry["acceptance_times"]) == 8

    def test_it_tells_what_was_said_to_a_number(self, shared: Caller) -> None:
        message = message_to("750")
        answer = shared.send(message)
        entry = shared.entry(message)
        assert entry["last_text"] == message["text"]
        assert entry["client_refs"] == [message["client_ref"]]
        assert entry["message_uuids"] == [answer.json()["message_uuid"]]
        assert shared.get(f"/ledger/+{message['to']}") == entry

    def test_it_counts_refusals_by_their_status(self, own: Caller) -> None:
        for digits in ("401", "422", "503"):
            own.send(message_to(digits))
        with own.send_raw(message_to("600")) as connection:
            connection.recv(100)
        refused = own.get("/ledger/summary")["refused"]
        assert refused == {"401": 1, "422": 1, "503": 1, "closed": 1}

    def test_it_counts_webhooks(self, own: Caller) -> None:
        own.send(message_to("200"))
        wait_until(lambda: own.get("/ledger/summary")["webhooks"]["delivered"] == 2)
        assert own.get("/ledger/summary")["webhooks"]["pending"] == 0

    def test_it_can_be_reset(self, own: Caller) -> None:
        own.send(message_to("503"))
        assert requests.delete(f"{own.url}/ledger", timeout=5).json()["requests"] == 0
        assert own.get("/ledger")["numbers"] == {}


class TestPages:
    def test_the_table_of_magic_numbers_is_served(self, shared: Caller) -> None:
        assert shared.get("/magic-numbers") == magic_table()

    def test_it_tells_what_it_is(self, shared: Caller) -> None:
        assert "simulator" in requests.get(shared.url, timeout=5).text
        assert shared.get("/health") == {"status": "ok"}


class TestEnd:
    def test_it_ends_at_once_even_while_it_is_silent(
        self, settings: Settings, authorization: str
    ) -> None:
        with calling(settings, authorization) as caller:
            message = message_to("611")
            connection = caller.send_raw(message)
            wait_until(lambda: caller.accepted(message) == 1)
            started = time.monotonic()
        with connection:
            assert connection.recv(100) == b""
        assert time.monotonic() - started < 2

    def test_it_can_start_again_at_the_same_port(
        self, settings: Settings, authorization: str
    ) -> None:
        with calling(settings, authorization) as caller:
            with caller.send_raw(message_to("600")) as connection:
                connection.recv(100)  # the simulator closes first, and its end stays in TIME_WAIT
            port = int(caller.url.rpartition(":")[2])
        with calling(replace(settings, port=port), authorization) as caller:
            assert caller.get("/health") == {"status": "ok"}

    def test_a_simulator_that_never_started_can_be_stopped(self, settings: Settings) -> None:
        Simulator(settings).stop()


def phones(caller: Caller, digits: str = "") -> requests.Response:
    return requests.get(f"{caller.url}/phones", params={"number": digits}, timeout=5)


def test_a_phone_shows_what_arrived_and_what_did_not(shared: Caller) -> None:
    came, lost = message_to("200", text="Sale <today>"), message_to("170")
    shared.send(came)
    shared.send(lost)
    page = phones(shared, came["to"])
    assert "Sale &lt;today&gt;" in page.text
    assert f"from +{SENDER}" in page.text
    assert "1 segment" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "Not delivered: 1170" in phones(shared, lost["to"]).text


def test_a_reply_that_is_typed_on_the_page_goes_out_as_a_signed_webhook(
    shared: Caller, receiver: Receiver
) -> None:
    message = message_to("200")
    shared.send(message)
    form = {"from": message["to"], "to": SENDER, "quick": "STOP", "text": "not this"}
    answer = requests.post(f"{shared.url}/phones/text", data=form, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/phones#phone-{message['to']}",
    )
    (webhook,) = receiver.texts(message, 1)
    assert (webhook.body["text"], webhook.body["from"]) == ("STOP", message["to"])
    token = webhook.authorization.removeprefix("Bearer ")
    claims = jwt.decode(token, SECRET, algorithms=["HS256"])
    assert claims["payload_hash"] == hashlib.sha256(webhook.raw).hexdigest()


@pytest.mark.parametrize("wrong", [{"from": "12"}, {"to": "ACME"}, {"text": ""}])
def test_a_text_that_cannot_be_is_explained_and_stands_there_again(
    shared: Caller, wrong: dict[str, str]
) -> None:
    form = {"from": "15552009404", "to": SENDER, "text": "Hello there"} | wrong
    answer = requests.post(f"{shared.url}/phones/text", data=form, timeout=5)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    for value in form.values():
        assert f'value="{value}"' in answer.text


def test_news_are_told_once(shared: Caller) -> None:
    message = message_to("200")
    shared.send(message)
    first = shared.get(f"/phones/news?version=-1&number={message['to']}")
    assert f"+{message['to']}" in first["phones"]
    again = shared.get(f"/phones/news?version={first['version']}")
    assert again == {"version": first["version"], "phones": ""}


@pytest.mark.parametrize("name", ["phones.css", "phones.js"])
def test_the_pages_own_files_are_served_and_no_others(shared: Caller, name: str) -> None:
    assert requests.get(f"{shared.url}/phones/{name}", timeout=5).status_code == 200
    assert requests.get(f"{shared.url}/phones/../{name}.py", timeout=5).status_code == 404
