"""STOP in the middle of a campaign at full speed: after its acknowledgement nothing leaves."""

import time
from typing import Any

import requests

from tests.support.faults import Worlds, chance, people, scaled
from tests.support.processes import World, wait_for
from tests.support.webhooks import as_bytes, inbound, signed

SOON = 8  # places around what is claimed next: being sent, or about to be


def test_no_request_leaves_after_a_stop_was_acknowledged(worlds: Worlds) -> None:
    first, count = 1_000, scaled(250, 2_500)
    # Without receipts, which only cost time here.
    numbers = [f"+1555750{place:04}" for place in range(first, first + count)]

    def run(world: World) -> None:
        world.conditions(latency_ms=200)
        # So many opt-outs would rightly pull the brake.
        terms: dict[str, Any] = {"from": "+15550002006", "brake": False}
        campaign_id = world.send(numbers, **terms)
        wait_for(lambda: world.ledger("/summary")["requests"] > 10, 20)
        acknowledged = stop_those_in_turn(world, campaign_id, numbers)

        world.wait_until_finished(campaign_id, 60)
        numbered = world.ledger()["numbers"]
        for number, at in acknowledged.items():
            entry = numbered.get(number[1:], {"arrival_times": [], "last_text": None})
            late = [each for each in entry["arrival_times"] if each > at]
            # The one text that may follow is the confirmation of the opt-out.
            assert len(late) <= 1, (number, at, entry)
            assert not late or "unsubscribed" in entry["last_text"], (number, at, entry)
        # How many of them were still waiting is a matter of chance.
        assert acknowledged
        assert world.counts(campaign_id).get("skipped", 0) <= len(acknowledged)

    worlds.each(run)


def test_a_stop_ends_what_waits_for_a_number_everywhere(worlds: Worlds) -> None:
    numbers = people("06", 150)
    last = numbers[-1]

    def run(world: World) -> None:
        terms = {"from": "+15550002010"}
        campaigns = [world.send(numbers, text, **terms) for text in ("One", "Two")]

        world.phone_says(last, "Stop, please!")

        for campaign_id in campaigns:
            world.wait_until_finished(campaign_id, 30)
            assert world.counts(campaign_id)["skipped"] == 1
        wait_for(lambda: world.ledger(f"/{last[1:]}")["accepted"] == 1, 10)
        assert "unsubscribed" in world.ledger(f"/{last[1:]}")["last_text"]

    worlds.each(run)


def stop_those_in_turn(world: World, campaign_id: str, numbers: list[str]) -> dict[str, float]:
    """Text STOP from those whose turn it is about now; when each was acknowledged."""
    near = chance("stop")
    acknowledged: dict[str, float] = {}
    while queued := world.counts(campaign_id).get("queued", 0):
        place = len(numbers) - queued + near.randrange(-SOON, SOON)
        if 0 <= place < len(numbers) and numbers[place] not in acknowledged:
            acknowledged[numbers[place]] = stop(world, numbers[place])
    return acknowledged


def stop(world: World, number: str) -> float:
    """Text STOP; when that was acknowledged."""
    body = inbound("STOP", number)
    url = f"{world.url}/webhooks/inbound"
    answer = requests.post(url, data=as_bytes(body), headers=signed(body), timeout=30)
    assert answer.status_code == 200
    return time.time()
