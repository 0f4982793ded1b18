"""What Prometheus is told of outgoing webhooks is what became of real calls."""

from datetime import timedelta

import pytest

from app.domain.hooks import HookEvent
from app.services.hooks import HookChange
from tests.support.builders import inbound
from tests.support.desk import Desk
from tests.support.hook_desk import HookDesk
from tests.support.receivers import receiver
from tests.unit.test_meters import value

ABOUT = "carillon_outgoing_webhook"
REPLIES = [HookEvent.REPLY_RECEIVED]


@pytest.fixture
def hooks(desk: Desk) -> HookDesk:
    return HookDesk(desk)


def tries(hooks: HookDesk) -> dict[str, float | None]:
    page = hooks.page()
    results = ("delivered", "try_again", "given_up")
    return {each: value(page, f"{ABOUT}_tries_total", result=each) for each in results}


def standing(hooks: HookDesk) -> tuple[float | None, float | None, float | None]:
    """(waiting, age of the oldest that is due, disabled endpoints)."""
    page = hooks.page()
    names = ("waiting_deliveries", "oldest_due_age_seconds", "disabled_endpoints")
    waiting, age, disabled = (value(page, f"{ABOUT}_{each}") for each in names)
    return waiting, age, disabled


def test_before_anything_happens_all_of_it_is_nought(hooks: HookDesk) -> None:
    assert tries(hooks) == {"delivered": 0, "try_again": 0, "given_up": 0}
    assert standing(hooks) == (0, 0, 0)


def test_what_is_delivered_is_counted_and_timed(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        hooks.listen(here.url, REPLIES)
        for text in ("One", "Two"):
            desk.inbound.receive("{}", inbound(text))
        desk.clock.forward(7)
        assert standing(hooks) == (2, 7, 0)
        hooks.deliver()

    page = hooks.page()
    assert tries(hooks) == {"delivered": 2, "try_again": 0, "given_up": 0}
    assert value(page, f"{ABOUT}_duration_seconds_count") == 2
    assert value(page, f"{ABOUT}_duration_seconds_bucket", le="5.0") == 2
    assert 0 < (value(page, f"{ABOUT}_duration_seconds_sum") or 0) < 10
    assert standing(hooks) == (0, 0, 0)


def test_a_failure_waits_and_is_late_from_when_it_was_to_be_tried(
    desk: Desk, hooks: HookDesk
) -> None:
    with receiver() as here:
        here.code = 500
        hooks.listen(here.url, REPLIES)
        desk.inbound.receive("{}", inbound("Hello?"))
        hooks.deliver()
        assert tries(hooks) == {"delivered": 0, "try_again": 1, "given_up": 0}
        assert standing(hooks) == (1, 0, 0)  # in ten seconds
        desk.clock.forward(25)
        assert standing(hooks) == (1, 15, 0)
        desk.inbound.receive("{}", inbound("Still there?"))  # is due at once, and is younger
        assert standing(hooks) == (2, 15, 0)

        hooks.deliver_for(1.2)

    told = tries(hooks)
    assert told["given_up"] == 2
    assert told["delivered"] == 0
    assert (told["try_again"] or 0) + 2 == len(here.calls)
    assert standing(hooks) == (0, 0, 0)


def test_a_disabled_endpoint_is_shown_until_a_person_looks_and_nothing_waits_for_it(
    desk: Desk, hooks: HookDesk
) -> None:
    with receiver() as here:
        here.code = 410
        made = hooks.listen(here.url, REPLIES)
        for text in ("One", "Two", "Three", "Four", "Five", "Six"):
            desk.inbound.receive("{}", inbound(text))
        hooks.deliver()
    assert standing(hooks) == (0, 0, 1)

    hooks.hooks.change(made.endpoint.id, HookChange(is_enabled=True), "test")
    waiting, _, disabled = standing(hooks)
    assert (waiting, disabled) == (6, 0)
    hooks.hooks.change(made.endpoint.id, HookChange(is_enabled=False), "test")
    assert standing(hooks) == (0, 0, 0)  # a person wants it so


def test_what_is_told_again_by_hand_is_as_old_as_the_wish(desk: Desk, hooks: HookDesk) -> None:
    with receiver() as here:
        made = hooks.listen(here.url, REPLIES)
        desk.inbound.receive("{}", inbound("Long ago"))
        hooks.deliver()
        desk.clock.forward(timedelta(days=3).total_seconds())
        desk.inbound.receive("{}", inbound("Now"))
        old = hooks.log(made)[-1]
        hooks.hooks.replay(made.endpoint.id, old.id, "test")

        assert standing(hooks) == (2, 0, 0)
        hooks.deliver()
        assert len(here.calls) == 3
