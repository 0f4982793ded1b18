"""Request bodies: JSON or a clear answer why not."""

import json
import re
from http import HTTPStatus
from typing import Any

from flask import Response, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest

from app.domain.errors import FixInput, Mistake
from app.web.long_json import LongReader
from app.web.problems import problem

_METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
_DEEPEST = 20  # our own bodies have three levels; what is far deeper cannot even be written out
_STEP = 1 << 20  # characters
_SUSPECT = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def require_json() -> Response | None:
    """Guard of a blueprint whose bodies are JSON.

    415 for another type, 400 for broken JSON, 422 for what is no object.
    """
    if request.method not in _METHODS_WITH_BODY or not request.get_data():
        return None
    if not request.is_json:
        return problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Send JSON, and say so: Content-Type: application/json",
        )
    if not isinstance(request.get_json(), dict):  # flask-openapi would parse a string once more
        raise FixInput([Mistake("", "must be a JSON object")])
    return None


class StrictJson(DefaultJSONProvider):
    """JSON as RFC 8259 has it, in UTF-8, with text that every database takes."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """What the JSON says; raises BadRequest in words, where Flask has none."""
        try:
            text = s if isinstance(s, str) else _decoded(s)
            parsed = LongReader(parse_constant=_refuse, **kwargs).loads(text)
        except json.JSONDecodeError as error:
            raise BadRequest(f"The JSON cannot be read: {error}.") from error
        except RecursionError as error:
            raise BadRequest("The JSON is nested too deeply.") from error
        except ValueError as error:  # so Python says that a number has thousands of digits
            raise BadRequest("The JSON has a number that is too long.") from error
        if _is_deep(parsed, text):
            raise BadRequest("The JSON is nested too deeply.")
        if not _is_storable(parsed, text):
            raise BadRequest(
                "The JSON has text with NUL or half a surrogate pair, which no phone can show."
            )
        return parsed


def _decoded(raw: bytes) -> str:
    """Strictly: `json` would guess UTF-16, and take half a surrogate pair in UTF-8."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest("The JSON is not in UTF-8.") from error


def _refuse(constant: str) -> None:
    raise BadRequest(f"The JSON cannot be read: {constant} is no JSON value.")


def _is_deep(parsed: Any, text: str) -> bool:
    """Level by level, since deep recursion is what this protects from."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    level: list[Any] = [parsed]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def _is_storable(parsed: object, text: str) -> bool:
    r"""No database takes U+0000 or lone surrogates; here they can only be left as \u escapes."""
    if not _is_suspect(text):
        return True
    written = json.dumps(parsed, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return False
    return "\\u0000" not in written.replace("\\\\", "")


def _is_suspect(text: str) -> bool:
    """In steps, between which other threads run; each sees what begins in it to the end."""
    steps = range(0, len(text), _STEP)
    return any(_SUSPECT.search(text, start, start + _STEP + 5) for start in steps)
