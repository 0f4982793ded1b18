"""What every page stands in: who is there, what they may do, and what browsers are told.

A view is open to those whom its `page` mark names, and a view without a mark is open to nobody.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.domain.users import Role, User
from app.web.context import options, services
from app.web.dashboard.forgery import CSRFProtect

TOKEN = "token"  # noqa: S105 (where the session keeps it)
_NEEDS = "carillon_needs"
_NOBODY = "nobody"
_TAKES_FILES = "carillon_takes_files"
_STATIC = "dashboard.static"
_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_View = TypeVar("_View", bound=Callable[..., Any])

forms_guard = CSRFProtect()


class Cookie(SecureCookieSessionInterface):
    """A cookie that goes over TLS alone, where the request came over TLS.

    A proxy of ours says so too; who is believed, `mount` decides by TRUSTED_PROXIES.
    """

    def get_cookie_secure(self, app: Any) -> bool:  # noqa: ARG002 (Flask's signature)
        return request.is_secure


def page(role: Role = Role.VIEWER) -> Callable[[_View], _View]:
    """Mark a view as one for people who may do what `role` may. Stands below the route."""
    return lambda view: _marked(view, role)


def open_page(view: _View) -> _View:
    """Mark a view as one for everybody, signed in or not."""
    return _marked(view, None)


def takes_files(view: _View) -> _View:
    """Mark a view as one whose form may be as large as an import. Stands below `page`."""
    setattr(view, _TAKES_FILES, True)
    return view


def _marked(view: _View, role: Role | None) -> _View:
    setattr(view, _NEEDS, role)
    return view


def needed(endpoint: str | None) -> Role | str | None:
    """What somebody must be to see this: a role, `nobody` may, or None: all may."""
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, _NEEDS, _NOBODY)


def me() -> User:
    """Who is signed in. For views that are marked with a role."""
    user = g.user
    assert isinstance(user, User)
    return user


def actor() -> str:
    """The same as a name for the audit log."""
    return f"user {me().name}"


def show(template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> tuple[str, int]:
    """A page, from a template in this folder."""
    return render_template(f"dashboard/{template}", **values), status.value


@page()
def nowhere(anything: str) -> Response:  # noqa: ARG001 (the path that is no page)
    """Whoever is signed in is told in words."""
    raise NotFound


def guard(blueprint: Blueprint) -> None:
    """Ask who is there before each page of this blueprint, and of those within it."""
    blueprint.before_request(_who_is_there)
    blueprint.after_request(_tell_the_browser)


def _who_is_there() -> Response | None:
    g.user = None
    if request.endpoint == _STATIC:
        return None
    token = session.get(TOKEN)
    g.user = services().sign_ins.who(token) if token else None
    role = needed(request.endpoint)
    view = current_app.view_functions.get(request.endpoint or "")
    is_let_in = g.user is not None and isinstance(role, Role) and g.user.role.may(role)
    if is_let_in and getattr(view, _TAKES_FILES, False):  # before the token in it is read
        request.max_content_length = options().max_import
    forms_guard.protect()
    if role is None:
        return None
    if g.user is None:
        return redirect(url_for("dashboard.doors.sign_in", to=_wanted()), HTTPStatus.SEE_OTHER)
    if not isinstance(role, Role) or not g.user.role.may(role):
        raise Forbidden
    return None


def _wanted() -> str | None:
    """The page to go to after signing in."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _tell_the_browser(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _POLICY)
    if request.endpoint != _STATIC:
        response.headers.setdefault("Cache-Control", "no-store")  # pages name people
    elif "v" in request.args:  # another version has another address
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
