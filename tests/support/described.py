"""A service full of things, and how its description is compared with what it answers."""

import io
from typing import Any

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.web.postman import description
from tests.support.fakes import accepted
from tests.support.site import LATER, Site
from tests.support.webhooks import inbound

NUMBER, DOUBTFUL, BRITON = "+14155550101", "+14155550102", "+447700900102"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def _answer(message: ClaimedMessage) -> Outcome:
    doubtful = message.to == DOUBTFUL
    return Outcome(OutcomeKind.IN_DOUBT, "no answer came") if doubtful else accepted(message)


def furnished(site: Site) -> dict[str, list[str]]:
    """Put one of each thing into the service; returns their ids by the names of path parameters.

    The first campaign is a draft, the second scheduled, the third sent.
    """
    site.gateway.answer = _answer
    sent = site.campaign([NUMBER, DOUBTFUL, "x"])
    later = site.campaign(2, scheduled_at=LATER)["campaign"]["id"]
    named = {"recipients": [{"to": NUMBER, "name": "Ada"}], "message": "Hi {{ name }}"}
    draft = site.post("/api/campaigns", named).json
    site.post(
        "/api/contacts", {"contacts": [{"number": NUMBER, "tags": ["vip"]}, {"number": BRITON}]}
    )
    hours = {"weekdays": ["10:00", "18:00"], "saturday": None, "sunday": None}
    site.post("/api/hours/presets", {"name": "evenings", **hours})
    url = "https://shop.example.com/carillon"
    made = {
        "list_id": site.post("/api/lists", {"name": "Staff"}),
        "audience_id": site.post("/api/audiences", {"name": "VIPs", "rule": {"tag": "vip"}}),
        "template_id": site.post("/api/templates", {"name": "Hi", "text": "Hi {{ name }}"}),
        "key_id": site.post("/api/keys", {"name": "a program", "scopes": ["read"]}),
    }
    form = {"file": (io.BytesIO(b"number,Note\n+447700900100,Ann\n"), "people.csv")}
    made["import_id"] = site.client.post("/api/imports", headers=site.key, data=form)
    site.webhook("inbound", inbound("please take me off your list", from_number=NUMBER))
    site.webhook("inbound", inbound("hello?", from_number="+14155550103"))
    # Made last, and nothing is told to it: nobody is there.
    made["endpoint_id"] = site.post(
        "/api/webhook-endpoints", {"url": url, "events": ["campaign.finished"]}
    )
    reviews = site.get("/api/reviews").json["reviews"]
    messages = site.get(sent["campaign"]["links"]["messages"], status="in_doubt").json["messages"]
    return {
        "campaign_id": [draft["id"], later, sent["campaign"]["id"]],
        "message_id": [each["id"] for each in messages],
        "event_id": [each["event_id"] for each in reviews],
        "number": [NUMBER, "+14155550103"],
        "name": [site.house.settings.sender, "Bells", "evenings"],
        "delivery_id": ["1"],
        **{name: [answer.json["id"]] for name, answer in made.items()},
    }


def described(site: Site) -> Any:
    """The operations of the description, as [path][METHOD], that ask this very service."""
    schema = schemathesis.openapi.from_dict(description())
    schema.app = site.app
    return schema
