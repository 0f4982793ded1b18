"""A service that is stopped while it sends finishes what it has begun, and goes on later."""

from tests.support.faults import Worlds, assert_truth, people
from tests.support.processes import World, wait_for


def test_a_stopped_service_leaves_nothing_in_doubt(worlds: Worlds) -> None:
    numbers = people("07", 200)

    def run(world: World) -> None:
        world.conditions(latency_ms=200)
        campaign_id = world.send(numbers, **{"from": "+15550002011"})
        wait_for(lambda: world.ledger("/summary")["accepted"] >= 50, 30)

        assert world.service.stop() == 0
        assert world.ledger("/summary")["accepted"] < len(numbers)
        world.restart()

        assert "in_doubt" not in world.counts(campaign_id)
        world.wait_until_finished(campaign_id, 30)
        assert "in_doubt" not in world.counts(campaign_id)
        assert_truth(world, campaign_id, numbers)

    worlds.each(run)
