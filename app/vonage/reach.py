"""Asks addresses what they are, briefly: what time it is there, whose they are, whose key is known.

Nothing here raises for an address that does not answer, and nothing waits longer than it says.
"""

import base64
import json
import threading
from collections.abc import Callable, Mapping
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_A_READ = 4.0  # seconds
_ALTOGETHER = 8.0  # seconds, also where an answer comes drop by drop
_LONGEST = 64 << 10  # bytes of an answer

_Answer = tuple[Mapping[str, str], bytes]
_T = TypeVar("_T")


def time_at(url: str) -> float | None:
    """The time by the Date header of this address, seconds since the epoch; None: unknown."""
    answer = _asked(Request(url, method="HEAD"))  # noqa: S310 (the operator's own setting, http or https)
    try:
        return parsedate_to_datetime(answer[0]["date"]).timestamp() if answer else None
    except (KeyError, ValueError):
        return None


def header_of(url: str, name: str, headers: Mapping[str, str]) -> str | None:
    """What this address answers in a header; "" where that is missing, None: no answer."""
    answer = _asked(Request(url, headers=dict(headers)))  # noqa: S310 (the same)
    return answer[0].get(name.lower(), "") if answer else None


def public_key_of(url: str, application_id: str, api_key: str, api_secret: str) -> str | None:
    """The public key that Vonage has of the application, as PEM; None: it does not say."""
    credentials = base64.b64encode(f"{api_key}:{api_secret}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"}
    answer = _asked(Request(f"{url.rstrip('/')}/v2/applications/{application_id}", headers=headers))  # noqa: S310 (the same)
    try:
        told = json.loads(answer[1])["keys"]["public_key"] if answer else None
    except (ValueError, KeyError, TypeError):
        return None
    return told if isinstance(told, str) else None


def _asked(request: Request) -> _Answer | None:
    return _within(_ALTOGETHER, lambda: _ask(request))


def _ask(request: Request) -> _Answer | None:
    try:
        with urlopen(request, timeout=_A_READ) as answer:  # noqa: S310 (the same)
            return _lowered(answer.headers), answer.read(_LONGEST)
    except HTTPError as refusal:  # it answers, if only to say no
        return _lowered(refusal.headers), b""
    except (OSError, HTTPException, ValueError):
        return None


def _lowered(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _within(seconds: float, call: Callable[[], _T]) -> _T | None:
    found: list[_T] = []
    thread = threading.Thread(target=lambda: found.append(call()), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None
