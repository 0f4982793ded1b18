"""Dry runs behind their page: in turns, handed out once, and never without an end."""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from app.domain.errors import FixInput, Mistake
from app.domain.estimate import Estimate
from app.domain.preview import Preview, Survey
from app.domain.tally import Tally
from app.services.dry_runs import DryRuns, Failed
from tests.support.site import eventually

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ID, OTHER_ID = "1" * 32, "2" * 32


class Decisions:
    """Decides about a campaign when it is let, and notes what was decided about."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.begun: list[str] = []
        self.at_once: set[str] = set()
        self.most = 0
        self.error: Exception | None = None
        self.edits = 0

    def standing(self, _campaign_id: str) -> int:
        return self.edits

    def of(self, campaign_id: str) -> Preview:
        assert campaign_id not in self.at_once
        self.at_once.add(campaign_id)
        self.most = max(self.most, len(self.at_once))
        self.begun.append(campaign_id)
        assert self.let.wait(10)
        self.at_once.remove(campaign_id)
        if self.error:
            raise self.error
        estimate = Estimate(NOW, NOW, NOW, 1.0, 0, 0, ())
        return Preview(NOW, Survey(Tally(NOW)), estimate, (), campaign_id)


@pytest.fixture
def decisions() -> Decisions:
    return Decisions()


@pytest.fixture
def dry_runs(decisions: Decisions) -> Iterator[DryRuns]:
    made = DryRuns(decisions.of, decisions.standing)
    made.patience = 0.01
    yield made
    decisions.let.set()
    made.stop(timeout=10)
    assert not [each for each in threading.enumerate() if each.name == "dry_run"]


def test_what_is_quick_is_there_at_once(dry_runs: DryRuns, decisions: Decisions) -> None:
    decisions.let.set()
    dry_runs.patience = 10
    run = dry_runs.of("a")
    assert run.preview
    assert run.preview.campaign_id == "a"


def test_what_takes_long_is_asked_for_by_its_id_and_handed_out_once(
    dry_runs: DryRuns, decisions: Decisions
) -> None:
    first = dry_runs.of("a")
    assert not first.is_over
    assert dry_runs.of("a", first.id) is first
    decisions.let.set()
    dry_runs.patience = 10
    assert dry_runs.of("a", first.id) is first
    assert first.is_over
    assert decisions.begun == ["a"]

    assert dry_runs.of("a", first.id) is not first  # it is of a moment that is over
    assert decisions.begun == ["a", "a"]


def test_one_of_another_process_is_begun_under_its_id(
    dry_runs: DryRuns, decisions: Decisions
) -> None:
    decisions.let.set()
    dry_runs.patience = 10
    run = dry_runs.of("a", ID)
    assert (run.id, run.is_over) == (ID, True)


def test_a_run_is_of_its_campaign_as_it_stands(dry_runs: DryRuns, decisions: Decisions) -> None:
    first = dry_runs.of("a")
    eventually(lambda: decisions.begun == ["a"])
    other = dry_runs.of("b", first.id)
    decisions.edits += 1
    edited = dry_runs.of("a", first.id)
    assert other is not first
    assert edited is not first

    decisions.let.set()
    dry_runs.patience = 10
    assert dry_runs.of("a", first.id) is edited
    assert decisions.begun.count("a") == 2


def test_looking_again_and_again_does_not_pile_up(dry_runs: DryRuns, decisions: Decisions) -> None:
    first = dry_runs.of("a")
    eventually(lambda: decisions.begun == ["a"])
    others = {dry_runs.of("a").id for _ in range(5)}
    assert len(others) == 1  # one is under way, of a moment ago, and one waits, to be of a later
    assert first.id not in others

    dry_runs.of("b")
    dry_runs.of("c")
    eventually(lambda: len(decisions.begun) == 2)
    decisions.let.set()
    eventually(lambda: sorted(decisions.begun) == ["a", "a", "b", "c"])
    assert decisions.most == 2


def test_nobody_decides_for_somebody_who_left(decisions: Decisions) -> None:
    clock = [0.0]
    dry_runs = DryRuns(decisions.of, decisions.standing, lambda: clock[0])
    dry_runs.patience = 0
    runs = [dry_runs.of(name) for name in ("a", "b", "c", "d")]
    eventually(lambda: len(decisions.begun) == 2)
    clock[0] = 15.0
    dry_runs.of("d", runs[3].id)
    clock[0] = 30.0
    decisions.let.set()
    eventually(lambda: len(decisions.begun) == 3)
    dry_runs.stop(timeout=10)
    assert sorted(decisions.begun) == ["a", "b", "d"]


def test_only_few_are_remembered(dry_runs: DryRuns, decisions: Decisions) -> None:
    dry_runs.patience = 0
    first = dry_runs.of("first")
    for number in range(30):
        dry_runs.of(str(number))
    assert dry_runs.of("first", first.id) is not first
    decisions.let.set()


def test_what_is_wrong_is_told_to_who_asks(dry_runs: DryRuns, decisions: Decisions) -> None:
    decisions.let.set()
    decisions.error = FixInput([Mistake("/lists", "is no list")])
    dry_runs.patience = 10
    run = dry_runs.of("a")
    assert run.problem is decisions.error
    assert run.problem.__traceback__ is None  # whose frames would hold recipients


def test_a_fault_ends_it_and_is_logged(
    dry_runs: DryRuns, decisions: Decisions, caplog: pytest.LogCaptureFixture
) -> None:
    decisions.let.set()
    decisions.error = ZeroDivisionError("of ours")
    dry_runs.patience = 10
    with caplog.at_level(logging.ERROR):
        assert isinstance(dry_runs.of("a", OTHER_ID).problem, Failed)
    assert [each.message for each in caplog.records] == ["dry_run_failed"]

    decisions.error = None
    assert dry_runs.of("a", OTHER_ID).preview  # the next is made


def test_a_stop_waits_for_nothing(dry_runs: DryRuns, decisions: Decisions) -> None:
    dry_runs.of("a")
    eventually(lambda: decisions.begun == ["a"])
    dry_runs.of("a")
    dry_runs.stop(timeout=0)
    late = dry_runs.of("b")
    decisions.let.set()
    dry_runs.stop(timeout=10)
    assert decisions.begun == ["a"]  # what waited was not begun any more
    assert not late.is_over
