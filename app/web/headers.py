"""What a browser is told with every answer: believe nothing, frame nothing, run nothing of others.

A page that needs more says so itself: what it has set stays.
"""

from http import HTTPStatus

from flask import Flask, Response, request

_NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
# The page about the API comes with styles and a script in the page, all of its own.
_DESCRIPTION = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # forms over https are checked by it
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_HALF_A_YEAR = "max-age=15768000"
_PLAIN = [("Content-Security-Policy", _NOTHING), *_ALWAYS.items()]
_SECURE = [*_PLAIN, ("Strict-Transport-Security", _HALF_A_YEAR)]


def install(app: Flask) -> None:
    """Add to each answer what it does not say itself."""
    app.after_request(_after)


def of(scheme: str) -> list[tuple[str, str]]:
    """What goes with an answer that is no page and holds nothing of people."""
    return _SECURE if scheme == "https" else _PLAIN


def _after(response: Response) -> Response:
    policy = _DESCRIPTION if request.path.startswith("/openapi") else _NOTHING
    response.headers.setdefault("Content-Security-Policy", policy)
    if response.status_code == HTTPStatus.NO_CONTENT:
        response.headers.pop("Content-Type", None)  # of nothing
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if request.path.startswith(("/api/", "/send-sms")):
        response.headers.setdefault("Cache-Control", "no-store")  # numbers of people
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", _HALF_A_YEAR)
    return response
