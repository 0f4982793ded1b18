"""`flask worker`: a process that sends; what it needs, it says."""

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.bootstrap import build
from app.cli import commands
from app.settings import InvalidSettings
from tests.support.builders import settings


def test_without_the_optional_packages_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "procrastinate", None)  # as if it were not there

    with pytest.raises(InvalidSettings, match=r"requirements-scale\.txt"):
        build(settings(DATABASE_URL="postgresql://nowhere/x", RUNNER="procrastinate"))


def test_on_sqlite_there_is_no_worker(tmp_path: Path) -> None:
    house = build(settings(DATABASE_URL=f"sqlite:///{tmp_path / 'one.db'}"))
    (worker,) = [each for each in commands(house) if each.name == "worker"]

    answer = CliRunner().invoke(worker)

    assert answer.exit_code == 1
    assert "workers need a PostgreSQL" in answer.output
    house.close(1)
