"""What Vonage answers to a message, as our outcomes.

The HTTP status decides, and for a 422 the parameters that it names. The number in a problem's
`type` never does: in answers it follows an older numbering than in the table of codes (#1100 is
"channel" here and "communication failed" there). It is kept for people.
"""

import json
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from app.domain.message import Outcome, OutcomeKind
from app.vonage.transport import Answer
from app.vonage.wording import for_people, number_in_type, scalar

MAX_RETRY_AFTER = 60.0  # seconds; the documented headers contradict one another, so never for long

_OF_THE_MESSAGE = frozenset({"to", "text"})
_THE_RECIPIENT = re.compile(r"\brecipient\b|[`'\"](?:to|text)[`'\"]", re.IGNORECASE)
_EVERY_MESSAGE = re.compile(
    r"\b(?:sender|channel|json|webhook\w*|message[ _]type|client[ _]ref\w*)\b|[`'\"]from[`'\"]",
    re.IGNORECASE,
)
_INVALID = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_ACCOUNT_OR_ADDRESS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.PAYMENT_REQUIRED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.NOT_ACCEPTABLE,
        HTTPStatus.PROXY_AUTHENTICATION_REQUIRED,
        HTTPStatus.GONE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.MISDIRECTED_REQUEST,
        HTTPStatus.UPGRADE_REQUIRED,
    }
)
"""Not one of these says anything of the message, so the next would be answered alike."""


def outcome_of(answer: Answer, now: datetime) -> Outcome:
    """The outcome of an answer that is no success.

    A 503 to a request that was never written to its end was not taken: what is read in part is
    no message. To a whole request it is a doubt.
    """
    problem = _problem(answer.body)
    unread = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and not answer.whole
    kind = OutcomeKind.TRY_LATER if unread else _kind(answer.status, problem)
    throttled = answer.status == HTTPStatus.TOO_MANY_REQUESTS
    waits = throttled or unread
    reason = _reason(answer.status, problem)
    return Outcome(
        kind,
        reason=f"{reason}, before the whole request was sent" if unread else reason,
        code=number_in_type(problem.get("type")) or str(answer.status),
        retry_after=_retry_after(answer.headers.get("retry-after"), now) if waits else None,
        throttled=throttled,
    )


def _kind(status: int, problem: dict[str, Any]) -> OutcomeKind:
    if status in _INVALID:
        return _kind_of_invalid(problem)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT):
        return OutcomeKind.TRY_LATER  # 408: the request was not received whole
    if status in _ACCOUNT_OR_ADDRESS or 300 <= status < 400:  # noqa: PLR2004 - redirects
        return OutcomeKind.CAMPAIGN_MUST_PAUSE
    if 400 <= status < 500:  # noqa: PLR2004 - the family of refusals
        return OutcomeKind.REFUSED
    return OutcomeKind.IN_DOUBT  # 5xx: it arrived, and nobody says what became of it


def _kind_of_invalid(problem: dict[str, Any]) -> OutcomeKind:
    """Is it this message that is wrong, or what all messages have in common?"""
    names = _parameters(problem.get("invalid_parameters"))
    if names:
        only_this = names <= _OF_THE_MESSAGE
    else:
        words = f"{problem.get('title')} {problem.get('detail')}"
        only_this = bool(_THE_RECIPIENT.search(words)) or not _EVERY_MESSAGE.search(words)
    return OutcomeKind.REFUSED if only_this else OutcomeKind.CAMPAIGN_MUST_PAUSE


def _parameters(listed: Any) -> set[str]:
    """to, text, from, ... of a list of {name, reason}; "to.number" and "/to" count as to."""
    entries = listed if isinstance(listed, list) else []
    names = (entry.get("name") if isinstance(entry, dict) else entry for entry in entries)
    found = (re.search(r"[a-z_]+", name.lower()) for name in names if isinstance(name, str))
    return {match.group() for match in found if match}


def _problem(body: bytes | None) -> dict[str, Any]:
    """The fields of the body; what is no JSON object, as a load balancer's page, has none."""
    try:
        problem = json.loads(body or b"")
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _reason(status: int, problem: dict[str, Any]) -> str:
    """Title - detail (HTTP status)."""
    told = [text for name in ("title", "detail") if (text := scalar(problem.get(name)))]
    if 300 <= status < 400:  # noqa: PLR2004 - redirects
        told = ["Vonage's address answered with a redirect, is VONAGE_API_URL right?"]
    return f"{for_people(' - '.join(told or [_phrase(status)]))} (HTTP {status})"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "an answer that is not understood"


def _retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds or an HTTP date; nothing when it is missing or neither."""
    text = (header or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text, re.ASCII):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    seconds = (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
