"""Whatever is sent, it is the sender's fault or it works: never ours."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.builders import numbers
from tests.support.site import LATER, Site

ROUTES = ["/api/campaigns/send", "/send-sms"]
GOOD: dict[str, dict[str, Any]] = {
    "/api/campaigns/send": {
        "recipients": numbers(1),
        "message": "Hello",
        "scheduled_at": LATER,
        "allow_duplicate": True,
    },
    "/send-sms": {"to": numbers(1)[0], "text": "Hello"},
}


def check(site: Site, route: str, body: bytes, *statuses: int) -> dict[str, Any]:
    """It must be refused so, as a problem, and nothing stored."""
    answer = site.post_bytes(route, body)
    assert answer.status_code in statuses, (answer.status_code, body[:100], answer.text)
    assert answer.mimetype == "application/problem+json"
    assert site.rows("messages") == []
    found: dict[str, Any] = answer.json
    return found


@pytest.mark.parametrize("route", ROUTES)
def test_what_is_not_json_is_400_and_says_where(site: Site, route: str) -> None:
    for body in (b"{", b"hello", b"{'to': 1}", b'{"to": "x",}', b"\x00", b"{}{}", b" "):
        found = check(site, route, body, 400)
        assert "line 1 column" in found["detail"]


@pytest.mark.parametrize("route", ROUTES)
def test_numbers_that_are_no_json_are_400(site: Site, route: str) -> None:
    for value in (b"NaN", b"Infinity", b"-Infinity"):
        found = check(site, route, b'{"recipients": [{"to": "x", "y": ' + value + b"}]}", 400)
        assert "is no JSON value" in found["detail"]
    check(site, route, b'{"text": ' + b"9" * 5000 + b"}", 400)


@pytest.mark.parametrize("route", ROUTES)
def test_json_in_another_encoding_is_400(site: Site, route: str) -> None:
    text = json.dumps(GOOD[route])
    for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-32-be"):
        check(site, route, text.encode(encoding), 400)
    check(site, route, text.replace("Hello", "Grüße").encode("latin-1"), 400)


@pytest.mark.parametrize("route", ROUTES)
def test_a_byte_order_mark_does_no_harm(site: Site, route: str) -> None:
    assert site.post_bytes(route, json.dumps(GOOD[route]).encode("utf-8-sig")).status_code < 300


@pytest.mark.parametrize("route", ROUTES)
def test_text_that_no_database_takes_is_400_wherever_it_stands(site: Site, route: str) -> None:
    good = json.dumps(GOOD[route]).encode()
    for text in (
        rb"\u0000",
        rb"a\u0000b",
        rb"\ud800",
        rb"\uDC00x",
        rb"\udc00\ud800",
        rb"\\\u0000",
    ):
        for place in (b"Hello", b"+1415", b"recipients", b'"to"'):
            if place in good:
                written = b'"' + text + b'"' if place == b'"to"' else text
                check(site, route, good.replace(place, written), 400)
        check(site, route, b'{"recipients": [{"' + text + b'": "x"}]}', 400)


@pytest.mark.parametrize("route", ROUTES)
def test_half_a_surrogate_pair_in_raw_bytes_is_400(site: Site, route: str) -> None:
    check(site, route, json.dumps(GOOD[route]).encode().replace(b"Hello", b"\xed\xa0\x80"), 400)


@pytest.mark.parametrize("route", ROUTES)
def test_whole_surrogate_pairs_and_written_backslashes_are_text(site: Site, route: str) -> None:
    for text in (rb"\ud83d\ude00", rb"\\u0000", rb"\\ud800", rb"\uD83D\uDE00"):
        body = json.dumps(GOOD[route]).encode().replace(b"Hello", text)
        assert site.post_bytes(route, body).status_code < 300, text


@pytest.mark.parametrize("route", ROUTES)
def test_deep_nesting_is_refused_at_any_depth(site: Site, route: str) -> None:
    for depth in (25, 300, 800, 900, 950, 990, 5_000):
        for left, right in ((b"[", b"]"), (b'{"a":', b"}")):
            nested = left * depth + b"1" + right * depth
            check(site, route, nested, 400)
            check(site, route, b'{"recipients": [' + nested + b"]}", 400)
            check(site, route, b'{"recipients": [1,[' + nested + b",2],3]}", 400)


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_is_no_object_is_422_for_the_whole_body(site: Site, route: str) -> None:
    inner = json.dumps(json.dumps(GOOD[route])).encode()
    for body in (b"[]", b'"text"', b"null", b"5", b"true", b"[{}]", inner):
        found = check(site, route, body, 422)
        assert [each["pointer"] for each in found["errors"]] == [""], body
        assert found["errors"][0]["detail"] == "must be a JSON object"


@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_body_is_refused(site: Site, route: str) -> None:
    check(site, route, b"", 400, 422)
    bare = site.post(route)
    assert bare.status_code == 422
    assert bare.json["errors"] == [{"pointer": "", "detail": "must be a JSON object"}]


@pytest.mark.parametrize("route", ROUTES)
def test_another_content_type_is_415(site: Site, route: str) -> None:
    body = json.dumps(GOOD[route]).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = site.post_bytes(route, body, kind)
        assert answer.status_code == 415, kind
        assert answer.mimetype == "application/problem+json"
        assert "application/json" in answer.json["detail"]
    for kind in ("application/json; charset=utf-8", "application/ld+json", "Application/JSON"):
        assert site.post_bytes(route, body, kind).status_code < 300, kind


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_without_a_length_is_looked_at_as_well(site: Site, route: str) -> None:
    def chunked(body: bytes, kind: str = "application/json") -> int:
        status: int = site.client.post(
            route,
            input_stream=BytesIO(body),
            content_type=kind,
            headers={**site.key, "Transfer-Encoding": "chunked"},
            environ_overrides={"wsgi.input_terminated": True},
        ).status_code
        return status

    good = json.dumps(GOOD[route]).encode()
    assert chunked(good) < 300
    assert chunked(good, "text/plain") == 415
    assert chunked(good.replace(b"Hello", rb"\u0000")) == 400
    assert chunked(b"[]") == 422
    assert chunked(b"{") == 400


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_is_too_large_is_413(site: Site, route: str) -> None:
    found = check(site, route, b'{"text": "' + b"x" * 200_000 + b'"}', 413)

    assert found["status"] == 413


def test_pause_and_resume_take_no_body_but_bear_one(site: Site) -> None:
    path = site.campaign(1, scheduled_at=LATER)["campaign"]["links"]["self"]

    assert site.post(f"{path}/pause", {}).status_code == 200
    assert site.post_bytes(f"{path}/resume", b"{").status_code == 400
    assert site.post_bytes(f"{path}/resume", b"[]").status_code == 422
    assert site.post_bytes(f"{path}/resume", b"x", "text/plain").status_code == 415


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(st.characters()),
        st.text(max_size=20),
        st.sampled_from([*numbers(3), "+15551112222", "{{ a }}", "{% if a %}", LATER, "Bells"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=5), st.sampled_from(["to", "a"])), inner),
    ),
    max_leaves=12,
)
NEARLY: dict[str, st.SearchStrategy[Any]] = {
    "/api/campaigns/send": st.fixed_dictionaries(
        {"recipients": st.one_of(JSON, st.lists(JSON, max_size=5)), "message": JSON},
        optional={"name": JSON, "from": JSON, "scheduled_at": JSON, "other": JSON},
    ),
    "/send-sms": st.fixed_dictionaries({"to": JSON, "text": JSON}, optional={"from": JSON}),
}
FUZZ = settings(
    max_examples=50,
    # One site for all examples is what is wanted: what one leaves behind must not harm the next.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("route", ROUTES)
@given(data=st.data())
@FUZZ
def test_no_json_is_ever_our_fault(site: Site, route: str, data: st.DataObject) -> None:
    body = data.draw(st.one_of(JSON, NEARLY[route]))

    # As \\u escapes, which let everything through that text can hold, and as it is.
    for raw in (
        json.dumps(body).encode(),
        json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    ):
        answer = site.post_bytes(route, raw)
        assert answer.status_code in (200, 202, 400, 409, 413, 422), answer.text
        assert answer.is_json or answer.mimetype == "application/problem+json"


@given(body=st.binary(max_size=100))
@FUZZ
def test_no_bytes_are_ever_our_fault(site: Site, body: bytes) -> None:
    for route in ROUTES:
        assert site.post_bytes(route, body).status_code in (400, 422)


@given(query=st.text(max_size=40), name=st.sampled_from(["before", "after", "status", "limit"]))
@FUZZ
def test_no_query_is_ever_our_fault(site: Site, query: str, name: str) -> None:
    some_id = "01a20284-46ec-7085-90b1-3294384bf7a9"
    paths = [
        "/api/campaigns",
        f"/api/campaigns/{some_id}/messages",
        f"/api/messages/{quote(query)}",
    ]
    for path in paths:
        answer = site.get(path, **{name: query})
        assert answer.status_code < 500, answer.text
