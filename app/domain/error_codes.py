"""After a failure: does trying again help?

The codes are those of the Messages API's table, as status webhooks bring them. In the answer to
a request the same numbers follow an older list, so the code of a message that Vonage refused
outright says nothing here.
"""

from dataclasses import dataclass

from app.domain.message import MessageStatus
from app.domain.retry import GIVEN_UP

TRANSIENT = frozenset({"1000", "1030", "1100", "1180", "1220", "1230", "1241", "1331", "1472"})
"""The carrier or the handset may do better later; for most the vendor says so."""

FAILURES = frozenset({MessageStatus.FAILED, MessageStatus.UNDELIVERABLE, MessageStatus.REJECTED})

ALL_WOULD_FAIL = frozenset({"1060", "1070", "1420", "1460"})
"""The account is barred or out of credit, the sender is invalid, the daily limit is reached."""

OPTED_OUT_AT_VONAGE = "1240"
"""The recipient has sent STOP, and Vonage delivers nothing to that number any more."""

_OPTED_OUT = "the person has opted out"
_LONG = (
    "a long text is reported as rejected when not all its parts are confirmed within five"
    ' minutes, so it may have arrived: send "confirm": true to text these people again'
)
_NOT_ASKED = "not among the codes asked for"
_REFUSED = "Vonage refused the message itself, or a person settled it: the same would happen again"

_NEVER = {
    OPTED_OUT_AT_VONAGE: _OPTED_OUT,
    **dict.fromkeys(
        ("1320", "1330", "1360", "1490"), "nobody knows whether it arrived: never sent again"
    ),
    **dict.fromkeys(
        (
            *("1040", "1050", "1170", "1190", "1200", "1250", "1260", "1270", "1280", "1290"),
            *("1300", "1310", "1430"),
        ),
        "the number cannot be reached, now or later",
    ),
    **dict.fromkeys(("1210", "1282"), "the carrier filters this text"),
    **dict.fromkeys(
        (
            *("1060", "1070", "1080", "1120", "1140", "1160", "1242", "1251", "1420", "1460"),
            *("1470", "1473", "1474", "1475", "1476", "1480", "1481", "1482", "1483", "1484"),
        ),
        "the account, the sender or a rule of the country is in the way: mend that first",
    ),
}
_UNKNOWN = "not known as passing: it may fail alike, or have arrived"


@dataclass(frozen=True, slots=True)
class Failure:
    """What messages that failed have in common."""

    status: MessageStatus
    code: str | None
    given_up: bool  # by us, after attempts that were provably not accepted
    is_long: bool  # of more than one segment
    opted_out: bool

    @property
    def name(self) -> str | None:
        """What a client calls it: the code, or our own end."""
        return GIVEN_UP if self.given_up else self.code


def why_not_again(
    failure: Failure, codes: frozenset[str] | None = None, *, confirmed: bool = False
) -> str | None:
    """Why such a message is not sent again; None: it may be.

    `codes` are those that a person asked for, None meaning all. `confirmed`: long texts that may
    have arrived are meant too.
    """
    reason = _never_again(failure)
    if reason is not None:
        return reason
    if codes is not None and failure.name not in codes:
        return _NOT_ASKED
    if failure.status is MessageStatus.REJECTED and failure.is_long and not confirmed:
        return _LONG
    return None


def _never_again(failure: Failure) -> str | None:
    if failure.opted_out:
        return _OPTED_OUT
    if failure.status is MessageStatus.FAILED:
        return None if failure.given_up else _REFUSED
    if failure.code in TRANSIENT:
        return None
    return _NEVER.get(failure.code or "", _UNKNOWN)
