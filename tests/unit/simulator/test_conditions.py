"""What can be changed while the simulator runs."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from simulator.behaviours import MAGIC, When
from simulator.conditions import Conditions, Rate, WrongConditionError
from simulator.settings import Settings

NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def settings() -> Settings:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return Settings("an-application", "a-key", "a-secret", key.public_key(), rate=30)


def test_a_rate_admits_so_many_in_each_second() -> None:
    rate = Rate(2)
    assert [rate.admits(NOW + at) for at in (0, 0.5, 0.9, 1.0, 1.9, 1.95)] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_clock_that_is_put_back_does_not_close_the_rate() -> None:
    rate = Rate(1)
    assert rate.admits(NOW)
    assert rate.admits(NOW - 3600)


def test_no_rate_admits_everything() -> None:
    assert all(Rate(None).admits(NOW) for _ in range(1000))


def test_conditions_start_as_the_settings_say(settings: Settings) -> None:
    conditions = Conditions(settings)
    assert conditions.rate.limit == 30
    assert conditions.delay_until(When.FINAL) == 0.25
    assert conditions.delay_until(When.AT_ONCE) == 0


def test_an_outage_ends_by_itself(settings: Settings) -> None:
    conditions = Conditions(settings)
    conditions.change({"outage": 5}, NOW)
    assert conditions.outage(NOW + 4.9) is MAGIC["504"]
    assert conditions.outage(NOW + 5) is None


def test_an_outage_takes_the_form_that_it_is_told(settings: Settings) -> None:
    conditions = Conditions(settings)
    conditions.change({"outage": 5, "outage_as": "428"}, NOW)
    assert conditions.outage(NOW) is MAGIC["428"]
    assert conditions.as_json(NOW)["outage_as"] == "428"


@pytest.mark.parametrize(
    "changes",
    [
        {"latency_ms": 5, "colour": 1},
        {"latency_ms": 5, "rate": -1},
        {"latency_ms": 5, "outage": "long"},
        {"latency_ms": 5, "outage_as": "000"},
        {"latency_ms": 5, "outage_as": ["504"]},
        {"latency_ms": 5, "final_ms": True},
        {"latency_ms": 5, "final_ms": float("inf")},
    ],
)
def test_a_wrong_change_changes_nothing(settings: Settings, changes: dict[str, Any]) -> None:
    conditions = Conditions(settings)
    with pytest.raises(WrongConditionError):
        conditions.change(changes, NOW)
    assert conditions.as_json(NOW) == Conditions(settings).as_json(NOW)


@pytest.mark.parametrize("none", [0, None])
def test_the_rate_can_be_lifted(settings: Settings, none: int | None) -> None:
    conditions = Conditions(settings)
    conditions.change({"rate": none}, NOW)
    assert conditions.rate.limit is None
