"""The runner for many machines: Procrastinate, whose jobs live in the same PostgreSQL.

A job is only a reminder. What is to be done stands in our own tables, so a job that is run twice,
late or never changes nothing but the moment; the chore `wake_ups` makes new ones.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import procrastinate
from procrastinate import exceptions, jobs
from psycopg import Error as PsycopgError

from app.domain.errors import TryAgain
from app.sending.chores import Chore
from app.sending.runners import Crew

_log = logging.getLogger(__name__)

DISPATCH = "dispatch"
_QUEUE = "carillon"
_AT_ONCE = 4  # jobs a worker: an import may take minutes, and the others must not wait for it
_CONNECTIONS = 4  # of a worker, for jobs; one more of them listens
_POLL = 1.0  # seconds between looks for jobs whose time has come
_BEAT = 5.0  # seconds: how often a worker says that it lives
_DEAD = 30.0  # seconds of silence after which it is dead
_WATCHED = 30  # seconds between looks for those
_AFTER_TROUBLE = 1.0  # seconds until a database that was away is asked again
_GLANCE = 0.1  # seconds between looks whether to stop


@dataclass(frozen=True, slots=True)
class Transactions:
    """What the engine needs to know of the storage, which it does not import."""

    begin: Callable[[], AbstractContextManager[object]]  # committed when the block ends
    driver_of: Callable[[object], Any]  # the psycopg connection below a transaction


class ProcrastinateRunner:
    """Jobs that workers on any machine take: to look at the outbox, and to do chores."""

    def __init__(
        self,
        crew: Crew,
        chores: Sequence[Chore],
        transactions: Transactions,
        connection: dict[str, Any],
        stop_timeout: float,
        *,
        listens: bool = True,
    ) -> None:
        self._crew = crew
        self._chores = chores
        self._transactions = transactions
        self._connection = connection
        self._stop_timeout = stop_timeout
        self._listens = listens
        # It is never opened: its jobs go in by transactions of ours.
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    def wake(self, chore: str | None = None) -> None:
        """Look here if this process dispatches, else let the next free worker look."""
        if chore is None and not self._crew.is_resting():
            self._crew.wake()
            return
        name = chore or DISPATCH
        try:
            with self._transactions.begin() as transaction:
                self._defer(transaction, name, queueing_lock=name)
        except exceptions.AlreadyEnqueued:
            pass  # somebody was reminded, and has not looked yet
        except (TryAgain, exceptions.ConnectorException) as error:
            _log.warning("wake_up_lost", extra={"chore": name, "reason": str(error)})

    def schedule(self, transaction: object, at: datetime) -> None:
        """A reminder that is committed, or rolled back, together with what it is about.

        Without a lock against doubles: the engine refuses those by an error, which would end the
        transaction.
        """
        self._defer(transaction, DISPATCH, schedule_at=at)

    def _defer(self, transaction: object, name: str, **options: Any) -> None:
        driver = self._transactions.driver_of(transaction)
        self._deferring.configure_task(name, queue=_QUEUE, connection=driver, **options).defer()

    def run_worker(self) -> None:
        """Dispatch, take jobs, look after other workers, until the crew is told to stop."""
        self._crew.start()
        while not self.is_stopping():
            try:
                asyncio.run(self._serve())
            except (exceptions.ConnectorException, PsycopgError) as error:
                _log.warning("engine_unavailable", extra={"reason": type(error).__name__})
            self._crew.stopping.wait(_AFTER_TROUBLE)

    async def _serve(self) -> None:
        """Take jobs until told to stop, or until the database goes away."""
        app = self.app()
        async with app.open_async():
            await self._until_told(app.run_worker_async(install_signal_handlers=False))

    async def _until_told(self, working: Coroutine[Any, Any, None]) -> None:
        """Work until this process is told to stop; raises what the engine raises."""
        worker = asyncio.create_task(working)
        # An event of threads cannot be awaited, and a thread that waits for it could not end.
        while not self.is_stopping() and not worker.done():  # noqa: ASYNC110 (said above)
            await asyncio.sleep(_GLANCE)
        worker.cancel()
        await asyncio.wait({worker})
        if not worker.cancelled() and (error := worker.exception()):
            raise error

    def command_line(self, begin: Callable[[], None]) -> procrastinate.App:
        """The same for the engine's own command line: its worker calls `begin`, dispatches too, and
        stops as ours does.

        The engine alone would wait for its jobs at SIGTERM, and claim all the while.
        """
        crew, until_told = self._crew, self._until_told

        class OfCommandLine(procrastinate.App):
            async def run_worker_async(self, **options: Any) -> None:
                loop = asyncio.get_running_loop()
                for number in (signal.SIGTERM, signal.SIGINT):
                    loop.add_signal_handler(number, crew.stop, 0)
                begin()
                crew.start()
                options["install_signal_handlers"] = False
                _log.info("worker_started", extra={"runner": "procrastinate"})
                await until_told(super().run_worker_async(**options))
                _log.info("worker_ended")

        return self.app(OfCommandLine)

    def app(self, kind: type[procrastinate.App] = procrastinate.App) -> procrastinate.App:
        """The engine with every job that a worker can do."""
        app = kind(
            connector=procrastinate.PsycopgConnector(
                min_size=1, max_size=_CONNECTIONS, **self._connection
            ),
            worker_defaults={
                "queues": [_QUEUE],
                "concurrency": _AT_ONCE,
                "fetch_job_polling_interval": _POLL,
                "listen_notify": self._listens,
                "delete_jobs": "always",
                "update_heartbeat_interval": _BEAT,
                "stalled_worker_timeout": _DEAD,
                "shutdown_graceful_timeout": self._stop_timeout,
            },
        )
        app.task(name=DISPATCH, queue=_QUEUE)(self._look)
        for chore in self._chores:
            # One at a time waits; nothing is tried again, since the next one comes by itself.
            self._add(app, chore.name, _doing(chore, self.is_stopping), chore.every)
        self._add(app, "workers", _watching(app), _WATCHED)
        return app

    @staticmethod
    def _add(app: procrastinate.App, name: str, do: Callable[..., Any], every: int) -> None:
        job = app.task(name=name, queue=_QUEUE, queueing_lock=name)(do)
        app.periodic(cron=cron(every))(job)

    def _look(self) -> None:
        self._crew.wake()

    def alive(self) -> bool:
        """Is the dispatcher of this process at work?"""
        return self._crew.alive()

    def is_stopping(self) -> bool:
        """Was this process told to stop?"""
        return self._crew.stopping.is_set()


def _doing(chore: Chore, should_stop: Callable[[], bool]) -> Callable[..., None]:
    def do(timestamp: int = 0) -> None:
        """`timestamp`: when it was due, by the engine's calendar; 0: somebody woke it."""
        del timestamp
        chore.do(should_stop)

    return do


def _watching(app: procrastinate.App) -> Callable[..., Any]:
    async def watch(timestamp: int = 0) -> None:
        """Notice workers that died, and take their jobs away: they would keep others from running.

        What they were sending is found by its lease, whoever looks.
        """
        del timestamp
        manager = app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_DEAD):
            _log.warning("job_of_dead_worker", extra={"chore": job.task_name})
            await manager.finish_job(job, jobs.Status.FAILED, delete_job=True)
        for worker in await manager.prune_stalled_workers(_DEAD):
            _log.warning("worker_died", extra={"worker": worker})

    return watch


def cron(every: int) -> str:
    """The calendar of something that is done every so many seconds, as croniter reads it.

    Its sixth field is seconds; what does not divide a minute, or an hour, is rounded down to it.
    """
    if every < _MINUTE:
        return f"* * * * * */{every}"
    if every < _MINUTE**2:
        return f"*/{every // _MINUTE} * * * *"
    return "0 * * * *"


_MINUTE = 60
