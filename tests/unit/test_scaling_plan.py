"""The plans in the documentation are what the script computes, and the script adds up."""

from itertools import pairwise
from pathlib import Path

import pytest

from bench import plan

ROOT = Path(__file__).parents[2]


def test_the_documentation_shows_what_the_script_computes() -> None:
    assert plan.table() in (ROOT / "docs/scaling.md").read_text(encoding="utf-8")


def test_every_message_of_a_day_is_due_once() -> None:
    assert sum(plan._due(10_000_000)) == pytest.approx(10_000_000)


def test_half_the_rate_makes_the_longest_queue_more_than_twice_as_long() -> None:
    enough = plan.plan(10_000_000).peak

    assert plan.simulated(10_000_000, enough / 2) > 2 * plan.simulated(10_000_000, enough) > 0
    assert plan.simulated(10_000_000, 1e9) == 0


def test_ten_times_the_messages_need_ten_times_the_rate_and_never_less_of_anything() -> None:
    plans = [plan.plan(size) for size in plan.SIZES]

    for small, large in pairwise(plans):
        assert large.peak == pytest.approx(10 * small.peak)
        assert large.workers >= small.workers
        assert large.webs >= small.webs
        assert large.databases >= small.databases
