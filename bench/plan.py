"""What it takes to send so many messages a day: arithmetic first, then a day minute by minute.

    python -m bench.plan

MEASURED are the constants that `make bench-scale` gave (docs/scaling.md says on what machine, and
when); ASSUMED are those that depend on the carrier, on people and on what an operator wants.
docs/scaling.md keeps the table.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# MEASURED
SEND_CPU = 0.0006  # seconds: claim, request, record; 0.37 to 0.62 ms by how busy the machine was
WEBHOOK_CPU = 0.001  # seconds of a web process for one receipt, PostgreSQL apart
DATABASE_CPU = 0.0005  # seconds of PostgreSQL for a message: 0.19 ms sending, 0.31 two receipts
ROW = 2_530  # bytes of a message with attempt, receipts and indexes, packed; 3,700 as it is written
RECEIPTS = 2  # webhooks for each message: submitted, and its end

# ASSUMED
OPEN_HOURS = 11  # 9:00 to 20:00 where people live
ZONES = 4  # hours between the first window that opens and the last, as in the contiguous US
PEAK = 1.5  # the fullest hour of the day against the mean of the open ones
LATENCY = 0.15  # seconds of an answer of Vonage's, over the internet
USED = 0.6  # of a core, so that a host may fail
THREADS = 64  # of a worker
DATABASE_CORES = 4  # of one PostgreSQL
UPKEEP = 0.5  # of its CPU, for vacuum, backup, archive and people's questions
ACCOUNT = 30  # messages a second of an account, unless more is arranged: Vonage's default
SHARD = 25_000_000  # messages a day that one installation is planned for

CLAIMS = DATABASE_CORES * USED * UPKEEP / DATABASE_CPU  # messages a second through one PostgreSQL
_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What so many messages a day need."""

    a_day: int
    peak: float  # messages a second
    accounts: int  # at the usual limit, or one with as many times its rate arranged
    workers: int  # processes, each on a core of its own
    webs: int  # the same, for receipts
    databases: int  # installations that share nothing
    gigabytes: float  # a day, before anything is archived
    wait: float  # minutes that a message waits at most, by the simulated day


def plan(a_day: int) -> Plan:
    """The arithmetic: rate by the open hours, processes by CPU and by threads."""
    peak = a_day / (OPEN_HOURS * 3600) * PEAK
    by_cpu = peak * SEND_CPU / USED
    by_threads = peak * LATENCY / THREADS
    workers = math.ceil(max(by_cpu, by_threads))
    databases = max(math.ceil(a_day / SHARD), math.ceil(peak / CLAIMS))
    return Plan(
        a_day=a_day,
        peak=peak,
        accounts=math.ceil(peak / ACCOUNT),
        workers=workers,
        webs=math.ceil(peak * RECEIPTS * WEBHOOK_CPU / USED),
        databases=databases,
        gigabytes=a_day * ROW / 1e9,
        wait=simulated(a_day, min(peak, workers * THREADS / LATENCY, databases * CLAIMS)),
    )


def simulated(a_day: int, rate: float) -> float:
    """Minutes that the last in the longest queue of the day waits, at so many messages a second."""
    waiting = longest = 0.0
    for due in _due(a_day):
        waiting = max(0.0, waiting + due - rate * 60)
        longest = max(longest, waiting / (rate * 60))
    return longest


def _due(a_day: int) -> Iterator[float]:
    """Messages that become due each minute: a third as a window opens, the rest evenly in it."""
    window = OPEN_HOURS * 60
    for minute in range(_MINUTES):
        of_zones = 0.0
        for zone in range(ZONES):
            since = minute - zone * 60
            if 0 <= since < window:
                of_zones += (2 / 3) / window + (1 / 3 if since == 0 else 0)
        yield a_day / ZONES * of_zones


SIZES = (100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000)


def table(sizes: Sequence[int] = SIZES) -> str:
    """The plans as docs/scaling.md shows them."""
    names = ["a day", "peak/s", "accounts of 30/s", "worker cores", "web cores", "PostgreSQL"]
    names += ["GB a day", "longest wait"]
    rows = [names, ["---"] * len(names), *map(_row, map(plan, sizes))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(each: Plan) -> list[str]:
    counts = (each.accounts, each.workers, each.webs, each.databases)
    told = [f"{each.a_day:,}", f"{each.peak:,.0f}", *(f"{count:,}" for count in counts)]
    return [*told, f"{each.gigabytes:,.1f}", f"{each.wait:.0f} min"]


if __name__ == "__main__":
    print(table())
