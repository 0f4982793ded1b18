"""The audit log: who decided what. The page to look at before writing another."""

from typing import Any

from flask import Blueprint, request, url_for

from app.web.context import services
from app.web.dashboard.frame import page, show

_SHOWN = 50

audit = Blueprint("audit", __name__, url_prefix="/audit")


@audit.get("")
@page()
def index() -> Any:
    """What was decided, the newest first: of one subject, or of all."""
    subject, before = request.args.get("subject") or None, request.args.get("before") or None
    events = services().audit.page(subject, before, _SHOWN + 1)
    older = None
    if len(events) > _SHOWN:
        older = url_for(".index", subject=subject, before=events[_SHOWN - 1].id)
    return show(
        "audit.html", events=events[:_SHOWN], older=older, is_first=before is None, subject=subject
    )
