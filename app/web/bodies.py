"""Request bodies: JSON or a clear answer why not."""

import json
from http import HTTPStatus

from flask import Response, request

from app.web.problems import problem

_METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}


def require_json() -> Response | None:
    """Guard of a blueprint whose bodies are JSON: 415 for another type, 400 for broken JSON."""
    if request.method not in _METHODS_WITH_BODY or not request.content_length:
        return None
    if not request.is_json:
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send JSON, and say so: Content-Type: application/json",
        )
    try:
        parsed = request.get_json()
    except RecursionError:
        return problem(HTTPStatus.BAD_REQUEST, "The JSON is nested too deeply.")
    if not _is_storable(parsed, request.get_data()):
        return problem(
            HTTPStatus.BAD_REQUEST,
            "The JSON has text with NUL or half a surrogate pair, which no phone can show.",
        )
    return None


def _is_storable(parsed: object, raw: bytes) -> bool:
    r"""No database takes U+0000 or lone surrogates; they can only come as \u escapes."""
    lowered = raw.lower() if b"\\u" in raw else b""
    if b"\\u0000" not in lowered and b"\\ud" not in lowered:
        return True
    try:
        text = json.dumps(parsed, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in text.replace("\\\\", "")
