"""Jobs are reminders: twice, late or never, they neither double a message nor lose one."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from app.bootstrap import House
from app.domain.errors import FixInput
from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.sending.engine import DISPATCH
from app.services.clock import Clock
from app.services.wake_ups import WakeUps
from tests.support.builders import numbers, order
from tests.support.fakes import SettableClock
from tests.support.machines import Machines, execute
from tests.support.site import eventually
from tests.unit.test_meters import value


def sent_to(machines: Machines) -> list[str]:
    return sorted(str(message.to) for message in machines.gateway.sent)


def left_in_doubt(worker: House) -> float | None:
    """As Prometheus reads it."""
    return value(worker.meters.page([]).decode(), "carillon_messages_left_in_doubt_total")


def test_a_campaign_and_its_wake_up_commit_together(machines: Machines) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)

    machines.web.services.campaigns.launch(order(2, scheduled_at=later))

    # The one that looks now may make more of it; the one for the day stands beside the campaign.
    assert (DISPATCH, later) in machines.jobs()


def test_what_is_rolled_back_takes_its_wake_up_along(machines: Machines) -> None:
    with machines.web.database.writing() as session:
        machines.web.runner.schedule(session, datetime.now(UTC))
        session.rollback()

    with pytest.raises(FixInput):
        machines.web.services.campaigns.launch(order(2, "Hi {{ nme }}"))

    assert machines.jobs() == []


def test_many_wake_ups_are_one_job(machines: Machines) -> None:
    for _ in range(5):
        machines.web.runner.wake()
    machines.web.runner.wake("imports")

    assert machines.jobs() == [(DISPATCH, None), ("imports", None)]


def test_a_wake_up_while_the_database_is_away_is_no_error(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    execute(machines.web.database, "ALTER TABLE procrastinate_jobs RENAME TO away")
    try:
        machines.web.runner.wake()
    finally:
        execute(machines.web.database, "ALTER TABLE away RENAME TO procrastinate_jobs")

    assert "wake_up_lost" in caplog.messages


def test_jobs_twice_late_and_never_text_everybody_once(machines: Machines) -> None:
    everybody = numbers(60)
    with machines.worker() as one, machines.worker() as two:
        for start in range(0, 60, 20):
            machines.web.services.campaigns.launch(order(everybody[start : start + 20]))
            with machines.web.database.writing() as session:  # twice, and late
                for wait in (0, 0, 1):
                    at = datetime.now(UTC) + timedelta(seconds=wait)
                    machines.web.runner.schedule(session, at)
            # never: whatever nobody has begun with is gone
            execute(machines.web.database, "DELETE FROM procrastinate_jobs WHERE status = 'todo'")
        eventually(lambda: len(machines.gateway.sent) >= 60, 20)
        assert one.runner.alive()
        assert two.runner.alive()

    assert sent_to(machines) == sorted(everybody)


def test_a_worker_does_the_chores_of_all(machines: Machines) -> None:
    with machines.worker() as worker:
        eventually(worker.runner.alive)
        machines.web.services.campaigns.launch(order(1))
        eventually(lambda: machines.stored(MessageStatus.ACCEPTED) == 1, 20)
        execute(
            machines.web.database,
            "UPDATE messages SET status = 'sending', lease_until = now() - interval '1 minute'",
        )
        machines.web.runner.wake("sweep")  # long before its own dispatcher looks again
        eventually(lambda: machines.stored(MessageStatus.IN_DOUBT) == 1, 10)
        eventually(lambda: left_in_doubt(worker) == 1)

    assert len(machines.gateway.sent) == 1


def test_wake_ups_are_made_anew_from_what_waits(machines: Machines) -> None:
    clock = SettableClock(datetime.now(UTC).replace(microsecond=0))
    soon, later = clock() + timedelta(seconds=15), clock() + timedelta(hours=1)
    wake_ups = WakeUps(machines.web.database, machines.web.runner, Clock(clock))
    idle = wake_ups.rebuild()
    for at in (None, soon, later):
        machines.web.services.campaigns.launch(order(1, scheduled_at=at))
    execute(machines.web.database, "DELETE FROM procrastinate_jobs")

    assert idle == 0
    assert wake_ups.rebuild() == 2
    assert machines.jobs() == [(DISPATCH, clock()), (DISPATCH, soon)]


def test_dead_workers_are_noticed_and_their_jobs_taken_away(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    execute(
        machines.web.database,
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')",
    )
    execute(
        machines.web.database,
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)"
        " SELECT 'carillon', 'retention', 'doing', id FROM procrastinate_workers",
    )

    with caplog.at_level(logging.WARNING), machines.worker():
        machines.web.runner.wake("workers")
        eventually(lambda: "job_of_dead_worker" in caplog.messages, 20)

    assert "retention" not in [name for name, _ in machines.jobs()]


def test_a_paused_campaign_stays_paused_whoever_is_woken(machines: Machines) -> None:
    later = datetime.now(UTC) + timedelta(days=1)
    launched = machines.web.services.campaigns.launch(order(3, scheduled_at=later))
    with machines.worker():
        machines.web.runner.wake()
        eventually(lambda: DISPATCH not in [name for name, at in machines.jobs() if not at], 20)

    found = machines.web.services.campaigns.find(launched.state.campaign.id)
    assert found.campaign.status is CampaignStatus.SCHEDULED
    assert machines.gateway.sent == []
