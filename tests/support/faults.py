"""What fault tests share: how long they take, their chance, worlds on both databases at once."""

import os
import random
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import make_url, text

from app.storage import migrate
from app.storage.database import connect
from tests.support.processes import World

FULL = os.environ.get("FAULTS") == "full"
SEED = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(10**9))

ONE_WORKER = {"WEB_CONCURRENCY": "1", "SIMULATOR_RETRY_MS": "200"}
"""Less to start, and webhooks that are soon repeated."""

_T = TypeVar("_T")

_TAKEN = {"accepted", "submitted", "undeliverable", "rejected", "delivered"}
_WITHOUT_REASON = {"accepted", "submitted", "delivered"}


def scaled(short: _T, full: _T) -> _T:
    """The first by the normal test command, the second by `make faults`."""
    return full if FULL else short


def chance(name: str) -> random.Random:
    """Randomness that the printed seed repeats, whatever the order of the tests."""
    return random.Random(f"{SEED} {name}")  # noqa: S311 (it decides when, and hides nothing)


def people(prefix: str, count: int) -> list[str]:
    """Ordinary numbers; each test has two digits for itself."""
    return [f"+1556{prefix}{place:05}" for place in range(count)]


@contextmanager
def fresh_postgres(server_url: str, name: str) -> Iterator[str]:
    """The address of a migrated database of its own on a server that runs."""
    _administer(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _administer(server_url, f"CREATE DATABASE {name}")
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    database = connect(url)
    migrate.upgrade(database)
    database.close()
    try:
        yield url
    finally:
        _administer(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    database = connect(url)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    database.close()


class Worlds:
    """One world on each database. They are tried at once: most of the time they wait."""

    def __init__(self, by_name: Mapping[str, World]) -> None:
        self._by_name = by_name

    def each(self, run: Callable[[World], None]) -> None:
        """Run on every world, in parallel; the first failure is raised, and says where it was."""
        with ThreadPoolExecutor(len(self._by_name)) as threads:
            list(threads.map(self._named(run), self._by_name.items()))

    @staticmethod
    def _named(run: Callable[[World], None]) -> Callable[[tuple[str, World]], None]:
        def named(item: tuple[str, World]) -> None:
            try:
                run(item[1])
            except BaseException as error:
                error.add_note(f"on {item[0]}, FAULTS_SEED={SEED}")
                raise

        return named


class Databases:
    """Makes databases of both kinds."""

    def __init__(self, sqlite_template: Path, postgres_url: str) -> None:
        self._template = sqlite_template
        self._postgres_url = postgres_url

    @contextmanager
    def both(self, folder: Path) -> Iterator[dict[str, str]]:
        """The addresses of an empty database of each kind."""
        with fresh_postgres(self._postgres_url, f"faults_{secrets.token_hex(4)}") as url:
            yield {"sqlite": self.sqlite(folder), "postgresql": url}

    def sqlite(self, folder: Path) -> str:
        """The address of an empty SQLite file."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._template, folder / "service.db")
        return f"sqlite:///{folder / 'service.db'}"

    @contextmanager
    def worlds(self, folder: Path, **changes: str) -> Iterator[Worlds]:
        """A running world on each kind."""
        with self.both(folder) as urls, running(urls, folder, **changes) as made:
            yield made


@contextmanager
def running(urls: Mapping[str, str], folder: Path, **changes: str) -> Iterator[Worlds]:
    """A world on each of these databases; everything that was started is gone afterwards."""
    with ExitStack() as stack:
        made: dict[str, World] = {}
        for name, url in urls.items():
            (folder / name).mkdir(exist_ok=True)
            made[name] = World(url, folder / name, **changes)
            stack.callback(made[name].close)
        for one in made.values():
            one.wait_until_ready()
        yield Worlds(made)


def assert_truth(
    world: World, campaign_id: str, numbers: Sequence[str], earlier: Mapping[str, Any] | None = None
) -> None:
    """What the service says of every recipient is what the simulator saw, and nobody got two.

    `earlier` is the ledger of a simulator that has ended since.
    """
    messages = {message["number"]: message for message in world.messages(campaign_id)}
    assert messages.keys() == set(numbers)
    ledgers = [ledger["numbers"] for ledger in (world.ledger(), earlier) if ledger]
    for number, message in messages.items():
        accepted = sum(each.get(number[1:], {}).get("accepted", 0) for each in ledgers)
        assert accepted <= 1, message
        allowed = _TAKEN | {"in_doubt"} if accepted else {"failed", "skipped", "in_doubt"}
        assert message["status"] in allowed, (accepted, message)
        assert message["reason"] or message["status"] in _WITHOUT_REASON, message


def most_in_a_second(times: Sequence[float]) -> int:
    """The largest number of moments in any window of one second."""
    times = sorted(times)
    most = start = 0
    for end, moment in enumerate(times):
        while times[start] <= moment - 1:
            start += 1
        most = max(most, end - start + 1)
    return most
