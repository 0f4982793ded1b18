"""Puts the pages into the application."""

import hashlib
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, g, request

from app.domain.users import AT_MOST
from app.web.dashboard import failures, frame, wording
from app.web.dashboard.api_keys import api_keys
from app.web.dashboard.audiences import audiences
from app.web.dashboard.audit import audit
from app.web.dashboard.campaign_moves import moves
from app.web.dashboard.campaigns import campaigns
from app.web.dashboard.compose import compose
from app.web.dashboard.contacts import contacts
from app.web.dashboard.doors import THEMES, doors
from app.web.dashboard.doubts import doubts
from app.web.dashboard.dry_run import dry_run
from app.web.dashboard.home import home, home_now
from app.web.dashboard.imports import imports
from app.web.dashboard.inbox import inbox
from app.web.dashboard.lists import lists
from app.web.dashboard.navigation import entries, link
from app.web.dashboard.numbers import numbers
from app.web.dashboard.opt_outs import opt_outs
from app.web.dashboard.recipients import recipients
from app.web.dashboard.reviews import reviews
from app.web.dashboard.senders import senders
from app.web.dashboard.settings import settings
from app.web.dashboard.templates import templates
from app.web.dashboard.users import users
from app.web.dashboard.webhooks import webhooks

_PAGES = (  # a line for each group of pages
    *(doors, audit, settings, users, webhooks),
    *(compose, dry_run, templates, api_keys),
    *(campaigns, moves, recipients),
    *(inbox, opt_outs, reviews, doubts, senders),
    *(contacts, lists, audiences, imports, numbers),
)
_HERE = Path(__file__).parent
# Changes when a file does that browsers keep.
_VERSION = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted((_HERE / "static").iterdir()))
).hexdigest()[:8]


def install(app: Flask) -> None:
    """Put the dashboard under /dashboard. It signs with the SECRET_KEY of the application."""
    app.config.update(
        SESSION_COOKIE_NAME="carillon",
        SESSION_COOKIE_PATH="/dashboard",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=AT_MOST,
        WTF_CSRF_CHECK_DEFAULT=False,  # the frame asks for it, on pages alone
        WTF_CSRF_TIME_LIMIT=None,  # a form may lie open over lunch; it ends with the sign-in
        WTF_CSRF_SSL_STRICT=False,  # the token is enough, and proxies change what it compares
    )
    app.session_interface = frame.Cookie()
    frame.forms_guard.init_app(app)
    for name in ("number", "counted", "percent", "money", "when", "lasting"):
        app.jinja_env.filters[name] = getattr(wording, name)
    app.jinja_env.globals["link"] = link
    app.register_blueprint(_dashboard())


def _dashboard() -> Blueprint:
    """Made anew for each application, since blueprints that are registered take no more pages."""
    dashboard = Blueprint(
        "dashboard",
        __name__,
        url_prefix="/dashboard",
        template_folder="templates",
        static_folder="static",
    )
    frame.guard(dashboard)
    failures.install(dashboard)
    dashboard.context_processor(_around)
    dashboard.add_url_rule("/", "home", home)
    dashboard.add_url_rule("/now", "home_now", home_now)
    dashboard.add_url_rule("/<path:anything>", "nowhere", frame.nowhere)
    for pages in _PAGES:
        dashboard.register_blueprint(pages)
    return dashboard


def _around() -> dict[str, Any]:
    """What the frame of a page shows."""
    theme = request.cookies.get("theme")
    return {
        "user": g.get("user"),
        "theme": theme if theme in THEMES else THEMES[0],
        "themes": THEMES,
        "navigation": entries(),
        "version": _VERSION,
        "zone": wording.zone(),
    }
