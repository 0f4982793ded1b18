"""The overview."""

from typing import Any

from app.web.context import services
from app.web.dashboard.frame import page, show


@page()
def home() -> Any:
    """Where one begins."""
    return show("home.html", readiness=services().health.check())
