"""The chain of a number's consent: each row is sealed together with the row before.

What is about the person goes into the seal as a salted digest. An erasure takes the person's part
and the salt away and leaves the digest: the chain still holds, and nobody can find out by trying
numbers whose it was.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.consent_ledger import PERSONAL, ConsentKind, ConsentState, replayed

SCHEME = "carillon consent 1"
"""Part of every seal. What is sealed never changes; another way to seal gets another name."""

BEGINNING = "0" * 64
"""What stands in place of the seal before the first."""

SEALED = (
    *("chain", "place", "id", "event", "method", "scope", "wording_version", "at", "expires_at"),
    "personal_digest",
)
"""The fields that are sealed as they are."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends, kept apart from its rows: rows that are gone from its end are missed."""

    chain: str
    number: str | None  # None: erased
    state: ConsentState
    place: int  # of the last row, from 1
    seal: str


@dataclass(frozen=True, slots=True)
class Flaw:
    """The first row of a chain that is not as it was written, or not there."""

    chain: str
    place: int
    event_id: str | None
    reason: str
    is_mendable: bool = False  # only what follows from the chain is wrong: a rebuild mends it


def digest_of(row: Mapping[str, Any]) -> str:
    """The salted digest of what is about the person."""
    return _hashed([SCHEME, row["salt"], *(row[name] for name in PERSONAL)])


def seal_of(row: Mapping[str, Any], before: str) -> str:
    """The seal of a row behind the one with the seal `before`."""
    return _hashed([SCHEME, before, *(_plain(row[name]) for name in SEALED)])


def sealed(row: Mapping[str, Any], before: str) -> dict[str, Any]:
    """The row with its digest and its seal."""
    digested = {**row, "personal_digest": digest_of(row)}
    return {**digested, "seal": seal_of(digested, before)}


def first_flaw(rows: Iterable[Mapping[str, Any]], head: Head | None) -> Flaw | None:
    """Check one chain, its rows in order; None when every row is as it was written."""
    before, place, events, open_at = BEGINNING, 0, [], []
    row: Mapping[str, Any] | None = None
    for row in rows:
        place += 1
        if reason := _why_flawed(row, place, before):
            return Flaw(row["chain"], place, row["id"], reason)
        if row["salt"] is None:
            open_at.append(row)
        if row["event"] == ConsentKind.ERASE:
            open_at.clear()
        events.append(ConsentKind(row["event"]))
        before = row["seal"]
    if open_at:
        return _flaw(open_at[0], "its personal part is gone, and no erasure is recorded after it")
    return _why_not_the_end(row, head, place, before, replayed(events))


def _why_flawed(row: Mapping[str, Any], place: int, before: str) -> str | None:
    if row["place"] != place:
        return f"row {place} is missing"
    if row["salt"] is None:
        if any(row[name] is not None for name in PERSONAL):
            return "it is erased, and yet has a personal part"
    elif digest_of(row) != row["personal_digest"]:
        return "its personal part is not what was written"
    if seal_of(row, before) != row["seal"]:
        return "it is not what was written, or does not follow the row before"
    return None


def _why_not_the_end(
    row: Mapping[str, Any] | None, head: Head | None, place: int, seal: str, state: ConsentState
) -> Flaw | None:
    """The rows hold; are they all, and do they come to what is taken to be the state?"""
    if head is None:
        return _flaw(row, "the record of where its chain ends is missing") if row else None
    if place < head.place:
        return Flaw(head.chain, place + 1, None, f"rows {place + 1} to {head.place} are missing")
    if place > head.place or seal != head.seal:
        return Flaw(head.chain, place, row["id"] if row else None, "it is not the recorded end")
    if state != head.state:
        reason = f"its chain comes to {state}, and the state says {head.state}: rebuild it"
        return Flaw(head.chain, place, row["id"] if row else None, reason, is_mendable=True)
    return None


def _flaw(row: Mapping[str, Any], reason: str) -> Flaw:
    return Flaw(row["chain"], row["place"], row["id"], reason)


def _hashed(parts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
