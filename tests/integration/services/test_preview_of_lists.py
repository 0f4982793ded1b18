"""Previews of campaigns for lists: whoever is on them now, in chunks, as a launch would have it."""

from dataclasses import replace

import pytest

from app.domain.contact import OnExisting
from app.domain.errors import FixInput, PreviewChanged
from app.domain.phone import PhoneNumber
from app.domain.target import Target
from app.services.clock import Clock
from app.services.contacts import ContactLists, Contacts
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk

PEOPLE = [PhoneNumber(number) for number in numbers(1_200)]
TEXT = "Hello {{ first_name }}"


@pytest.fixture
def lists(desk: Desk) -> ContactLists:
    """A list with everybody but the last ten."""
    clock = Clock(now=desk.clock)
    told = [{"number": number, "first_name": f"Ada {number[-4:]}"} for number in PEOPLE]
    Contacts(desk.database, clock).keep(told, OnExisting.UPDATE, "test")
    made = ContactLists(desk.database, clock)
    made.put_on(made.add("Friends", None, "test").id, PEOPLE[:-10], "test")
    return made


def for_friends(desk: Desk) -> str:
    wanted = replace(order([], TEXT), target=Target(lists=("Friends",)))
    return desk.orders.draft(wanted).state.campaign.id


def friends(lists: ContactLists) -> str:
    return next(each.id for each in lists.page("", 10))


def test_a_list_is_previewed_and_launched_as_it_was(desk: Desk, lists: ContactLists) -> None:
    assert friends(lists)
    desk.inbound.receive("{}", inbound("STOP", PEOPLE[7]))
    campaign_id = for_friends(desk)

    preview = desk.previews.of(campaign_id)
    with desk.previews.rows(campaign_id) as (_, rows):
        told = [
            (row.message.number, row.message.text, row.message.status)
            for row in rows
            if row.message
        ]

    assert preview.survey.recipients == len(told) == 1_190
    assert dict(preview.survey.tally.skipped) == {"opted out": 1}
    desk.orders.launch(campaign_id, "Ann", preview_token=preview.token)
    queued = desk.campaigns.messages(campaign_id, None, None, 2_000)
    assert [(each.number, each.text, each.status) for each in queued] == told


def test_whoever_came_and_went_is_told(desk: Desk, lists: ContactLists) -> None:
    campaign_id = for_friends(desk)
    token = desk.previews.of(campaign_id).token

    lists.put_on(friends(lists), PEOPLE[-10:], "test")
    lists.take_off(friends(lists), PEOPLE[:3], "test")

    with pytest.raises(PreviewChanged) as found:
        desk.orders.launch(campaign_id, "Ann", preview_token=token)
    assert [each["sentence"] for each in found.value.differences] == [
        "the recipients changed: 1190 before, 1197 now (7 more)"
    ]


def test_a_changed_contact_is_told(desk: Desk, lists: ContactLists) -> None:
    campaign_id = for_friends(desk)
    token = desk.previews.of(campaign_id).token
    assert friends(lists)

    Contacts(desk.database, Clock(now=desk.clock)).change(PEOPLE[5], {"first_name": "Eve"}, "test")

    with pytest.raises(PreviewChanged, match="their fields changed"):
        desk.orders.launch(campaign_id, "Ann", preview_token=token)


def test_a_list_that_is_gone_is_named_before_anything_is_given(
    desk: Desk, lists: ContactLists
) -> None:
    campaign_id = for_friends(desk)
    lists.remove(friends(lists), "test")

    with pytest.raises(FixInput, match="is no list"):
        desk.previews.of(campaign_id)
    with pytest.raises(FixInput, match="is no list"), desk.previews.rows(campaign_id):
        pass


def test_an_order_for_a_list_can_be_tried(desk: Desk, lists: ContactLists) -> None:
    assert friends(lists)
    wanted = replace(order([], TEXT), target=Target(lists=("Friends",)))

    assert desk.previews.of_order(wanted).survey.tally.messages == 1_190
