"""The way around: an entry stands there once its page exists, for those who may see it."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request, url_for

from app.domain.users import Role
from app.web.dashboard.frame import needed

_GROUPS = {
    "": {"Overview": "home"},
    "Send": {
        "Campaigns": "campaigns.index",
        "Templates": "templates.index",
        "Inbox": "inbox.index",
        "Doubts": "doubts.index",
    },
    "People": {
        "Contacts": "contacts.index",
        "Lists": "lists.index",
        "Audiences": "audiences.index",
        "Imports": "imports.index",
        "Opt-outs": "opt_outs.index",
        "Reviews": "reviews.index",
    },
    "Set up": {
        "Senders": "senders.index",
        "API keys": "api_keys.index",
        "Webhooks": "webhooks.index",
        "Users": "users.index",
        "Audit log": "audit.index",
        "Settings": "settings.index",
    },
}


_WITHIN = dict.fromkeys(
    ("compose", "dry_run", "recipients", "campaign_moves"), "campaigns"
)  # pages that stand under an entry


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation."""

    label: str
    endpoint: str
    icon: str
    is_here: bool


def link(name: str, **values: Any) -> str | None:
    """Where a page is, as in link("campaigns.find", campaign_id=...); None: not for this reader."""
    return url_for(f"dashboard.{name}", **values) if _is_open(name) else None


def campaign_page(campaign_id: str) -> str:
    """Where one campaign is shown that has begun."""
    return link("campaigns.find", campaign_id=campaign_id) or url_for("dashboard.home")


def entries() -> dict[str, list[Entry]]:
    """What this reader may go to, by group; a group with nothing in it is left out."""
    groups = {
        title: [_entry(label, name) for label, name in group.items() if _is_open(name)]
        for title, group in _GROUPS.items()
    }
    return {title: group for title, group in groups.items() if group}


def _entry(label: str, name: str) -> Entry:
    page = name.removesuffix(".index")
    here = (request.endpoint or "").removeprefix("dashboard.")
    is_here = here == name or _WITHIN.get(here.partition(".")[0], here.partition(".")[0]) == page
    return Entry(label, f"dashboard.{name}", page, is_here)


def _is_open(name: str) -> bool:
    endpoint = f"dashboard.{name}"
    role = needed(endpoint)
    is_there = endpoint in current_app.view_functions and isinstance(role, Role)
    return is_there and g.user is not None and g.user.role.may(role)
