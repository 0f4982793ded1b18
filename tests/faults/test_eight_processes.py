"""Eight processes empty one outbox: nobody gets two texts, and one pace holds for all."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.support.faults import (
    ONE_WORKER,
    Databases,
    assert_truth,
    most_in_a_second,
    scaled,
)
from tests.support.processes import Process, World, wait_for

RECIPIENTS = scaled(600, 10_000)
RATE = 100  # of each of two senders
STALL = 0.25  # seconds: what a busy machine holds back arrives with what comes after it


def test_eight_processes_text_nobody_twice_and_keep_one_pace(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.worlds(
        tmp_path,
        SEND_AT_ONCE="8",
        SEND_RATE=str(RATE),
        SEND_TIMEOUT="10",
        **ONE_WORKER,
    ) as worlds:
        worlds.each(lambda world: send_with_eight(world, tmp_path))


def send_with_eight(world: World, folder: Path) -> None:
    everybody = [f"+1555750{place:04}" for place in range(RECIPIENTS)]  # no receipts: only sending
    parts = [everybody[::2], everybody[1::2]]
    with seven_more(world, folder):
        campaigns = [
            world.send(numbers, **{"from": f"+1555000300{place}"})
            for place, numbers in enumerate(parts)
        ]
        for campaign_id in campaigns:
            world.wait_until_finished(campaign_id, 60 + RECIPIENTS / 20)
    for campaign_id, numbers in zip(campaigns, parts, strict=True):
        assert world.counts(campaign_id) == {"accepted": len(numbers)}
        assert_truth(world, campaign_id, numbers)
        assert pace_of(world, numbers) <= RATE * (1 + STALL)
    assert most_in_a_second(world.ledger("/arrivals")) <= 2 * RATE * (1 + STALL)
    assert world.ledger("/summary")["accepted"] == RECIPIENTS


def pace_of(world: World, numbers: list[str]) -> int:
    """The most messages to these that the simulator accepted in any window of one second."""
    entries = world.ledger()["numbers"]
    times = [entries[number[1:]]["acceptance_times"][0] for number in numbers]
    most = most_in_a_second(times)
    print(f"{most} messages in the fullest second, of {RATE}")  # noqa: T201 (shown on failure)
    return most


@contextlib.contextmanager
def seven_more(world: World, folder: Path) -> Iterator[None]:
    """Dispatchers beside the one of the service."""
    log = folder / f"dispatchers-{world.port}.log"
    more = Process(["tests.support.dispatchers", "7"], world.environ, log)
    try:
        wait_for(lambda: len(more.pids()) == 8, 30)
        yield
    finally:
        more.stop()
    assert "Traceback" not in more.output()
