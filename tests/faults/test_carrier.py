"""The carrier misbehaves in every way; whatever it does, the service tells what came of it."""

from itertools import product

from tests.support.faults import Worlds, assert_truth, people, scaled
from tests.support.processes import World, wait_for

LOST_ANSWERS = ("610", "620", "630", "640", "650", "660", "670")
"""Accepted, and then silence, FIN, RST, no JSON, half of it, no uuid, or no HTTP at all."""

MEMORY = 60.0  # megabytes that a service may grow by in a storm, stacks and caches included
WEB_THREADS = 16 + 8  # of gunicorn, and the few beside them
SENDING_THREADS = 1 + 16  # one for up to 64 messages on their way, and those that connect


def test_lost_answers_are_settled_by_receipts_and_never_sent_again(worlds: Worlds) -> None:
    heard = [f"+1555{kind}{place:04}" for kind, place in product(LOST_ANSWERS, range(4))]
    unheard = [f"+1555{kind[:2]}1{place:04}" for kind, place in product(LOST_ANSWERS, range(4))]
    closed = [f"+1555600{place:04}" for place in range(4)]

    def run(world: World) -> None:
        campaign_id = world.send(heard + unheard + closed, **{"from": "+15550002001"})
        wanted = {"delivered": len(heard), "in_doubt": len(unheard + closed)}
        wait_for(lambda: world.counts(campaign_id) == wanted, 30)
        assert_truth(world, campaign_id, heard + unheard + closed)
        assert world.ledger("/summary")["accepted"] == len(heard + unheard)

    worlds.each(run)


def test_answers_that_come_after_the_time_out_are_settled_by_receipts(worlds: Worlds) -> None:
    numbers = people("02", 30)

    def run(world: World) -> None:
        world.conditions(latency_ms=2_500, submitted_ms=1_000, final_ms=2_000)
        campaign_id = world.send(numbers, **{"from": "+15550002002"})
        wait_for(lambda: world.counts(campaign_id) == {"delivered": len(numbers)}, 30)
        assert_truth(world, campaign_id, numbers)

    worlds.each(run)


def test_a_storm_of_429_and_a_carrier_that_is_down_lose_nothing(worlds: Worlds) -> None:
    first, numbers = people("03", 5), people("13", 60)
    seconds = scaled(4, 30)

    def run(world: World) -> None:
        campaign_id = world.send(first, **{"from": "+15550002003"})
        world.wait_until_finished(campaign_id, 20)
        before = world.service.megabytes()
        world.conditions(outage=seconds + 60, outage_as="428")
        storm = world.send(numbers, **{"from": "+15550002003"})
        wait_for(lambda: world.ledger("/summary")["refused"].get("429", 0) >= seconds, 90)
        earlier = world.ledger()
        assert_bounded(world, before)
        # Nothing is accepted until here, so the judge forgets nothing of it when it goes down.
        world.simulator.stop()
        wait_for(lambda: world.counts(storm) == {"queued": len(numbers)}, 30)
        wait_for(lambda: is_unreachable(world, storm), 30)
        assert_bounded(world, before)
        world.simulator = world.start_simulator()
        world.simulator.wait_until_answering(f"{world.simulator_url}/health")

        wait_for(lambda: world.counts(storm) == {"delivered": len(numbers)}, 90)
        assert_truth(world, campaign_id, first, earlier)
        assert_truth(world, storm, numbers)
        messages = world.messages(storm)
        assert max(message["attempts"] for message in messages) < 100

    worlds.each(run)


def is_unreachable(world: World, campaign_id: str) -> bool:
    """Have attempts ended without a connection since the carrier went down?"""
    reasons = [message["reason"] or "" for message in world.messages(campaign_id)]
    return any("not reached" in reason for reason in reasons)


def test_500s_leave_in_doubt_what_met_them_and_nothing_else(worlds: Worlds) -> None:
    seconds = scaled(3, 30)
    numbers = people("04", 100 * (seconds + 1))

    def run(world: World) -> None:
        world.conditions(outage=seconds, outage_as="500")
        campaign_id = world.send(numbers, **{"from": "+15550002004"})
        world.wait_until_finished(campaign_id, 60 + seconds * 3)
        refused = world.ledger("/summary")["refused"]["500"]
        wanted = {"in_doubt": refused, "delivered": len(numbers) - refused}
        wait_for(lambda: world.counts(campaign_id) == wanted, 30)
        assert_truth(world, campaign_id, numbers)

    worlds.each(run)


def test_slow_answers_take_no_more_threads_or_memory_than_there_are(worlds: Worlds) -> None:
    numbers = people("05", scaled(96, 960))

    def run(world: World) -> None:
        before = world.service.megabytes()
        # With 32 at once that is 32 messages a second and not 100; receipts come afterwards.
        world.conditions(latency_ms=1_000, submitted_ms=2_000, final_ms=2_500)
        campaign_id = world.send(numbers, **{"from": "+15550002005"})
        wait_for(lambda: world.counts(campaign_id).get("sending", 0) >= 16, 20)
        assert_bounded(world, before)
        delivered = {"delivered": len(numbers)}
        wait_for(lambda: world.counts(campaign_id) == delivered, 30 + len(numbers))
        assert_truth(world, campaign_id, numbers)

    worlds.each(run)


def assert_bounded(world: World, before: float) -> None:
    """Threads and memory stay within what was configured."""
    assert world.service.threads() <= SENDING_THREADS + WEB_THREADS
    assert world.service.megabytes() - before <= MEMORY
