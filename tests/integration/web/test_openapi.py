"""The description of the API is served, valid, and true."""

import re
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from tests.support.builders import numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Answer, Site, open_site
from tests.support.webhooks import receipt

NOBODYS_ID = "01a20284-46ec-7085-90b1-3294384bf7a9"


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = site.client.get("/openapi/openapi.json").json
    return found


class Truth:
    """Compares answers with what the document says of them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        # Nothing is answered that is not described: without this a missing member would pass.
        for schema in document["components"]["schemas"].values():
            if "properties" in schema:
                schema["additionalProperties"] = False
        self.seen: set[tuple[str, str, str]] = set()

    def check(self, answer: Answer, path: str) -> None:
        """It must be described for this path, and be as described."""
        method = answer.request.method.lower()
        described = self._document["paths"][path][method]["responses"]
        status = str(answer.status_code)
        assert status in described, f"{method} {path} answers {status}"
        content = described[status]["content"]
        assert list(content) == [answer.mimetype], f"{method} {path} {status}"
        schema = {
            **content[answer.mimetype]["schema"],
            "components": self._document["components"],
        }
        validator = OAS31Validator(schema, format_checker=OAS31Validator.FORMAT_CHECKER)
        assert [error.message for error in validator.iter_errors(answer.json)] == []
        self.seen.add((method, path, status))


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    validate(document)

    assert re.fullmatch(r"3\.1\.\d", document["openapi"])


def test_every_route_of_the_api_is_described(site: Site, document: dict[str, Any]) -> None:
    own = {"openapi", "swagger", "static", "status_webhook", "inbound_webhook", "short_links"}
    own |= {"metrics"}
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] not in own
    }

    assert set(document["paths"]) == routes - {"/"}


def test_a_body_that_may_be_left_out_is_described_so(document: dict[str, Any]) -> None:
    needed = {
        path.rpartition("/")[2]: methods["post"]["requestBody"]["required"]
        for path, methods in document["paths"].items()
        if "requestBody" in methods.get("post", {})
    }

    assert needed["send"] is needed["send-sms"] is True
    assert not any(needed[action] for action in ("launch", "schedule", "pause", "cancel"))


def test_errors_are_described_as_problems(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if status == "204":
                    assert "content" not in answer, (method, path)
                    continue
                ending = path.rpartition(".")[2]
                kind = {"csv": "text/csv", "html": "text/html"}.get(ending, "application/json")
                if int(status) >= 400 and not path.startswith("/health"):
                    kind = "application/problem+json"
                assert list(answer["content"]) == [kind], (method, path, status)


def test_what_needs_a_key_says_so(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"] == {
        "api_key": {"type": "http", "scheme": "bearer"}
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            guarded = not path.startswith("/health")
            assert bool(operation.get("security")) is guarded, path
            assert ("401" in operation["responses"]) is guarded, path


def test_the_tutorials_request_is_as_described(document: dict[str, Any]) -> None:
    schema = document["paths"]["/api/campaigns/send"]["post"]["requestBody"]["content"]
    validator = OAS31Validator(
        {**schema["application/json"]["schema"], "components": document["components"]}
    )
    plain = {"recipients": ["+15551112222"], "message": "Hello from our campaign!"}

    assert validator.is_valid(plain)
    assert validator.is_valid({**plain, "recipients": [{"to": "+15551112222", "n": 1, "x": None}]})
    assert validator.is_valid({**plain, "name": "x", "from": "Bells", "scheduled_at": LATER})
    mistakes: list[dict[str, Any]] = [
        {"recipients": []},
        {"recipients": [5]},
        {"recipients": [{"x": "y"}]},
        {"message": 5},
        {"more": 1},
    ]
    for wrong in mistakes:
        assert not validator.is_valid({**plain, **wrong}), wrong
    assert "202" in document["paths"]["/api/campaigns/send"]["post"]["responses"]


def test_real_answers_are_as_described(database_url: str) -> None:
    kinds = {
        numbers(5)[1]: Outcome(OutcomeKind.REFUSED, "Invalid recipient", code="1120"),
        numbers(5)[2]: Outcome(OutcomeKind.IN_DOUBT, "no answer came"),
        numbers(5)[3]: Outcome(OutcomeKind.REFUSED, "not our day", code="401"),
    }

    def answer(message: ClaimedMessage) -> Outcome:
        return kinds.get(message.to) or accepted(message)

    with open_site(database_url, FakeGateway(answer), MAX_RECIPIENTS="50") as site:
        truth = Truth(site.client.get("/openapi/openapi.json").json)
        send = "/api/campaigns/send"
        body = {"recipients": [*numbers(3), numbers(1)[0], "x", "+15551112222"], "message": "Hi"}
        launched = site.post(send, body, Prefer="wait=10")
        truth.check(launched, send)
        links = launched.json["campaign"]["links"]
        (first, *_) = site.get(links["messages"]).json["messages"]
        site.webhook("status", receipt(first, "delivered"))
        later = site.campaign(1, scheduled_at=LATER)["campaign"]["links"]["self"]

        one = "/api/campaigns/{campaign_id}"
        for path, name in [
            ("/api/campaigns", "/api/campaigns"),
            ("/api/campaigns?limit=1", "/api/campaigns"),
            ("/api/campaigns?limit=0", "/api/campaigns"),
            (links["self"], one),
            (later, one),
            (f"/api/campaigns/{NOBODYS_ID}", one),
            (links["messages"], f"{one}/messages"),
            (f"{links['messages']}?limit=1", f"{one}/messages"),
            (f"{links['messages']}?after=x", f"{one}/messages"),
            (f"/api/campaigns/{NOBODYS_ID}/messages", f"{one}/messages"),
            (links["refusals"], f"{one}/refusals"),
            (f"{links['refusals']}?limit=x", f"{one}/refusals"),
            (f"/api/campaigns/{NOBODYS_ID}/refusals", f"{one}/refusals"),
            (f"/api/messages/{first['id']}", "/api/messages/{message_id}"),
            (f"/api/messages/{NOBODYS_ID}", "/api/messages/{message_id}"),
            ("/health", "/health"),
            ("/health/live", "/health/live"),
            ("/health/ready", "/health/ready"),
        ]:
            truth.check(site.get(path), name)
        for action in ("pause", "pause", "resume"):
            truth.check(site.post(f"{later}/{action}"), f"{one}/{action}")
        truth.check(site.post(f"/api/campaigns/{NOBODYS_ID}/pause"), f"{one}/pause")
        draft = site.post("/api/campaigns", body).json["id"]
        truth.check(site.post(send, {**body, "dry_run": True}), send)
        truth.check(site.post(f"/api/campaigns/{draft}/preview"), f"{one}/preview")
        truth.check(site.get(f"/api/campaigns/{draft}/estimate"), f"{one}/estimate")
        truth.check(site.get(f"{links['self']}/estimate"), f"{one}/estimate")
        truth.check(site.post(f"{links['self']}/preview"), f"{one}/preview")
        given = {"prices": [{"country": "US", "currency": "EUR", "price": "0.01"}]}
        truth.check(site.client.put("/api/prices", headers=site.key, json=given), "/api/prices")
        truth.check(site.get("/api/prices"), "/api/prices")
        for route in (send, "/send-sms"):
            truth.check(site.post(route, {}), route)
            truth.check(site.post(route, []), route)
            truth.check(site.post_bytes(route, b"{"), route)
            truth.check(site.post_bytes(route, b"x", "text/plain"), route)
            truth.check(site.post_bytes(route, b"x" * 200_000), route)
            truth.check(site.client.post(route, json={}), route)
        for number in numbers(4):
            truth.check(site.post("/send-sms", {"to": number, "text": "Hi"}), "/send-sms")
        site.house.crew.stop(timeout=10)
        truth.check(site.client.get("/health/ready"), "/health/ready")
        truth.check(site.client.get("/api/campaigns"), "/api/campaigns")

    sent = {status for _, path, status in truth.seen if path == "/send-sms"}
    assert sent == {"200", "400", "401", "413", "415", "422", "502", "504"}


def test_answers_about_texts_are_as_described(database_url: str) -> None:
    with open_site(database_url, LINK_URL="https://go.test/l") as site:
        truth = Truth(site.client.get("/openapi/openapi.json").json)
        all_, one = "/api/templates", "/api/templates/{template_id}"
        made = site.post(all_, {"name": "Hi", "text": "It\u2019s {{ name }}: https://shop.test"})
        here = f"/api/templates/{made.json['id']}"
        body = {"text": "Hi {{ name }}: https://shop.test \u2019" + "x" * 60}
        named = {"to": numbers(1)[0], "name": "Ada"}
        order = {"recipients": [named], "template": {"id": made.json["id"]}, "track_links": True}
        for answer, path in [
            (made, all_),
            (site.post(all_, {}), all_),
            (site.get(all_), all_),
            (site.get(here), one),
            (site.get(f"/api/templates/{NOBODYS_ID}"), one),
            (site.client.put(here, headers=site.key, json=body), one),
            (site.post(f"{here}/preview", {"fields": {"name": "Ada"}}), f"{one}/preview"),
            (site.post(f"{here}/preview", {}), f"{one}/preview"),
            (site.post("/api/campaigns", order), "/api/campaigns"),
            (site.post("/api/campaigns", {"recipients": [named]}), "/api/campaigns"),
            (site.client.delete(here, headers=site.key), one),
            (site.client.put(here, headers=site.key, json=body), one),
            (site.post("/api/segments", {"text": "\u2019"}), "/api/segments"),
            (site.get("/api/senders/Bells/texts"), "/api/senders/{name}/texts"),
        ]:
            truth.check(answer, path)
        (campaign,) = site.get("/api/campaigns").json["campaigns"]
        site.post(f"/api/campaigns/{campaign['id']}/launch")
        links = site.get(f"/api/campaigns/{campaign['id']}/links")
        assert links.json["links"]
        truth.check(links, "/api/campaigns/{campaign_id}/links")


@pytest.mark.parametrize("path", ["/openapi", "/openapi/", "/openapi/swagger"])
def test_the_page_needs_nothing_from_another_host(site: Site, path: str) -> None:
    page = site.client.get(path, follow_redirects=True)

    assert page.status_code == 200
    assert page.mimetype == "text/html"
    loaded = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)|url\(([^)]*)\)""", page.text)
    addresses = ["".join(each).strip() for each in loaded]
    for address in addresses:
        if not address.startswith("data:"):
            assert not re.match(r"\w+:|//", address), address
            with site.client.get(f"/openapi/{address}", buffered=True) as asset:
                assert asset.status_code == 200, address


def test_the_page_does_not_ask_the_librarys_own_host_to_judge_the_document(site: Site) -> None:
    assert '"validatorUrl": null' in site.client.get("/openapi/swagger").text
