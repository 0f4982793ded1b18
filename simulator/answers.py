"""What is answered: Vonage's JSON and problem documents, and how they leave the socket."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4

JSON = "application/json"
PROBLEM = "application/problem+json"
_ERRORS = "https://developer.vonage.com/api-errors"


class Manner(StrEnum):
    """How much of an answer reaches the caller."""

    WHOLE = "whole"
    HALF = "half"  # the head and half of the body, then the connection ends
    CLOSED = "closed"  # nothing, and the connection is closed (FIN)
    RESET = "reset"  # nothing, and the connection is reset (RST)
    SILENCE = "silence"  # nothing, for as long as the caller cares to wait
    GARBAGE = "garbage"  # bytes that are no HTTP, and the connection is closed


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, complete but for the headers that every answer has."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = Manner.WHOLE


class RefusedError(Exception):
    """The request is not accepted; `answer` says so to the caller."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Problem:
    """One of Vonage's documented errors, without the instance that each occurrence gets."""

    status: int
    type: str
    title: str
    detail: str


UNAUTHORIZED = Problem(
    401, "#unauthorized", "Unauthorized", "You did not provide correct credentials."
)
LOW_BALANCE = Problem(402, "#low-balance", "Low balance", "The account balance is too low to send.")
FORBIDDEN = Problem(403, "#forbidden", "Forbidden", "Your account may not do this.")
NOT_FOUND = Problem(404, "#not-found", "Not found", "There is nothing at this address.")
TOO_LARGE = Problem(413, "#too-large", "Too large", "The body is larger than any message can be.")
THROTTLED = Problem(429, "#throttled", "Rate limit hit", "Please wait, then retry your request.")
INTERNAL = Problem(
    500, "#internal", "Internal error", "The platform could not process the request."
)
BAD_GATEWAY = Problem(502, "#bad-gateway", "Bad gateway", "No valid answer came from upstream.")
UNAVAILABLE = Problem(503, "#unavailable", "Service unavailable", "Please try again later.")

# In 422 answers the number after the # follows an older list than the codes in receipts.
INVALID_CHANNEL = Problem(422, "/messages#1100", "Invalid channel", "The channel is not known.")
INVALID_SENDER = Problem(422, "/messages#1120", "Invalid sender", "The `from` is not usable.")
INVALID_RECIPIENT = Problem(422, "/messages#1130", "Invalid recipient", "The `to` is not usable.")
INVALID_TYPE = Problem(
    422, "/messages#1140", "Invalid message type", "The channel does not carry this message type."
)
INVALID_PARAMETERS = Problem(
    422, "/messages#1150", "Invalid params", "The value of one or more parameters is invalid."
)
INVALID_REFERENCE = Problem(
    422, "/messages#1060", "Invalid client ref", "The `client_ref` is not usable."
)
INVALID_JSON = Problem(422, "/messages#1150", "Invalid JSON", "The body is no JSON object.")

Mistakes = dict[str, str]
"""What is wrong with each field, by its name."""


def json_answer(status: int, value: Any) -> Answer:
    """Compact, as Vonage writes it."""
    return Answer(status, compact(value))


def compact(value: Any) -> bytes:
    """The bytes that are sent, and hashed in a signature."""
    return json.dumps(value, separators=(",", ":")).encode()


def problem_answer(
    problem: Problem, mistakes: Mistakes | None = None, *, retry_after: int | None = None
) -> Answer:
    """The problem document: problem+json, but for 422, which Vonage specifies as plain JSON."""
    document: dict[str, Any] = {
        "type": _ERRORS + problem.type,
        "title": problem.title,
        "detail": problem.detail,
        "instance": uuid4().hex,
    }
    if mistakes:
        document["invalid_parameters"] = [
            {"name": name, "reason": reason} for name, reason in mistakes.items()
        ]
    kind = JSON if "/messages#" in problem.type else PROBLEM
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return Answer(problem.status, compact(document), kind, headers)
