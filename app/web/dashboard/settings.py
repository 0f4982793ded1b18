"""What is set, and how to change it. Secrets are not shown, not even their length."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from app.domain.users import Role
from app.web.context import options
from app.web.dashboard.frame import page, show

settings = Blueprint("settings", __name__, url_prefix="/settings")


@settings.get("")
@page(Role.ADMIN)
def index() -> Any:
    """Every setting, under the name that it has in the environment."""
    return show("settings.html", groups=_grouped(options().shown_settings))


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as it holds."""

    name: str
    value: str


_GROUPS = {
    "Vonage": ("VONAGE_", "NGROK_"),
    "Sending": ("SEND_", "QUIET_", "FREQUENCY_", "LINK_", "WEB_", "QUEUE_", "ENGINE_"),
    "Brakes": ("BRAKE_", "SPEND_", "LATE_"),
    "Words": ("PROGRAMME_", "SUPPORT_"),
    "People's data": ("CONSENT_", "RETENTION_", "IMPORT_", "MAX_"),
}


def _grouped(found: Mapping[str, str]) -> dict[str, list[Shown]]:
    groups: dict[str, list[Shown]] = {title: [] for title in [*_GROUPS, "Service"]}
    for name, value in found.items():
        title = next((t for t, begins in _GROUPS.items() if name.startswith(begins)), "Service")
        groups[title].append(Shown(name, value))
    return {title: rows for title, rows in groups.items() if rows}
