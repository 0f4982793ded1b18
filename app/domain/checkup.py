"""What a look at an installation finds: each thing as it is, and how to mend it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"  # it works, and should not stay so
    FAIL = "fail"  # it does not work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `mend` says what to do, where there is anything."""

    name: str
    level: Level
    said: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """A sender, and whether its texts tell people how to leave."""

    name: str
    rate: float
    tells_opt_out: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What a database tells about itself and its queue."""

    kind: str  # sqlite, postgresql
    version: str
    durability: str  # as SQLite or PostgreSQL names it: "wal, full" or "on"
    clock: datetime
    revision: str | None
    senders: Sequence[SenderFacts] = ()
    waiting: int = 0  # messages that may be sent now, or later
    oldest_due: datetime | None = None  # of those that may be sent now
    in_doubt: int = 0
    looked_at: datetime | None = None  # when a dispatcher last looked at the outbox


_GOOD = {"wal, full", "on", "remote_apply", "remote_write", "local"}
_SLOW_CLOCK, _WRONG_CLOCK = 5.0, 60.0  # seconds; Vonage refuses tokens from the future
_LITTLE, _NO_ROOM = 2 << 30, 200 << 20  # bytes
_LATE = timedelta(minutes=10)
_SILENT = timedelta(minutes=2)


def clock(whose: str, drift: float) -> Finding:
    """`drift` is by how many seconds our clock is ahead."""
    level = Level.OK
    if abs(drift) > _SLOW_CLOCK:
        level = Level.FAIL if abs(drift) > _WRONG_CLOCK else Level.WARN
    mend = "" if level is Level.OK else "set the clock: run NTP (`timedatectl set-ntp true`)"
    return Finding("clock", level, f"{abs(drift):.0f} s from {whose}", mend)


def disk(path: str, free: int) -> Finding:
    """`free` is in bytes."""
    level = Level.OK if free > _LITTLE else Level.WARN if free > _NO_ROOM else Level.FAIL
    mend = "" if level is Level.OK else "make room: a full disk stops sending and webhooks"
    return Finding("disk", level, f"{free / (1 << 30):.1f} GiB free at {path}", mend)


def database(found: Condition) -> Iterator[Finding]:
    """Is it safe to trust?"""
    said = f"{found.kind} {found.version}, can be written, commits: {found.durability}"
    if found.durability in _GOOD:
        yield Finding("database", Level.OK, said)
    else:
        mend = "a power cut loses what was sent: set journal_mode=WAL and synchronous=FULL,"
        yield Finding("database", Level.WARN, said, f"{mend} or synchronous_commit=on")


def migrations(found: Condition, newest: str) -> Finding:
    """Are the tables those of this version?"""
    if found.revision == newest:
        return Finding("migrations", Level.OK, f"at {newest}")
    said = f"at {found.revision or 'none'}, this version needs {newest}"
    return Finding("migrations", Level.FAIL, said, "flask --app wsgi db upgrade")


def senders(found: Condition, default: str) -> Iterator[Finding]:
    """Are there any, and do their texts tell how to leave?"""
    known = {each.name: each for each in found.senders}
    if default not in known:
        mend = "send one text to a phone of yours before a campaign"
        yield Finding("senders", Level.WARN, f"{default} was never used", mend)
    for each in found.senders:
        said = f"{each.name}, {each.rate:g} messages a second"
        if each.tells_opt_out:
            yield Finding("senders", Level.OK, f"{said}, adds how to opt out")
        else:
            mend = f"PUT /api/senders/{each.name}/texts, or write it into every text"
            yield Finding("senders", Level.WARN, f"{said}, adds no opt-out line", mend)


def queue(found: Condition, now: datetime) -> Iterator[Finding]:
    """Does anybody send what is due?"""
    waits = timedelta(0) if found.oldest_due is None else now - found.oldest_due
    silent = found.looked_at is None or now - found.looked_at > _SILENT
    if waits > _SILENT and silent:
        mend = "start the service (`gunicorn wsgi:app`), or a worker (`flask worker`)"
        yield Finding("workers", Level.FAIL, "nobody sends what is due", mend)
    else:
        seen = "never" if found.looked_at is None else f"{found.looked_at:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding("workers", Level.OK, f"last looked at the outbox: {seen}")
    level = Level.WARN if waits > _LATE else Level.OK
    mend = "" if level is Level.OK else "is the rate too low, or Vonage slow? docs/operations.md"
    minutes = f"{waits.total_seconds() / 60:.0f} min"
    yield Finding("backlog", level, f"{found.waiting} wait, the longest due for {minutes}", mend)
    if found.in_doubt:
        mend = "docs/operations.md, Messages in doubt"
        yield Finding("doubts", Level.WARN, f"{found.in_doubt} in doubt", mend)
