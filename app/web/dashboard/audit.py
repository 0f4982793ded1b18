"""The audit log: who decided what. The page to look at before writing another."""

from typing import Any

from flask import Blueprint, request, url_for

from app.web.context import services
from app.web.dashboard.asked import SHOWN, cut
from app.web.dashboard.frame import page, show

audit = Blueprint("audit", __name__, url_prefix="/audit")


@audit.get("")
@page()
def index() -> Any:
    """What was decided, the newest first: of one subject, or of all."""
    subject, before = request.args.get("subject") or None, request.args.get("before") or None
    events, last = cut(services().audit.page(subject, before, SHOWN + 1))
    older = url_for(".index", subject=subject, before=last.id) if last else None
    return show("audit.html", events=events, older=older, is_first=before is None, subject=subject)
