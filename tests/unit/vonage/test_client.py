"""Every answer of POST /v1/messages, as the outcome it means."""

import gc
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.phone import PhoneNumber
from app.vonage.client import VonageGateway
from app.vonage.reading import Reading
from app.vonage.tokens import FRESH, CachedAuth
from app.vonage.transport import Letter
from tests.support.carrier import Carrier, carrier
from tests.support.exchanges import sent
from tests.support.processes import free_port

UUID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
MESSAGE = ClaimedMessage(
    id="0190c3f0-0000-7000-8000-000000000001",
    to=PhoneNumber("+447700900000"),
    sender="+447700900001",
    text="Wir öffnen um 9 €",
    not_before=0.0,
)


@pytest.fixture(scope="module")
def auth(pem: str) -> CachedAuth:
    return CachedAuth("app", pem)


@pytest.fixture
def vonage() -> Iterator[Carrier]:
    with carrier() as listening:
        yield listening


@pytest.fixture
def gateway(auth: CachedAuth, vonage: Carrier) -> Iterator[VonageGateway]:
    auth.drop()  # so that the token of each test is a fresh one
    made = VonageGateway(auth, vonage.address, 3.0, 10.0)
    yield made
    made.close()


def _problem(**fields: Any) -> dict[str, Any]:
    return {"type": "about:blank", "title": "Invalid params", **fields}


def _send(
    gateway: VonageGateway,
    vonage: Carrier,
    status: int,
    body: Any,
    headers: dict[str, str] | None = None,
) -> Outcome:
    vonage.answers(status, body, headers)
    outcome = sent(gateway, MESSAGE)
    assert len(vonage.asked) == 1
    return outcome


def test_an_accepted_message_has_its_uuid(gateway: VonageGateway, vonage: Carrier) -> None:
    outcome = _send(gateway, vonage, 202, {"message_uuid": UUID})
    assert outcome == Outcome(OutcomeKind.ACCEPTED, message_uuid=UUID)


@pytest.mark.parametrize("status", [202, 429, 500])
def test_what_an_attempt_made_is_freed_without_a_search_for_circles(
    gateway: VonageGateway, vonage: Carrier, status: int
) -> None:
    gc.collect()
    gc.disable()
    try:
        _send(gateway, vonage, status, {"message_uuid": UUID})
        kept = [each for each in gc.get_objects() if isinstance(each, (Letter, Reading))]
    finally:
        gc.enable()
    assert not kept


def test_the_request_says_what_vonage_wants_to_hear(
    gateway: VonageGateway, vonage: Carrier
) -> None:
    _send(gateway, vonage, 202, {"message_uuid": UUID})
    (request,) = vonage.asked
    assert request.path == "/v1/messages"
    assert json.loads(request.body) == {
        "channel": "sms",
        "message_type": "text",
        "to": "447700900000",
        "from": "447700900001",
        "text": MESSAGE.text,
        "client_ref": MESSAGE.id,
        "webhook_version": "v1",
    }
    assert b", " not in request.body
    assert request.headers["Content-Length"] == str(len(request.body))
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Authorization"].startswith("Bearer eyJ")


def test_a_sender_with_a_name_keeps_it(gateway: VonageGateway, vonage: Carrier) -> None:
    vonage.answers(202, {"message_uuid": UUID})
    message = ClaimedMessage(MESSAGE.id, MESSAGE.to, "Carillon", "Hi", 0.0)
    assert sent(gateway, message).kind is OutcomeKind.ACCEPTED
    assert json.loads(vonage.asked[0].body)["from"] == "Carillon"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[]",
        b"null",
        b"{}",
        b'{"message_uuid": null}',
        b'{"message_uuid": 5}',
        b'{"message_uuid": ""}',
        b'{"message_uuid": "a b"}',
        b'{"message_uuid": "' + b"a" * 65 + b'"}',
        b"[" * 60_000,
        b'{"message_uuid": "a", "x": "' + b"a" * 100_000 + b'"}',
    ],
)
def test_a_success_without_a_readable_uuid_is_in_doubt(
    gateway: VonageGateway, vonage: Carrier, body: bytes
) -> None:
    outcome = _send(gateway, vonage, 202, body)
    assert outcome.kind is OutcomeKind.IN_DOUBT
    assert "Vonage took the message" in outcome.reason
    assert outcome.message_uuid is None


REFUSED, PAUSE = OutcomeKind.REFUSED, OutcomeKind.CAMPAIGN_MUST_PAUSE


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (101, OutcomeKind.IN_DOUBT),
        (301, PAUSE),
        (302, PAUSE),
        (307, PAUSE),
        (308, PAUSE),
        (400, REFUSED),
        (401, PAUSE),
        (402, PAUSE),
        (403, PAUSE),
        (404, PAUSE),
        (405, PAUSE),
        (408, OutcomeKind.TRY_LATER),
        (409, REFUSED),
        (410, PAUSE),
        (413, REFUSED),
        (415, PAUSE),
        (418, REFUSED),
        (422, REFUSED),
        (429, OutcomeKind.TRY_LATER),
        (451, REFUSED),
        (500, OutcomeKind.IN_DOUBT),
        (502, OutcomeKind.IN_DOUBT),
        (503, OutcomeKind.IN_DOUBT),
        (504, OutcomeKind.IN_DOUBT),
        (599, OutcomeKind.IN_DOUBT),
        (799, OutcomeKind.IN_DOUBT),
    ],
)
def test_the_status_decides(
    gateway: VonageGateway, vonage: Carrier, status: int, kind: OutcomeKind
) -> None:
    headers = {"Location": f"{vonage.address}/v1/messages", "Retry-After": "5"}
    outcome = _send(gateway, vonage, status, b"<html>", headers)
    assert outcome.kind is kind
    assert outcome.code == str(status)
    assert f"(HTTP {status})" in outcome.reason
    assert outcome.throttled is (status == 429)


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ({"invalid_parameters": [{"name": "to", "reason": "bad"}]}, REFUSED),
        ({"invalid_parameters": [{"name": "text", "reason": "too long"}]}, REFUSED),
        ({"invalid_parameters": [{"name": "/to"}, {"name": "text"}]}, REFUSED),
        ({"invalid_parameters": [{"name": "to.number"}]}, REFUSED),
        ({"invalid_parameters": ["to"]}, REFUSED),
        ({"invalid_parameters": [{"name": "from"}]}, PAUSE),
        ({"invalid_parameters": [{"name": "to"}, {"name": "from"}]}, PAUSE),
        ({"invalid_parameters": [{"name": "channel"}]}, PAUSE),
        ({"invalid_parameters": [{"name": "webhook_url"}]}, PAUSE),
        ({"invalid_parameters": [{"name": "client_ref"}]}, PAUSE),
        ({"invalid_parameters": "nonsense"}, REFUSED),
        ({"invalid_parameters": [{"name": 5}, None, {}]}, REFUSED),
        ({"title": "Invalid sender", "detail": "The `from` parameter is invalid"}, PAUSE),
        ({"title": "Invalid recipient", "detail": "`to` is invalid for the channel"}, REFUSED),
        ({"title": "Unsupported channel"}, PAUSE),
        ({"title": "Invalid JSON", "detail": "Unexpected character"}, PAUSE),
        ({"title": "Invalid message type"}, PAUSE),
        ({"title": "Message blocked", "detail": "nothing from you today"}, REFUSED),
        ({"title": None, "detail": ["odd"]}, REFUSED),
    ],
)
def test_an_invalid_message_is_told_from_an_invalid_campaign(
    gateway: VonageGateway,
    vonage: Carrier,
    status: int,
    problem: dict[str, Any],
    kind: OutcomeKind,
) -> None:
    assert _send(gateway, vonage, status, _problem(**problem)).kind is kind


def test_a_refusal_tells_a_person_why(gateway: VonageGateway, vonage: Carrier) -> None:
    problem = {
        "type": "https://developer.vonage.com/api-errors/messages#1150",
        "title": "Invalid params",
        "detail": "The number +447700900000\nis none; eyJhbGciOi.eyJpc3M.sig\0",
        "invalid_parameters": [{"name": "to"}],
    }
    outcome = _send(gateway, vonage, 422, problem)
    assert outcome == Outcome(
        REFUSED,
        reason="Invalid params - The number +********0000 is none; [token] (HTTP 422)",
        code="1150",
    )


def test_the_number_in_the_type_decides_nothing(gateway: VonageGateway, vonage: Carrier) -> None:
    problem = {"type": "https://developer.vonage.com/api-errors/messages#1000", "title": "x"}
    outcome = _send(gateway, vonage, 402, problem)
    assert (outcome.kind, outcome.code) == (PAUSE, "1000")


def test_a_long_detail_is_cut(gateway: VonageGateway, vonage: Carrier) -> None:
    outcome = _send(gateway, vonage, 422, _problem(detail="x" * 5000))
    assert len(outcome.reason) < 320


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("15", 15.0),
        ("0", 0.0),
        ("0.5", 0.5),
        ("99999", 60.0),
        ("-1", None),
        ("soon", None),
        ("nan", None),
        ("1e3", None),
        ("²", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("Fri, 21 Oct 2157 07:28:00 GMT", 60.0),
        ("Fri, 99 Oct 2157 07:28:00 GMT", None),
    ],
)
def test_a_throttled_message_waits_as_long_as_vonage_says_within_reason(
    gateway: VonageGateway,
    vonage: Carrier,
    header: str | None,
    seconds: float | None,
) -> None:
    headers = {"Retry-After": header} if header is not None else {}
    outcome = _send(gateway, vonage, 429, _problem(), headers)
    assert (outcome.kind, outcome.throttled) == (OutcomeKind.TRY_LATER, True)
    assert outcome.retry_after == seconds


def test_an_old_token_is_renewed_after_a_401_and_a_fresh_one_pauses(
    pem: str, vonage: Carrier
) -> None:
    now = [1_800_000_000.0]
    gateway = VonageGateway(CachedAuth("app", pem, lambda: now[0]), vonage.address, 3.0, 10.0)
    vonage.answers(401, {"title": "Unauthorized"})
    now[0] += FRESH
    first, second = sent(gateway, MESSAGE), sent(gateway, MESSAGE)
    assert (first.kind, first.code) == (OutcomeKind.TRY_LATER, "401")
    assert second.kind is PAUSE
    gateway.close()
    tokens = [asked.headers["Authorization"] for asked in vonage.asked]
    assert tokens[0] != tokens[1]


def test_a_message_that_the_sdk_finds_invalid_is_refused_and_not_posted(
    gateway: VonageGateway, vonage: Carrier
) -> None:
    for message in (
        ClaimedMessage(MESSAGE.id, PhoneNumber("+0123"), "Carillon", "Hi", 0.0),
        ClaimedMessage(MESSAGE.id, MESSAGE.to, "Carillon", "x" * 3201, 0.0),
        ClaimedMessage(MESSAGE.id, MESSAGE.to, "Carillon", "\ud800", 0.0),
    ):
        outcome = sent(gateway, message)
        assert outcome.kind is REFUSED
        assert "not valid" in outcome.reason
        assert "447700900000" not in outcome.reason
    assert not vonage.asked


def test_a_connection_that_never_came_about_is_tried_later(auth: CachedAuth) -> None:
    port = free_port()
    outcome = sent(VonageGateway(auth, f"http://127.0.0.1:{port}", 3.0, 10.0), MESSAGE)
    assert (outcome.kind, outcome.unreachable) == (OutcomeKind.TRY_LATER, True)
    assert outcome.reason == "Vonage was not reached: the connection failed: Connection refused"


def test_a_path_in_the_address_stands_before_that_of_the_request(
    auth: CachedAuth, vonage: Carrier
) -> None:
    vonage.answers(202, {"message_uuid": UUID})
    gateway = VonageGateway(auth, f"{vonage.address}/proxy/", 3.0, 10.0)
    assert sent(gateway, MESSAGE).kind is OutcomeKind.ACCEPTED
    gateway.close()
    assert vonage.asked[0].path == "/proxy/v1/messages"


def test_certificates_cannot_be_left_unchecked(auth: CachedAuth) -> None:
    with pytest.raises(ValueError, match="always checked"):
        VonageGateway(auth, "https://api.nexmo.com", 3.0, 10.0, verify=False)


def test_the_log_says_nothing_of_numbers_texts_and_tokens(
    gateway: VonageGateway, vonage: Carrier, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("vonage").setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    quiet = VonageGateway(gateway._auth, vonage.address, 3.0, 10.0)
    _send(quiet, vonage, 422, _problem(detail="447700900000"))
    quiet.close()
    for secret in ("447700900000", MESSAGE.text, "eyJ"):
        assert secret not in caplog.text


def test_the_other_ways_of_the_sdk_to_the_network_are_closed(gateway: VonageGateway) -> None:
    with pytest.raises(Exception, match="only post"):
        gateway._client.get("api.nexmo.com", "/account")
    with pytest.raises(Exception, match="application's token"):
        gateway._client.post("api.nexmo.com", "/v1/messages", {}, "basic")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.nexmo.com",
        "ftp://api.nexmo.com",
        "https://",
        "https://key:secret@api.nexmo.com",
        "https://api.nexmo.com/?a=b",
        "https://api.nexmo.com /x",
    ],
)
def test_a_wrong_address_is_an_error_at_start(auth: CachedAuth, address: str) -> None:
    with pytest.raises(ValueError, match="VONAGE_API_URL"):
        VonageGateway(auth, address, 3.0, 10.0)


def test_nothing_goes_through_the_client_that_repeats_requests(
    gateway: VonageGateway, vonage: Carrier
) -> None:
    """The SDK's own way to the network sends a POST again by itself: ADR 5."""
    vonage.answers(202, {"message_uuid": UUID})
    with responses.RequestsMock() as caught:
        assert sent(gateway, MESSAGE).kind is OutcomeKind.ACCEPTED
        assert len(caught.calls) == 0
    assert len(vonage.asked) == 1
