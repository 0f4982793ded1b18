"""Receipts in every order, doubled, early and a day late: the furthest counts."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import requests

from tests.support.faults import Worlds
from tests.support.processes import World, wait_for
from tests.support.webhooks import Body, as_bytes, receipt, signed

FOUR = ("submitted", "undeliverable", "rejected", "delivered")
DAY = timedelta(hours=24)


def tell(world: World, body: Body, **claims: Any) -> None:
    """Post a receipt as Vonage would; it must be acknowledged."""
    url = f"{world.url}/webhooks/status"
    answer = requests.post(url, data=as_bytes(body), headers=signed(body, **claims), timeout=30)
    assert answer.status_code == 200, answer.text


def launch(world: World, first: int, count: int, sender: str) -> list[dict[str, Any]]:
    """Messages that were accepted, and of which the simulator tells nothing more."""
    numbers = [f"+1555750{place:04}" for place in range(first, first + count)]
    campaign_id = world.send(numbers, **{"from": sender})
    wait_for(lambda: world.counts(campaign_id) == {"accepted": count}, 30)
    return world.messages(campaign_id)


def statuses(world: World, messages: Iterable[dict[str, Any]]) -> set[str]:
    return {world.get(f"/api/messages/{each['id']}")["status"] for each in messages}


def test_four_receipts_in_any_order_and_doubled_come_to_the_same(worlds: Worlds) -> None:
    def run(world: World) -> None:
        messages = launch(world, 0, 24, "+15550002007")
        for message, order in zip(messages, permutations(FOUR), strict=True):
            for status in (*order, *reversed(order)):
                tell(world, receipt(message, status, minute=FOUR.index(status)))
        assert statuses(world, messages) == {"delivered"}

    worlds.each(run)


def test_a_receipt_that_comes_a_day_late_still_counts(worlds: Worlds) -> None:
    def run(world: World) -> None:
        (message,) = messages = launch(world, 100, 1, "+15550002008")
        tell(world, receipt(message, "submitted"))
        late = (datetime.now(UTC) + DAY).isoformat(timespec="milliseconds")
        tell(world, receipt(message, "delivered", timestamp=late), iat=time.time() - 86_400)
        assert statuses(world, messages) == {"delivered"}

    worlds.each(run)


def test_receipts_that_come_before_the_answer_count(worlds: Worlds) -> None:
    def run(world: World) -> None:
        world.conditions(latency_ms=1_000)
        numbers = [f"+1555750{place:04}" for place in range(200, 208)]
        campaign_id = world.send(numbers, **{"from": "+15550002009"})
        wait_for(lambda: world.counts(campaign_id) == {"sending": len(numbers)}, 20)
        messages = world.messages(campaign_id)
        for place, message in enumerate(messages):
            early = receipt(message, "delivered", message_uuid=f"early-{place}-{message['id'][:8]}")
            tell(world, early)
        assert statuses(world, messages) == {"delivered"}
        world.wait_until_finished(campaign_id, 20)
        wait_for(lambda: all(uuids(world, campaign_id)), 20)
        assert statuses(world, messages) == {"delivered"}

    worlds.each(run)


def uuids(world: World, campaign_id: str) -> list[str | None]:
    return [message["message_uuid"] for message in world.messages(campaign_id)]
