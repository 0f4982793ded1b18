"""The service is killed in the middle of its work, again and again."""

from pathlib import Path

from sqlalchemy import text

from app.storage.database import connect
from tests.support.faults import ONE_WORKER, Databases, assert_truth, chance, scaled
from tests.support.processes import World, wait_for

RECIPIENTS, KILLS = scaled((500, 2), (10_000, 20))


def test_a_killed_service_texts_nobody_twice_and_explains_everybody(
    databases: Databases, tmp_path: Path
) -> None:
    moments = chance("kills").sample(range(RECIPIENTS // 20, RECIPIENTS * 19 // 20), KILLS)
    with databases.worlds(tmp_path, SEND_TIMEOUT="1", **ONE_WORKER) as worlds:
        worlds.each(lambda world: kill_at(world, sorted(moments)))


def kill_at(world: World, moments: list[int]) -> None:
    """Kill the service whenever so many messages were accepted, and judge at the end."""
    numbers = [f"+1555740{place:04}" for place in range(RECIPIENTS)]  # one receipt each
    campaign_id = world.send(numbers)
    lost: set[str] = set()
    for moment in moments:
        wait_for(lambda: world.ledger("/summary")["accepted"] >= moment, 60)  # noqa: B023 (called at once)
        world.service.kill()
        left = being_sent(world)
        assert len(left - lost) <= 2 * int(world.environ["SEND_AT_ONCE"])
        lost |= left
        world.restart()

    world.wait_until_finished(campaign_id, 120)
    # Receipts settle what was accepted and never recorded: only what never left stays in doubt.
    # One that met the dead service many times is repeated after minutes.
    wait_for(lambda: not world.ledger("/summary")["webhooks"]["pending"], scaled(60, 900))
    accepted = world.ledger("/summary")["accepted"]
    wait_for(lambda: world.counts(campaign_id).get("submitted") == accepted, 60)
    assert world.counts(campaign_id).get("in_doubt", 0) == RECIPIENTS - accepted
    assert_truth(world, campaign_id, numbers)


def being_sent(world: World) -> set[str]:
    """The ids of the messages that a dead service has left."""
    database = connect(world.environ["DATABASE_URL"])
    with database.reading() as session:
        found = session.scalars(text("SELECT id FROM messages WHERE status = 'sending'")).all()
    database.close()
    return set(map(str, found))
