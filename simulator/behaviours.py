"""What a magic number means: +1 555 CCC NNNN behaves as its three digits CCC say.

NNNN is free, so each behaviour has ten thousand numbers. Every other number is ordinary. Where
there is something to remember CCC is a number one knows: 4xx and 5xx the HTTP status that is
answered, 2xx to 4xx the code of a rejection without its leading 1 (240 is 1240, opted out).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from simulator import answers
from simulator.answers import Manner, Problem
from simulator.error_codes import REASONS

BURST = 3  # tries that a number of "429, then accepted" sees refused


class When(StrEnum):
    """The moment of a receipt; how long each takes is a setting."""

    SUBMITTED = "submitted"
    FINAL = "final"
    LATE = "late"
    AT_ONCE = "at once"  # before the HTTP answer


@dataclass(frozen=True, slots=True)
class Receipt:
    """One status webhook to come."""

    status: str
    when: When
    code: int | None = None  # of the error, for a rejection


@dataclass(frozen=True, slots=True)
class Refusal:
    """The request is not accepted: the problem answered, or the connection closed without one."""

    problem: Problem | None
    tries: int | None = None  # how many are refused before one is accepted; None is all
    field: str | None = None  # the invalid parameter, for 422
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What comes of a message to a number: refused, or accepted with what follows."""

    summary: str
    refusal: Refusal | None = None
    manner: Manner = Manner.WHOLE
    unreadable: bool = False  # the body of the 202 is no JSON
    nameless: bool = False  # the 202 has no message_uuid
    problem: Problem | None = None  # answered although the message was accepted
    receipts: tuple[Receipt, ...] = ()
    shape: str | None = None  # of the receipts, whatever the request asked for
    reply: str | None = None  # what the phone sends back, once


def pattern(digits: str) -> str:
    """How the documentation writes the numbers of a behaviour."""
    return f"1555{digits}NNNN"


def behaviour_of(number: str) -> Behaviour:
    """The behaviour of a number in Vonage's form, without plus."""
    if len(number) == len(pattern("000")) and number.startswith("1555"):
        return MAGIC.get(number[4:7], ORDINARY)
    return ORDINARY


_SUBMITTED = Receipt("submitted", When.SUBMITTED)
_DELIVERED = Receipt("delivered", When.FINAL)
ORDINARY = Behaviour("accepted, delivered", receipts=(_SUBMITTED, _DELIVERED))


def _rejected(code: int) -> Behaviour:
    rejection = Receipt("rejected", When.FINAL, code)
    return Behaviour(
        f"accepted, rejected with {code}: {REASONS[code]}", receipts=(_SUBMITTED, rejection)
    )


def _refused(summary: str, problem: Problem | None, tries: int | None = None) -> Behaviour:
    return Behaviour(summary, receipts=_afterwards(tries), refusal=Refusal(problem, tries))


def _invalid(summary: str, problem: Problem, field: str) -> Behaviour:
    return Behaviour(summary, refusal=Refusal(problem, field=field))


def _throttled(summary: str, tries: int | None) -> Behaviour:
    refusal = Refusal(answers.THROTTLED, tries, retry_after=1)
    return Behaviour(summary, receipts=_afterwards(tries), refusal=refusal)


def _afterwards(tries: int | None) -> tuple[Receipt, ...]:
    """Whoever is refused a few times only is an ordinary number from then on."""
    return () if tries is None else ORDINARY.receipts


def _receipts(summary: str, *receipts: Receipt) -> Behaviour:
    return Behaviour(f"accepted; {summary}", receipts=receipts)


def _reply(text: str) -> Behaviour:
    return replace(ORDINARY, summary=f"accepted, delivered; replies {text!r}, once", reply=text)


_REFUSALS = {
    "401": _refused("401, always", answers.UNAUTHORIZED),
    "402": _refused("402 low balance, always", answers.LOW_BALANCE),
    "403": _refused("403, always", answers.FORBIDDEN),
    "422": _invalid("422, `to` is refused", answers.INVALID_RECIPIENT, "to"),
    "423": _invalid("422, `from` is refused", answers.INVALID_SENDER, "from"),
    "428": _throttled("429 with Retry-After: 1, always", None),
    "429": _throttled(f"429 with Retry-After: 1 for {BURST} tries, then accepted", BURST),
    "500": _refused("500, always", answers.INTERNAL),
    "501": _refused("500 once, then accepted", answers.INTERNAL, 1),
    "503": _refused("503 once, then accepted", answers.UNAVAILABLE, 1),
    "504": _refused("503, always", answers.UNAVAILABLE),
    "600": _refused("connection closed, never accepted", None),
    "602": _refused("connection closed once, then accepted", None, 1),
}

_LOST_ANSWERS = {
    "502": replace(ORDINARY, summary="accepted, yet 502 is answered", problem=answers.BAD_GATEWAY),
    "610": replace(ORDINARY, summary="accepted, then silence", manner=Manner.SILENCE),
    "620": replace(ORDINARY, summary="accepted, then closed (FIN)", manner=Manner.CLOSED),
    "630": replace(ORDINARY, summary="accepted, then reset (RST)", manner=Manner.RESET),
    "640": replace(ORDINARY, summary="accepted, 202 with an unreadable body", unreadable=True),
    "650": replace(ORDINARY, summary="accepted, half of the 202, then closed", manner=Manner.HALF),
    "660": replace(ORDINARY, summary="accepted, 202 without a message_uuid", nameless=True),
    "670": replace(ORDINARY, summary="accepted, garbage instead of HTTP", manner=Manner.GARBAGE),
}


def _unheard(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, summary=f"{behaviour.summary}; no receipt ever", receipts=())


_NEVER_HEARD_OF = {
    f"{digits[:2]}1": _unheard(behaviour)
    for digits, behaviour in _LOST_ANSWERS.items()
    if digits.startswith("6")
}

_RECEIPTS = {
    "200": ORDINARY,
    "700": _receipts("the final receipt is late", _SUBMITTED, Receipt("delivered", When.LATE)),
    "710": _receipts("each receipt comes twice", _SUBMITTED, _SUBMITTED, _DELIVERED, _DELIVERED),
    "720": _receipts(
        "the final receipt comes first",
        Receipt("delivered", When.SUBMITTED),
        Receipt("submitted", When.FINAL),
    ),
    "730": _receipts(
        "the receipts come before the HTTP answer",
        Receipt("submitted", When.AT_ONCE),
        Receipt("delivered", When.AT_ONCE),
    ),
    "740": _receipts("only submitted, never a final receipt", _SUBMITTED),
    "750": _receipts("no receipt ever"),
    "760": _receipts("undeliverable", _SUBMITTED, Receipt("undeliverable", When.FINAL, 1260)),
    "770": _receipts(
        "rejected with 1330 first, delivered after all",
        Receipt("submitted", When.SUBMITTED),
        Receipt("rejected", When.FINAL, 1330),
        Receipt("delivered", When.LATE),
    ),
    "780": replace(
        ORDINARY, summary="accepted, delivered; receipts in the v0.1 shape", shape="v0.1"
    ),
}

_REPLIES = {
    "800": _reply("We have got to STOP this terrible bill"),
    "810": _reply("STOP"),
    "820": _reply("START"),
    "830": _reply("HELP"),
}

# By the rule 1000 would be 1555000NNNN, which people take for numbers without a meaning.
_CODES_ELSEWHERE = {"998": _rejected(1000), "999": _rejected(1999)}
_REJECTIONS = {
    str(code)[1:]: _rejected(code) for code in REASONS if code not in (1000, 1999)
} | _CODES_ELSEWHERE

MAGIC = _REFUSALS | _LOST_ANSWERS | _NEVER_HEARD_OF | _RECEIPTS | _REPLIES | _REJECTIONS
"""Every behaviour by its three digits."""


def magic_table() -> list[dict[str, str]]:
    """The table as GET /magic-numbers serves it and the documentation prints it."""
    return [
        {"pattern": pattern(digits), "behaviour": behaviour.summary}
        for digits, behaviour in sorted(MAGIC.items())
    ]
