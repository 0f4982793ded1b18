"""STOP in the middle of a campaign at full speed: after its acknowledgement nothing leaves."""

import time

import requests

from tests.support.faults import Worlds, chance, scaled
from tests.support.processes import World, wait_for
from tests.support.webhooks import as_bytes, inbound, signed


def test_no_request_leaves_after_a_stop_was_acknowledged(worlds: Worlds) -> None:
    first, count, leaving = scaled((1_000, 150, 25), (1_000, 1_000, 150))
    # Without receipts, which only cost time here.
    numbers = [f"+1555750{place:04}" for place in range(first, first + count)]
    stopping = chance("stop").sample(numbers, leaving)

    def run(world: World) -> None:
        world.conditions(latency_ms=200)
        sender = {"from": "+15550002006"}
        campaigns = [world.send(numbers, text, **sender) for text in ("One", "Two")]
        wait_for(lambda: world.ledger("/summary")["requests"] > count // 10, 20)
        acknowledged = {number: stop(world, number) for number in stopping}

        for campaign_id in campaigns:
            world.wait_until_finished(campaign_id, 60 + count / 10)
        numbered = world.ledger()["numbers"]
        for number, at in acknowledged.items():
            entry = numbered.get(number[1:], {"arrival_times": [], "last_text": None})
            late = [each for each in entry["arrival_times"] if each > at]
            # The one text that may follow is the confirmation of the opt-out.
            assert len(late) <= 1, (number, at, entry)
            assert not late or "unsubscribed" in entry["last_text"], (number, at, entry)
        for campaign_id in campaigns:
            skipped = world.counts(campaign_id).get("skipped", 0)
            assert skipped <= len(stopping)
        assert world.counts(campaigns[1])["skipped"] > 0

    worlds.each(run)


def stop(world: World, number: str) -> float:
    """Text STOP; when that was acknowledged."""
    body = inbound("STOP", number)
    url = f"{world.url}/webhooks/inbound"
    answer = requests.post(url, data=as_bytes(body), headers=signed(body), timeout=30)
    assert answer.status_code == 200
    return time.time()
