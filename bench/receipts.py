"""What a message costs from the order to its last receipt: CPU of each part, bytes that stay."""

import os
from pathlib import Path

from sqlalchemy import text

from app.storage.database import Database
from bench import load
from bench.service import running
from bench.webhooks import calls, sent

_TICKS = os.sysconf("SC_CLK_TCK")
_KEPT = ("messages", "attempts", "webhook_events")
_CONNECTIONS = 16
_LONGEST = 600.0  # seconds
_WORKER = {"RUNNER": "procrastinate", "WEB_DISPATCH": "off", "SEND_AT_ONCE": "64"}


def measure(url: str, database: Database, messages: int) -> None:
    """Send a campaign through one worker, then call with two receipts for each message."""
    with running(0.05, url, WEB_CONCURRENCY="1", QUIET_HOURS="off", **_WORKER) as service:
        service.add_workers(1)
        before = cpu_of(database)
        known = sent(service, messages)
        sending = cpu_of(database) - before
        prepared = calls(known)
        ours, before = service.cpu(), cpu_of(database)
        came = load.run(service.port, _CONNECTIONS, prepared, _LONGEST)
        ours, receiving = service.cpu() - ours, cpu_of(database) - before
    each = 1_000 / messages
    print(
        f"receipts: {came.rate:,.0f} a second, {ours / len(came.waits) * 1_000:.2f} s CPU of the"
        f" web process per 1,000; PostgreSQL per 1,000 messages: {sending * each:.2f} s for sending"
        f" them, {receiving * each:.2f} s for two receipts each;"
        f" load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    written, packed = _bytes(database), _bytes(database, "VACUUM FULL")
    print(
        f"a message that was delivered takes {written / messages:,.0f} bytes as it was written,"
        f" {packed / messages:,.0f} when what was overwritten is packed",
        flush=True,
    )


def cpu_of(database: Database) -> float:
    """CPU seconds of the server so far, with all that it ever started; it must run here."""
    with database.reading() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        postmaster = int(_fields(pid)[1])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        # Its own and of those that ended (13 to 16, by `man proc`), and of those that live.
        used = sum(map(int, _fields(postmaster)[11:15]))
        used += sum(sum(map(int, _fields(int(each))[11:13])) for each in children)
    return used / _TICKS


def _fields(pid: int) -> list[str]:
    """What /proc says, from the state on: the name before it may hold spaces."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # it ended a moment ago
        return ["0"] * 15


def _bytes(database: Database, after: str = "ANALYZE") -> float:
    """Of tables and indexes, after such a statement on each table."""
    connecting = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    with connecting as connection:
        size = 0
        for table in _KEPT:
            connection.execute(text(f"{after} {table}"))
            asking = text(f"SELECT pg_total_relation_size('{table}')")
            size += connection.execute(asking).scalar_one()
    return float(size)
