"""An example of each body, for the description, the page made of it, and the Postman collection.

A test posts each of them, and checks the answer against what is described.
"""

from typing import Any

_ADA, _BOB = "+14155550101", "+447700900102"
_WHY = {"reason": "The shop is closed today."}
_SETTLED = {"as": "sent", "confirm": True, "note": "It is in Vonage's log."}
_WISHES = {"mapping": {"Note": ""}, "on_existing": "update", "tags": ["spring"]}
_PEOPLE = {"numbers": [_ADA, _BOB]}
_RULE = {"and": [{"tag": "vip"}, {"field": "city", "equals": "Ghent"}]}

_HOURS = {
    "weekdays": ["10:00", "18:00"],
    "saturday": ["10:00", "14:00"],
    "sunday": None,
    "title": "When the shop is open",
}

_OF: dict[str, dict[str, Any]] = {
    "post /api/campaigns/send": {
        "recipients": ["+15551112222", "+15553334444"],
        "message": "Hello from our campaign!",
    },
    "post /api/campaigns": {
        "name": "Spring",
        "recipients": [{"to": _ADA, "name": "Ada"}, _BOB],
        "message": "Hi {{ name | default: 'there' }}, spring is here!",
        "max_rate": 5,
    },
    "patch /api/campaigns/{campaign_id}": {"name": "Summer", "message": "Summer is here!"},
    "post /api/campaigns/{campaign_id}/launch": {"allow_duplicate": True},
    "post /api/campaigns/{campaign_id}/schedule": {"scheduled_at": "2099-12-24T09:00:00+01:00"},
    "post /api/campaigns/{campaign_id}/pause": _WHY,
    "post /api/campaigns/{campaign_id}/cancel": _WHY,
    "post /api/campaigns/{campaign_id}/resolve": _SETTLED,
    "post /api/campaigns/{campaign_id}/retry-failed": {"codes": ["1010"], "confirm": True},
    "post /api/messages/{message_id}/resolve": _SETTLED,
    "post /send-sms": {"to": "+15551112222", "text": "Hello!"},
    "put /api/senders/{name}": {
        "rate": 10,
        "registration": {
            "status": "registered",
            "registry": "The Campaign Registry (10DLC)",
            "reference": "C1A2B3C",
        },
    },
    "put /api/senders/{name}/texts": {
        "programme_name": "Bells",
        "add_programme_name": True,
        "opt_out_line": "Reply STOP to opt out",
        "add_opt_out_line": True,
    },
    "put /api/senders/{name}/consent": {
        "programme_name": "Bells",
        "support_contact": "help@bells.example",
        "frequency": "Up to 4 messages a month.",
    },
    "post /api/hours/presets": {"name": "shop", **_HOURS},
    "put /api/hours/presets/{name}": _HOURS,
    "put /api/prices": {"prices": [{"country": "US", "currency": "EUR", "price": "0.0075"}]},
    "post /api/contacts": {
        "contacts": [
            {"number": _ADA, "first_name": "Ada", "tags": ["vip"], "fields": {"city": "Ghent"}},
            {"number": _BOB, "language": "en", "time_zone": "Europe/London"},
        ]
    },
    "patch /api/contacts/{number}": {"last_name": "Lovelace", "tags": ["vip", "press"]},
    "post /api/lists": {"name": "Newsletter", "description": "Those who asked for it."},
    "patch /api/lists/{list_id}": {"description": "Those who asked for it, and said so twice."},
    "post /api/lists/{list_id}/members": _PEOPLE,
    "post /api/lists/{list_id}/members/remove": _PEOPLE,
    "post /api/audiences": {"name": "VIPs of Ghent", "rule": _RULE},
    "post /api/audiences/count": {"rule": _RULE},
    "put /api/audiences/{audience_id}": {"name": "VIPs", "rule": {"tag": "vip"}},
    "post /api/templates": {"name": "Welcome", "text": "Welcome, {{ name }}!"},
    "put /api/templates/{template_id}": {"text": "Welcome back, {{ name }}!"},
    "post /api/templates/{template_id}/preview": {"fields": {"name": "Ada"}},
    "post /api/segments": {"text": "It\u2019s spring!"},
    "post /api/consents": {
        "consents": [
            {
                "number": _ADA,
                "event": "opt_in",
                "method": "web_form",
                "wording": "Yes, send me offers by text.",
                "wording_version": "2",
                "at": "2026-03-01T12:00:00Z",
                "ip": "192.0.2.7",
            }
        ]
    },
    "post /api/reviews/{event_id}": {"as": "opt_out"},
    "post /api/imports/{import_id}/preview": _WISHES,
    "post /api/imports/{import_id}/start": _WISHES,
    "post /api/inbox/{number}/replies": {"text": "Thank you, we call you back."},
    "post /api/inbox/{number}/read": {"read": True},
    "post /api/keys": {"name": "shop", "scopes": ["send"], "messages_per_day": 5_000},
    "post /api/webhook-endpoints": {
        "url": "https://shop.example.com/carillon",
        "events": ["message.final", "contact.opted_out"],
    },
    "patch /api/webhook-endpoints/{endpoint_id}": {"name": "The shop", "enabled": False},
    "post /api/webhook-endpoints/{endpoint_id}/replay": {"since": "2026-03-01T12:00:00Z"},
}


def of(method: str, path: str) -> dict[str, Any] | None:
    """The example for an operation, its path written as in the description; None: it has none."""
    return _OF.get(f"{method} {path}")


def put_into(document: dict[str, Any]) -> None:
    """Give each JSON body that the document describes its example."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is not None and (example := of(method, path)) is not None:
                body["example"] = example
