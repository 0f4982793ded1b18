"""Who gets in, and what is said to everybody else."""

from typing import Any

import pytest

from tests.support.builders import API_KEY, numbers
from tests.support.site import Site, open_site

GUARDED = [
    ("POST", "/api/campaigns/send"),
    ("POST", "/api/campaigns"),
    ("GET", "/api/campaigns"),
    ("PATCH", "/api/campaigns/x"),
    ("POST", "/api/campaigns/x/launch"),
    ("POST", "/api/campaigns/x/schedule"),
    ("POST", "/api/campaigns/x/cancel"),
    ("GET", "/api/campaigns/x"),
    ("GET", "/api/campaigns/x/messages"),
    ("GET", "/api/campaigns/x/refusals"),
    ("POST", "/api/campaigns/x/pause"),
    ("POST", "/api/campaigns/x/resume"),
    ("POST", "/send-sms"),
    ("GET", "/api/messages/x"),
]


WRONG_KEYS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer wrong",
    f"Bearer {API_KEY}x",
    f"Bearer {API_KEY[:-1]}",
    f"Bearer {API_KEY.upper()}",
    f"Basic {API_KEY}",
    API_KEY,
    f"Bearer {API_KEY} {API_KEY}",
    "Bearer schlüssel",
    "Bearer \x80\xff",
]


def test_without_a_known_key_nothing_opens_and_no_hint_is_given(site: Site) -> None:
    answers = [
        site.client.open(path, method=method, headers=headers, json=body)
        for method, path in GUARDED
        for headers in ({}, *({"Authorization": key} for key in WRONG_KEYS))
        for body in (None, {"nonsense": 1})
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}
    assert len({answer.text for answer in answers}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {"Bearer"}
    assert "key" not in answers[0].text.lower()


def test_the_scheme_is_written_in_any_case(site: Site) -> None:
    for scheme in ("Bearer", "bearer", "BEARER", "Bearer  "):
        headers = {"Authorization": f"{scheme} {API_KEY}"}
        assert site.client.get("/api/campaigns", headers=headers).status_code == 200, scheme


def test_each_of_several_keys_opens(database_url: str) -> None:
    other = "another-key-0123456789"
    with open_site(database_url, API_KEYS=f"{API_KEY}, {other}") as site:
        for key in (API_KEY, other):
            headers = {"Authorization": f"Bearer {key}"}
            assert site.client.get("/api/campaigns", headers=headers).status_code == 200


def test_without_a_key_no_body_is_looked_at_and_nothing_is_stored(site: Site) -> None:
    body = {"recipients": numbers(1), "message": "Hello"}

    assert site.client.post("/api/campaigns/send", json=body).status_code == 401
    assert site.client.post("/api/campaigns/send", data=b"x" * 10**6).status_code == 401
    assert site.rows("campaigns") == []


def test_a_path_that_is_not_there_is_404_as_a_problem(site: Site) -> None:
    for path in ("/nothing", "/api", "/api/", "/api/nothing", "/webhooks", "/%00"):
        answer = site.get(path)
        assert answer.status_code == 404, path
        assert answer.mimetype == "application/problem+json"
        assert (answer.json["title"], answer.json["status"]) == ("Not Found", 404)


def test_a_method_that_is_not_there_is_405_as_a_problem(site: Site) -> None:
    allowed = {
        ("GET", "/send-sms"): {"POST", "OPTIONS"},
        ("DELETE", "/api/campaigns"): {"GET", "HEAD", "POST", "OPTIONS"},
        ("PUT", "/api/campaigns/send"): {"POST", "GET", "HEAD", "PATCH", "OPTIONS"},
        ("GET", "/webhooks/status"): {"POST", "OPTIONS"},
        ("POST", "/health"): {"GET", "HEAD", "OPTIONS"},
    }
    for (method, path), methods in allowed.items():
        answer = site.client.open(path, method=method, headers=site.key)
        assert answer.status_code == 405, path
        assert answer.mimetype == "application/problem+json"
        assert set(answer.headers["Allow"].split(", ")) == methods, path


def test_head_answers_as_get_without_the_body(site: Site) -> None:
    for path in ("/", "/health/live", "/api/campaigns", "/openapi/openapi.json"):
        head = site.client.head(path, headers=site.key)
        assert (head.status_code, head.data) == (200, b""), path
        assert head.mimetype == site.get(path).mimetype, path


def test_options_names_the_methods_to_those_who_hold_a_key(site: Site) -> None:
    answer = site.client.options("/api/campaigns", headers=site.key)

    assert answer.status_code == 200
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    assert site.client.options("/api/campaigns").status_code == 401


def test_every_answer_carries_an_id_of_its_request(site: Site) -> None:
    usable = {"abc-123": True, "a" * 64: True, "a" * 65: False, "a b": False, "": False}
    for given, is_kept in usable.items():
        answer = site.client.get("/", headers={"X-Request-Id": given})
        found = answer.headers["X-Request-Id"]
        assert (found == given) is is_kept, given
        assert found


def test_a_request_is_logged_without_what_it_said(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    site.campaign(1, message="a secret message")

    lines = [record.__dict__ for record in caplog.records if record.getMessage() == "request"]

    (line,) = [each for each in lines if each["path"] == "/api/campaigns/send"]
    assert (line["method"], line["status"]) == ("POST", 202)
    told: list[Any] = [record.__dict__ for record in caplog.records]
    for hidden in ("a secret message", numbers(1)[0], API_KEY):
        assert hidden not in str(told)
