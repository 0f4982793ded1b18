"""Who does the work of a process: its threads, and the runner in front of them."""

from collections.abc import Sequence
from datetime import timedelta

from app.meters import Meters
from app.sending.chores import Chore
from app.sending.dispatcher import IN_HAND, SWEEP_EVERY, Dispatcher
from app.sending.loops import Loop
from app.sending.observed import Observed
from app.sending.ports import Gateway, Outbox, Runner
from app.sending.runners import Crew, ThreadRunner
from app.services.clock import Clock
from app.services.hook_work import HookRetention, HookWork
from app.services.import_work import ImportWork
from app.services.retention import Retention
from app.services.wake_ups import EVERY, WakeUps
from app.settings import InvalidSettings, Settings
from app.storage import engine_schema
from app.storage.database import Connections, Database, driver_of
from app.storage.outbox import SqlOutbox

CONNECT_TIMEOUT = 5.0  # seconds
_HOUR = 3600  # seconds
_IMPORTS_EVERY = 5  # seconds: for what other processes left behind
_SWEEP_EVERY = 5  # seconds: how late a doubt is seen where the engine looks for all processes
_SWEEP_BESIDE = 15.0  # seconds: where it does, each process looks all the same, should it fail
_LEASE_MARGIN = 5.0  # seconds beyond the longest attempts, for the record of their outcomes

IMPORTS = "imports"
WEBHOOKS = "webhooks"


def chores(
    import_work: ImportWork,
    retention: Retention,
    hook_work: HookWork,
    hook_retention: HookRetention,
) -> list[Chore]:
    """What is done beside sending, whoever does it."""
    found = [
        Chore(IMPORTS, import_work.go_on, _IMPORTS_EVERY),
        Chore("uploads", lambda _: import_work.forget_unused(), _HOUR),
        Chore(WEBHOOKS, hook_work.go_on, hook_work.every),
        Chore("webhook_retention", lambda _: hook_retention.apply(), _HOUR),
    ]
    if retention.periods.is_any:
        found.append(Chore("retention", lambda _: retention.apply(), _HOUR))
    return found


def runners(
    settings: Settings,
    database: Database,
    gateway: Gateway,
    clock: Clock,
    some: Sequence[Chore],
    meters: Meters,
) -> tuple[Crew, Runner]:
    """The crew of this process and the runner that the setting names.

    Raises InvalidSettings when what it needs is not installed.
    """
    dispatch = _dispatch(settings, _outbox(settings, database, clock, meters), gateway, clock)
    if settings.runner == "procrastinate":
        # Its own: the dispatcher's belongs to one thread.
        sweeping = _outbox(settings, database, clock, meters)
        sweep = Chore("sweep", lambda _: sweeping.sweep(clock.now()), _SWEEP_EVERY)
        return _engine(settings, database, dispatch, [*some, sweep], clock)
    crew = Crew(dispatch, some, is_resting=settings.web_dispatch == "off")
    return crew, ThreadRunner(crew)


def _dispatch(settings: Settings, outbox: Outbox, gateway: Gateway, clock: Clock) -> Loop:
    sweep_every = SWEEP_EVERY if settings.runner == "threads" else _SWEEP_BESIDE
    at_once = settings.send_at_once
    return Loop("dispatcher", lambda: Dispatcher(outbox, gateway, at_once, clock.now, sweep_every))


def _outbox(settings: Settings, database: Database, clock: Clock, meters: Meters) -> Outbox:
    outbox = SqlOutbox(
        database,
        settings.send_rate,
        _lease(settings),
        clock.entropy,
        settings.spend_cap_day,
        tell_opt_outs=lambda count: meters.opted_out("carrier", count),
    )
    return Observed(outbox, meters)


def _engine(
    settings: Settings, database: Database, dispatch: Loop, some: Sequence[Chore], clock: Clock
) -> tuple[Crew, Runner]:
    """The queue engine, which does the chores of all processes."""
    if not engine_schema.is_installed():
        raise InvalidSettings(
            "RUNNER: procrastinate needs the packages of requirements-scale.txt:"
            " pip install --require-hashes -r requirements-scale.txt"
        )
    from app.sending.engine import ProcrastinateRunner, Transactions  # noqa: PLC0415 (optional)

    crew = Crew(dispatch, is_resting=settings.web_dispatch == "off")
    all_chores = list(some)
    runner = ProcrastinateRunner(
        crew,
        all_chores,
        Transactions(database.writing, driver_of),
        connections(settings).for_driver(settings.database_url),
        settings.stop_timeout,
        listens=settings.database_pooler == "off",
    )
    wake_ups = WakeUps(database, runner, clock)
    all_chores.append(Chore("wake_ups", lambda _: wake_ups.rebuild(), EVERY))
    return crew, runner


def connections(settings: Settings) -> Connections:
    return Connections(
        settings.database_pool,
        settings.database_pool_more,
        pooled=settings.database_pooler == "transaction",
    )


def _lease(settings: Settings) -> timedelta:
    """A message may wait behind one that no answer comes to; each may wait to be connected too."""
    longest = 2 * CONNECT_TIMEOUT + settings.send_timeout
    return timedelta(seconds=IN_HAND * longest + _LEASE_MARGIN)
