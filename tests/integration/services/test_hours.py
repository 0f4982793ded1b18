"""Nobody is written to at an unlawful hour, or too often: planned so, and looked at again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.message import AT_ONCE, MessageStatus, Outcome, OutcomeKind
from app.domain.phone import PhoneNumber
from app.domain.quiet_hours import is_open
from app.domain.terms import Terms, preset
from app.services.campaigns import CampaignState
from app.services.timeline import Timelines
from app.storage.database import Database
from app.storage.message_list import StoredMessage
from tests.support.builders import numbers, order
from tests.support.desk import Desk
from tests.support.fakes import START

CHICAGO, BESIDE = "+13125550101", "+17735550101"  # area codes of one zone
TERMS = Terms(*preset("default"), is_marketing=True)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def _launch(
    desk: Desk, recipients: list[Any], terms: Terms = TERMS, **changes: Any
) -> CampaignState:
    return desk.campaigns.launch(order(recipients, terms=terms, **changes)).state


def _messages(desk: Desk, state: CampaignState) -> list[StoredMessage]:
    return desk.campaigns.messages(state.campaign.id, None, None, 100)


def _until(desk: Desk, hour: int, minute: int = 0, day: int = 2) -> None:
    """Nothing may be claimed on the way; whoever never looks is taken for having been down."""
    moment = START.replace(day=day, hour=hour, minute=minute)
    while desk.clock.at < moment:
        assert desk.claim() == ()
        desk.clock.at = min(moment, desk.clock.at + timedelta(minutes=30))


def test_a_text_waits_for_the_morning_of_its_reader(desk: Desk) -> None:
    state = _launch(desk, [CHICAGO, BESIDE])  # 6:00 there
    held, also = _messages(desk, state)

    assert held.hold_note == "held until Mon 09:00 America/Chicago (area code 312)"
    assert also.hold_note is not None
    _until(desk, 15)
    taken = desk.claim()
    assert {message.to for message in taken} == {CHICAGO, BESIDE}
    assert {message.ttl for message in taken} == {11 * 3600}  # until 20:00


def test_a_window_that_closed_during_a_pause_is_waited_for_again(desk: Desk) -> None:
    _until(desk, 20)
    state = _launch(desk, [CHICAGO, BESIDE])
    assert [message.due_at for message in _messages(desk, state)] == [AT_ONCE, AT_ONCE]
    desk.campaigns.pause(state.campaign.id, "me")
    _until(desk, 4, day=3)
    desk.campaigns.resume(state.campaign.id, "me")

    assert desk.claim() == ()
    notes = [message.hold_note for message in _messages(desk, state)]
    assert notes[0] == "held until Tue 09:00 America/Chicago (area code 312)"
    _until(desk, 15, day=3)
    assert len(desk.claim()) == 2


def test_through_a_day_nothing_is_claimed_at_a_closed_hour(desk: Desk) -> None:
    window, zone = TERMS.window, ("America/Chicago",)
    assert window is not None
    _launch(desk, [f"+1312555{place:04}" for place in range(48)])
    taken = 0
    for half_hour in range(48):
        now = START + timedelta(minutes=30 * half_hour)
        desk.clock.at = now
        claimed = desk.claim(room=1)
        desk.record(claimed)
        assert not claimed or is_open(window, zone, now)
        taken += len(claimed)

    assert taken == 22  # from 9:00 to 19:30


def test_whoever_cannot_be_reached_in_time_is_skipped(desk: Desk) -> None:
    state = _launch(desk, [CHICAGO], not_after=START + timedelta(hours=1))

    (message,) = _messages(desk, state)
    assert message.status is MessageStatus.SKIPPED
    assert message.reason == "no lawful hour before 2026-03-02 13:00 UTC"
    assert state.campaign.skipped_count == 1


def test_a_contacts_own_zone_counts(desk: Desk) -> None:
    _launch(desk, [{"to": CHICAGO, "time_zone": "Europe/Berlin"}])
    assert len(desk.claim()) == 1


def test_a_local_time_is_kept(desk: Desk) -> None:
    terms = Terms(*preset("default"), local_time=18 * 60, is_marketing=True)
    _launch(desk, [CHICAGO], terms)

    _until(desk, 0, 0, day=3)
    assert len(desk.claim()) == 1


def test_the_cap_counts_what_was_sent_and_nothing_else(desk: Desk) -> None:
    capped = Terms(cap=2, is_marketing=True)
    _launch(desk, [CHICAGO], Terms())  # transactional: not counted
    desk.send_all()
    _launch(desk, [CHICAGO], capped)
    desk.record(desk.claim(), lambda _message: Outcome(OutcomeKind.REFUSED))
    for _ in range(2):
        _launch(desk, [CHICAGO], capped)
        desk.send_all()
    refused = _launch(desk, [CHICAGO, BESIDE], capped)

    first, second = _messages(desk, refused)
    assert (first.status, first.reason) == (
        MessageStatus.SKIPPED,
        "frequency cap: 2 marketing texts in 24 h",
    )
    assert second.status is MessageStatus.QUEUED
    _launch(desk, [CHICAGO], Terms())
    assert len(desk.send_all()) == 2
    desk.clock.forward(86_400)
    assert _messages(desk, _launch(desk, [CHICAGO], capped))[0].status is MessageStatus.QUEUED


def test_the_cap_is_looked_at_again_when_a_message_is_taken(desk: Desk) -> None:
    capped = Terms(cap=1, is_marketing=True)
    states = [_launch(desk, [CHICAGO], capped, text=f"No. {n}") for n in range(3)]

    assert len(desk.send_all()) == 1
    found = sorted(_messages(desk, state)[0].status for state in states)
    assert found == [MessageStatus.ACCEPTED, MessageStatus.SKIPPED, MessageStatus.SKIPPED]
    desk.check_counts()


def test_without_terms_nothing_is_asked(desk: Desk) -> None:
    state = _launch(desk, list(numbers(2)), Terms())

    assert [message.due_at for message in _messages(desk, state)] == [AT_ONCE, AT_ONCE]
    assert {message.ttl for message in desk.claim()} == {None}


def test_who_launches_earlier_than_scheduled_writes_to_nobody_at_night(desk: Desk) -> None:
    noon = START.replace(hour=18)
    state = _launch(desk, [CHICAGO], scheduled_at=noon)
    (message,) = _messages(desk, state)
    assert (message.due_at, message.hold_note) == (noon, None)

    desk.orders.launch(state.campaign.id, "me")
    assert desk.claim() == ()
    (message,) = _messages(desk, state)
    assert message.hold_note == "held until Mon 09:00 America/Chicago (area code 312)"


def test_why_somebody_waits_is_told(desk: Desk) -> None:
    _launch(desk, [CHICAGO])
    told = Timelines(desk.database).of(PhoneNumber(CHICAGO))

    note = "held until Mon 09:00 America/Chicago (area code 312)"
    assert [each.sentence for each in told.summary] == [note]
    assert note in [entry.sentence for entry in told.entries]


def test_a_holiday_that_begins_during_a_pause_is_waited_out(desk: Desk) -> None:
    """START is Monday 2 March; in Texas, a state by its postal code, that is a holiday."""
    closed = replace(TERMS, closed_on_holidays=True)
    texan = {"to": CHICAGO, "postal_code": "77002"}
    (held,) = _messages(desk, _launch(desk, [texan], closed))

    assert held.hold_note is not None
    assert held.hold_note.startswith("held until Tue 09:00 America/")
    assert "Texas Independence Day" in held.hold_note
    (free,) = _messages(desk, _launch(desk, [texan], TERMS, text="And open"))
    assert free.hold_note is not None
    assert free.hold_note.startswith("held until Mon 09:00 America/")


def test_whoever_is_found_on_a_holiday_by_the_claim_waits_until_it_is_over(desk: Desk) -> None:
    closed = replace(TERMS, closed_on_holidays=True)
    desk.clock.at = START.replace(month=12, day=24, hour=20)
    state = _launch(desk, [CHICAGO, BESIDE], closed)
    assert [message.due_at for message in _messages(desk, state)] == [AT_ONCE, AT_ONCE]
    desk.campaigns.pause(state.campaign.id, "me")
    desk.clock.at = START.replace(month=12, day=25, hour=18)
    desk.campaigns.resume(state.campaign.id, "me")

    assert desk.claim() == ()
    notes = {message.hold_note for message in _messages(desk, state)}
    assert {str(note).partition(" (")[0] for note in notes} == {
        "held until Sat 09:00 America/Chicago"
    }
    assert all(str(note).endswith(": Christmas Day") for note in notes)
