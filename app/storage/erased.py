"""People who are forgotten, and who must be recognised all the same when somebody names them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from app.domain.errors import Conflict
from app.domain.suppression import digest_of, digests_of, key_name
from app.storage.consent_tables import ErasedNumber

KEYS = "suppression_keys"
"""Under this name a session's `info` has the operator's keys, the newest first."""

_CHUNK = 5_000
_NOBODY_PLANS = 4_021_977  # any number that no other lock of ours has


@dataclass(frozen=True, slots=True)
class Erased:
    """What is still known of somebody: when, and the chain that what happened is kept in."""

    chain: str
    at: datetime


def add(session: Session, number: str, chain: str, now: datetime) -> None:
    """Keep the keyed hash of a number. Raises Conflict when there is no key."""
    keys = keys_of(session)
    if not keys:
        raise Conflict(
            "CONSENT_HASH_KEY is not set: without it a person cannot be forgotten and still be"
            " kept from being texted. Set it, and keep it safe for good"
        )
    row = {"digest": digest_of(keys[0], number), "key_name": key_name(keys[0])}
    forget(session, [number])
    session.execute(insert(ErasedNumber), [{**row, "chain": chain, "at": now}])


def forget(session: Session, numbers: Collection[str]) -> None:
    """These people came back by themselves."""
    for chunk in _digests(session, sorted(numbers)):
        session.execute(delete(ErasedNumber).where(ErasedNumber.digest.in_(chunk)))


def among(session: Session, numbers: Sequence[str]) -> dict[str, Erased]:
    """Those among the numbers that are forgotten."""
    found: dict[str, Erased] = {}
    for chunk in _digests(session, numbers):
        rows = session.execute(
            select(ErasedNumber.digest, ErasedNumber.chain, ErasedNumber.at).where(
                ErasedNumber.digest.in_(chunk)
            )
        )
        found |= {chunk[row.digest]: Erased(row.chain, row.at) for row in rows}
    return found


def require_keys(session: Session) -> None:
    """Raises Conflict when somebody was forgotten with a key that is not known now."""
    known = {key_name(key) for key in keys_of(session)}
    if unknown := set(session.scalars(select(ErasedNumber.key_name).distinct())) - known:
        raise Conflict(
            "CONSENT_HASH_KEY lacks a key that people were forgotten with, so they could be texted"
            f" again: add the key with the name {', '.join(sorted(unknown))}"
        )


def keys_of(session: Session) -> Sequence[bytes]:
    """The operator's keys, the newest first."""
    keys: Sequence[bytes] = session.info.get(KEYS, ())
    return keys


def hold_off_planning(session: Session) -> None:
    """Let nobody plan until this transaction ends, and wait for those who do.

    Else whoever looked before a person was forgotten could queue a text after it. On SQLite
    writers take turns anyway.
    """
    if _is_postgres(session):
        session.execute(text("SET LOCAL lock_timeout = '5s'"))
        session.execute(text(f"SELECT pg_advisory_xact_lock({_NOBODY_PLANS})"))


def plan_now(session: Session) -> None:
    """From here to the end of the transaction nobody is forgotten."""
    if _is_postgres(session):
        session.execute(text(f"SELECT pg_advisory_xact_lock_shared({_NOBODY_PLANS})"))


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def _digests(session: Session, numbers: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Numbers by their digests, chunk by chunk; none where nobody was ever forgotten."""
    used = set(session.scalars(select(ErasedNumber.key_name).distinct()))
    keys = [key for key in keys_of(session) if key_name(key) in used]
    if keys:
        for start in range(0, len(numbers), _CHUNK):
            yield digests_of(keys, numbers[start : start + _CHUNK])
