"""The addresses of routes: of one with something in its places, of all pages that need nothing."""

import re

from flask import Flask
from werkzeug.routing import Rule

from app.services.catalogue import Services
from app.storage.contact_pages import Search
from app.web.pages import of

_PARTS = {
    *("dashboard.home_now", "dashboard.doors.sign_in", "dashboard.static", "dashboard.nowhere"),
    "dashboard.audiences.saved_count",
}

_NO_EXAMPLE = {  # parts of pages, files, and what only a campaign in another state has
    *("dashboard.campaigns.now", "dashboard.recipients.download", "dashboard.compose.edit"),
    *(
        "dashboard.dry_run.show",
        "dashboard.dry_run.now",
        "dashboard.dry_run.download",
        "dashboard.numbers.proof",
    ),
    "dashboard.inbox.find",  # not everybody has written
}


def path_of(rule: Rule) -> str:
    """The rule with something in each of its places."""
    return re.sub(r"<[^>]*>", "01a20284-46ec-7085-90b1-3294384bf7a9", rule.rule)


class Examples:
    """What can stand in the places of addresses, of a service with made-up data."""

    def __init__(self, services: Services) -> None:
        states = services.campaigns.page(None, 100)
        by_status = {state.campaign.status.value: state.campaign.id for state in states}
        contact = services.contacts.page(Search(), "", 1)[0].person.number
        self._known: dict[str, dict[str, str]] = {
            "campaign_id": by_status,
            "template_id": {"newest": services.templates.page(None, 1, archived=False)[0].id},
            "list_id": {"first": services.contact_lists.page("", 1)[0].id},
            "audience_id": {"first": services.audiences.page("", 1)[0].id},
            "name": {"first": services.senders.states()[0].name},
            "number": {"a contact": contact},
        }

    def of(self, rule: Rule) -> dict[str, str]:
        """Addresses that the rule takes, by what is special about each."""
        (place,) = rule.arguments
        return {
            f"{rule.rule} ({name})": re.sub(r"<[^>]*>", value, rule.rule)
            for name, value in self._known.get(place, {}).items()
        }


def examples(app: Flask, services: Services) -> dict[str, str]:
    """Addresses of pages about one thing: of each kind one, and of campaigns one of each status."""
    known = Examples(services)
    found: dict[str, str] = {}
    for rule in of(app).app.url_map.iter_rules():
        is_page = rule.endpoint.startswith("dashboard.") and "GET" in (rule.methods or ())
        if is_page and rule.arguments and rule.endpoint not in _PARTS | _NO_EXAMPLE:
            found |= known.of(rule)
    return found


def pages(app: Flask) -> list[str]:
    """Every page that stands at an address of its own."""
    found = {
        rule.rule
        for rule in of(app).app.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.")
        and "GET" in (rule.methods or ())
        and not rule.arguments
        and rule.endpoint not in _PARTS
        and not rule.rule.endswith(".csv")
    }
    return sorted(found)
