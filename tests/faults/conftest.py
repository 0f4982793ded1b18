"""Faults on purpose. Short in the normal test command, in full by `make faults`.

What is judged: the simulator's ledger against what the service says.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults import ONE_WORKER, SEED, Databases, Worlds
from tests.support.processes import World

CALM = {
    "rate": None,
    "latency_ms": 0,
    "submitted_ms": 50,
    "final_ms": 250,
    "late_ms": 1000,
    "outage": 0,
    "outage_as": "504",
}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"Faults happened by FAULTS_SEED={SEED}; set it to repeat them.")


@pytest.fixture(scope="session")
def databases(sqlite_template: Path, postgres_url: str) -> Databases:
    return Databases(sqlite_template, postgres_url)


@pytest.fixture(scope="session")
def shared_worlds(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worlds]:
    """Two worlds for all tests that do not harm them, in files that `sharing` names."""
    with databases.worlds(
        tmp_path_factory.mktemp("worlds"),
        SEND_RATE="100",
        SEND_TIMEOUT="1.5",
        **ONE_WORKER,
    ) as made:
        yield made


@pytest.fixture
def worlds(shared_worlds: Worlds) -> Worlds:
    """The same, with a carrier that is well and remembers nothing."""
    shared_worlds.each(_calm)
    return shared_worlds


def _calm(world: World) -> None:
    world.conditions(**CALM)
    world.forget()
