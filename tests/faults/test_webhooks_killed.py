"""The service is killed while an endpoint thinks about its answer: it hears of everything."""

import threading
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.storage.database import connect
from tests.support.faults import ONE_WORKER, Databases
from tests.support.processes import World, wait_for
from tests.support.receivers import receiver

PEOPLE = [f"+1415556{place:04}" for place in range(12)]
ALLOWED = {"WEBHOOKS_ALLOW_PRIVATE": "127.0.0.0/8"}


def test_what_was_being_told_when_it_was_killed_is_told_again_under_the_same_id(
    databases: Databases, tmp_path: Path
) -> None:
    with databases.worlds(tmp_path, **ALLOWED, **ONE_WORKER) as worlds:
        worlds.each(kill_in_the_middle)


def kill_in_the_middle(world: World) -> None:
    release = threading.Event()
    with receiver() as here:
        here.before = lambda: release.wait(30)
        body = {"url": here.url, "events": ["reply.received"]}
        made = world.post("/api/webhook-endpoints", body).json()
        for number in PEOPLE:
            world.phone_says(number, f"Hello from {number}")
        wait_for(lambda: len(deliveries(world, made)) == len(PEOPLE), 20)
        wait_for(lambda: len(here.calls) == 4, 20)  # as many as one endpoint is told at once
        world.service.kill()
        told = {call.id for call in here.calls}

        here.before = lambda: None
        release.set()
        world.restart()
        wait_for(lambda: len({call.id for call in here.calls}) == len(PEOPLE), 30)
        a_minute_later(world)
        wait_for(lambda: statuses(world, made) == {"delivered"}, 30)

        ids = [call.id for call in here.calls]
        assert {id_ for id_ in ids if ids.count(id_) == 2} == told
        assert sorted(call.told["data"]["from"] for call in here.calls if call.id not in told) == (
            sorted(set(PEOPLE) - {call.told["data"]["from"] for call in here.calls[:4]})
        )
        assert all(call.is_signed_by(made["secret"]) for call in here.calls)


def deliveries(world: World, made: dict[str, Any]) -> list[dict[str, Any]]:
    path = f"/api/webhook-endpoints/{made['id']}/deliveries"
    found: list[dict[str, Any]] = world.get(path)["deliveries"]
    return found


def statuses(world: World, made: dict[str, Any]) -> set[str]:
    return {each["status"] for each in deliveries(world, made)}


def a_minute_later(world: World) -> None:
    """For so long nobody else tries what the dead process had begun."""
    database = connect(world.environ["DATABASE_URL"])
    with database.writing() as session:
        session.execute(
            text("UPDATE hook_deliveries SET due_at = '1970-01-01' WHERE status = 'waiting'")
        )
    database.close()
