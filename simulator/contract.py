"""The body of POST /v1/messages: SMS with text, by version 1.20.0 of Vonage's specification."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import answers
from simulator.answers import Mistakes, Problem, RefusedError, problem_answer

LONGEST_TEXT = 3200
LONGEST_REFERENCE = 100
SHORTEST_TTL, LONGEST_TTL = 20, 604_800
_NUMBER = re.compile(r"[1-9][0-9]{6,14}", re.ASCII)
_SENDER_NUMBER = re.compile(r"[0-9]{3,15}", re.ASCII)
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[ -~]{1,11}", re.ASCII)
_ENCODINGS = ("auto", "text", "unicode")
_VERSIONS = ("v1", "v0.1")


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS that Vonage was asked to send."""

    to: str
    sender: str
    text: str
    client_ref: str | None = None
    webhook_url: str | None = None  # for the receipts of this message only
    webhook_version: str = "v1"
    encoding: str = "auto"


def parse(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body, or None for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def is_number(value: object) -> bool:
    """7 to 15 digits with the country code, without a plus and without leading zeros."""
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def read_message(request: dict[str, Any] | None) -> Message:
    """The message in a request; raises RefusedError, with every wrong field, for 422."""
    if request is None:
        raise RefusedError(problem_answer(answers.INVALID_JSON))
    mistakes = find_mistakes(request)
    if mistakes:
        raise RefusedError(problem_answer(_problem_of(mistakes), mistakes))
    return Message(
        to=request["to"],
        sender=request["from"],
        text=request["text"],
        client_ref=request.get("client_ref"),
        webhook_url=request.get("webhook_url"),
        webhook_version=request.get("webhook_version", "v1"),
        encoding=request.get("sms", {}).get("encoding_type", "auto"),
    )


def find_mistakes(request: dict[str, Any]) -> Mistakes:
    """What is wrong with each field; empty when Vonage would take the message."""
    mistakes = {}
    for name, (required, is_right, reason) in _RULES.items():
        if name not in request:
            if required:
                mistakes[name] = "is required"
        elif not is_right(request[name]):
            mistakes[name] = reason
    return mistakes


def _problem_of(mistakes: Mistakes) -> Problem:
    """The special problem of a field that is wrong alone, else the general one."""
    if len(mistakes) > 1:
        return answers.INVALID_PARAMETERS
    return _PROBLEMS.get(next(iter(mistakes)), answers.INVALID_PARAMETERS)


def _is_sender(value: object) -> bool:
    return isinstance(value, str) and any(
        pattern.fullmatch(value) for pattern in (_SENDER_NUMBER, _SENDER_NAME)
    )


def _is_text(longest: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and 1 <= len(value) <= longest


def _is_ttl(value: object) -> bool:
    return type(value) is int and SHORTEST_TTL <= value <= LONGEST_TTL


def _is_url(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


def _is_sms_object(value: object) -> bool:
    return isinstance(value, dict) and value.get("encoding_type", "auto") in _ENCODINGS


_Rule = tuple[bool, Callable[[Any], bool], str]
_RULES: dict[str, _Rule] = {
    "channel": (True, lambda value: value == "sms", "must be sms"),
    "message_type": (True, lambda value: value == "text", "must be text"),
    "to": (True, is_number, "must be 7 to 15 digits in E.164 format, without a leading +"),
    "from": (True, _is_sender, "must be digits without a leading +, or a name of 1 to 11"),
    "text": (True, _is_text(LONGEST_TEXT), f"must be a text of 1 to {LONGEST_TEXT} characters"),
    "client_ref": (
        False,
        _is_text(LONGEST_REFERENCE),
        f"must be a text of 1 to {LONGEST_REFERENCE} characters",
    ),
    "ttl": (False, _is_ttl, f"must be a whole number from {SHORTEST_TTL} to {LONGEST_TTL}"),
    "webhook_url": (False, _is_url, "must be an http or https address"),
    "webhook_version": (False, lambda value: value in _VERSIONS, "must be v1 or v0.1"),
    "trusted_recipient": (False, lambda value: isinstance(value, bool), "must be true or false"),
    "sms": (False, _is_sms_object, "must be an object; encoding_type one of auto, text, unicode"),
}
_PROBLEMS = {
    "channel": answers.INVALID_CHANNEL,
    "message_type": answers.INVALID_TYPE,
    "to": answers.INVALID_RECIPIENT,
    "from": answers.INVALID_SENDER,
    "client_ref": answers.INVALID_REFERENCE,
}
