"""Every action from every status."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import Conflict, WrongStatus
from app.domain.lifecycle import Action, CampaignStatus, moved

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

D, SC, SE, P, F, C = CampaignStatus
NEXT = {
    Action.EDIT: {D: D, SC: SC},
    Action.ADJUST: {D: D, SC: SC, P: P},
    Action.LAUNCH: {D: SE, SC: SE},
    Action.SCHEDULE: {D: SC, SC: SC},
    Action.PAUSE: {SC: P, SE: P},
    Action.RESUME: {P: SE},
    Action.CANCEL: {D: C, SC: C, SE: C, P: C},
    Action.FINISH: {SE: F},
    Action.REOPEN: {SE: SE, P: P, F: SE},
}


@pytest.mark.parametrize("status", CampaignStatus)
@pytest.mark.parametrize("action", Action)
def test_every_action_from_every_status(action: Action, status: CampaignStatus) -> None:
    expected = NEXT[action].get(status)
    if expected is not None:
        assert moved(status, action, None, NOW) is expected
        return
    with pytest.raises(WrongStatus, match=f"a campaign that is {status} cannot be") as error:
        moved(status, action, None, NOW)
    assert error.value.status == status
    assert isinstance(error.value, Conflict)


@pytest.mark.parametrize(
    ("scheduled_at", "expected"),
    [(None, SE), (NOW, SE), (NOW - timedelta(days=1), SE), (LATER, SC)],
)
def test_who_is_resumed_before_its_time_waits_for_it(
    scheduled_at: datetime | None, expected: CampaignStatus
) -> None:
    assert moved(P, Action.RESUME, scheduled_at, NOW) is expected


@given(st.lists(st.sampled_from(Action)), st.sampled_from([None, NOW, LATER]))
def test_nothing_leads_out_of_cancelled(actions: list[Action], at: datetime | None) -> None:
    status, was_cancelled = D, False
    for action in actions:
        try:
            status = moved(status, action, at, NOW)
        except WrongStatus:
            continue
        assert not was_cancelled
        was_cancelled = status is C


def test_a_conflict_says_what_would_fit() -> None:
    with pytest.raises(WrongStatus) as error:
        moved(F, Action.PAUSE, None, NOW)

    assert str(error.value) == (
        "a campaign that is finished cannot be paused, only one that is scheduled, sending"
    )
