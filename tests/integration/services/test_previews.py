"""Previews: nothing is done, all is told, and a launch does exactly what was told."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.campaign import OrderChanges
from app.domain.errors import FixInput, NotFound, PreviewChanged, WrongStatus
from app.domain.lifecycle import CampaignStatus
from app.domain.message import MessageStatus
from app.domain.preview import Decision, Preview
from app.domain.prices import SetPrice
from app.storage.previews import VALID_FOR
from tests.support.builders import SENDER, inbound, numbers, order
from tests.support.desk import Desk
from tests.support.fakes import START

MIXED: list[Any] = [
    *({"to": number, "name": "Ada"} for number in numbers(5)),
    {"to": numbers(1)[0], "name": "Bob"},  # a duplicate
    {"to": "+447700900123", "name": "é" * 200},  # two segments
    {"to": "+4915112345678", "name": "“Eve”"},  # in Unicode
    "+14155559999",  # has no name
    "x",
]
TEXT = "Hello {{ name }}"


def drafted(desk: Desk, recipients: list[Any] | int = 3, text: str = "Hello", **more: Any) -> str:
    return desk.orders.draft(order(recipients, text, **more)).state.campaign.id


def stop(desk: Desk, *who: str) -> None:
    for number in who:
        desk.inbound.receive("{}", inbound("STOP", number))


def decided(desk: Desk, campaign_id: str) -> list[Decision]:
    with desk.previews.rows(campaign_id) as (_, rows):
        return list(rows)


def test_everything_is_told_and_adds_up(desk: Desk) -> None:
    stop(desk, numbers(2)[1])
    campaign_id = drafted(desk, MIXED, TEXT)

    preview = desk.previews.of(campaign_id)

    survey, tally = preview.survey, preview.survey.tally
    assert survey.recipients == len(MIXED) == 10
    assert (tally.people, tally.sent_now, tally.held) == (7, 6, {})
    assert dict(tally.skipped) == {"opted out": 1}
    assert survey.duplicates == 1
    assert {reason[:24] for reason in survey.refused} == {
        "the text needs a value f",
        "contains letters: write ",
    }
    assert dict(tally.distribution) == {1: 5, 2: 1}
    assert dict(survey.encodings) == {"GSM-7": 5, "UCS-2": 1}
    assert [each.why for each in survey.samples.shown()] == [
        *("first", "first", "first"),
        "2 segments",
    ]
    assert {each.rule for each in preview.warnings} == {"unicode", "unpriced", "numbers"}


def test_a_preview_does_nothing(desk: Desk) -> None:
    campaign_id = drafted(desk, MIXED, TEXT)
    before = asdict(desk.campaigns.find(campaign_id).campaign)

    desk.previews.of(campaign_id)
    desk.previews.of_order(order(MIXED, TEXT))

    state = desk.campaigns.find(campaign_id)
    assert asdict(state.campaign) == before
    assert not any(state.counts.values())
    assert desk.claim() == ()
    assert len(desk.campaigns.page(None, 10)) == 1


def test_an_order_is_previewed_as_its_draft_is(desk: Desk) -> None:
    stop(desk, numbers(1)[0])
    kept = desk.previews.of(drafted(desk, MIXED, TEXT))

    loose = desk.previews.of_order(order(MIXED, TEXT))

    assert (loose.campaign_id, loose.token, loose.valid_until) == (None, None, None)
    assert loose.estimate == kept.estimate
    assert loose.warnings == kept.warnings
    assert loose.survey.refused == kept.survey.refused
    seals = [each.survey.tally.sealing.seal(SENDER, TEXT) for each in (loose, kept)]
    assert seals[0] == seals[1]


def stored(desk: Desk, campaign_id: str) -> Iterator[tuple[Any, ...]]:
    for message in desk.campaigns.messages(campaign_id, None, None, 1_000):
        yield message.number, message.text, message.segments, message.status, message.reason


def told(rows: list[Decision]) -> Iterator[tuple[Any, ...]]:
    for each in (row.message for row in rows):
        if each is not None:
            yield each.number, each.text, each.segments, each.status, each.reason


@pytest.mark.parametrize("later", [False, True], ids=["launched", "scheduled"])
def test_a_launch_queues_exactly_what_was_told(desk: Desk, *, later: bool) -> None:
    stop(desk, numbers(3)[2])
    campaign_id = drafted(desk, MIXED, TEXT)
    token = desk.previews.of(campaign_id).token
    rows = decided(desk, campaign_id)

    if later:
        times = {"scheduled_at": START + timedelta(hours=1)}
        desk.orders.schedule(campaign_id, "Ann", times, preview_token=token)
    else:
        desk.orders.launch(campaign_id, "Ann", preview_token=token)

    assert list(stored(desk, campaign_id)) == list(told(rows))
    refused = desk.campaigns.refusals(campaign_id, -1, 100)
    assert [(each.position, each.reason, each.duplicate) for each in refused] == [
        (row.refusal.position, row.refusal.reason, row.refusal.duplicate)
        for row in rows
        if row.refusal
    ]


def test_the_same_preview_has_the_same_token_and_another_campaign_another(desk: Desk) -> None:
    one, two = drafted(desk), drafted(desk)

    tokens = [desk.previews.of(each).token for each in (one, one, two)]

    assert tokens[0] == tokens[1] != tokens[2]


def changed(desk: Desk, campaign_id: str, preview: Preview) -> list[str]:
    """What a launch with the token of this preview says; nothing is done by it."""
    before = desk.campaigns.find(campaign_id)
    with pytest.raises(PreviewChanged) as found:
        desk.orders.launch(campaign_id, "Ann", preview_token=preview.token)
    assert desk.campaigns.find(campaign_id) == before
    assert "Nothing was sent" in str(found.value)
    return [each["sentence"] for each in found.value.differences]


def test_whoever_opted_out_since_is_told(desk: Desk) -> None:
    campaign_id = drafted(desk, 5)
    preview = desk.previews.of(campaign_id)
    stop(desk, *numbers(2))

    assert changed(desk, campaign_id, preview) == ["2 more skipped (opted out): 0 before, 2 now"]


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        (
            OrderChanges({"message": "Hi"}),
            ["the text changed: 3 segments before, 3 now"],
        ),
        (OrderChanges({"sender": "Bells"}), [f"the sender was {SENDER} and is Bells"]),
        (
            OrderChanges(recipients=numbers(7)),
            ["the recipients changed: 3 before, 7 now (4 more)"],
        ),
        (
            OrderChanges({"message": "x" * 161}, recipients=numbers(3, first=1)),
            [
                "the text changed: 3 segments before, 6 now",
                "the recipients changed: 3 before, 3 now (as many, but others)",
            ],
        ),
    ],
    ids=["text", "sender", "recipients", "both"],
)
def test_what_was_edited_since_is_told(
    desk: Desk, changes: OrderChanges, sentences: list[str]
) -> None:
    campaign_id = drafted(desk)
    preview = desk.previews.of(campaign_id)

    desk.orders.change(campaign_id, "Ann", changes)

    assert changed(desk, campaign_id, preview) == sentences


@pytest.mark.parametrize(
    "harmless",
    [
        OrderChanges({"name": "Another name"}),
        OrderChanges({"scheduled_at": START + timedelta(days=1)}),
        OrderChanges(recipients=[*numbers(3)[::-1], "x", numbers(1)[0]]),
        OrderChanges(brake={"canary": None}),
    ],
    ids=["name", "time", "order", "brake"],
)
def test_what_changes_nothing_for_anybody_does_not_matter(
    desk: Desk, harmless: OrderChanges
) -> None:
    campaign_id = drafted(desk)
    token = desk.previews.of(campaign_id).token
    desk.orders.change(campaign_id, "Ann", harmless)

    state = desk.orders.launch(campaign_id, "Ann", preview_token=token)

    assert state.campaign.status is CampaignStatus.SENDING


def test_a_price_is_no_difference(desk: Desk) -> None:
    campaign_id = drafted(desk)
    token = desk.previews.of(campaign_id).token
    desk.prices.set([SetPrice("US", "EUR", Decimal(1))], "Ann")

    desk.orders.launch(campaign_id, "Ann", preview_token=token)


def test_a_new_preview_makes_it_possible_again(desk: Desk) -> None:
    campaign_id = drafted(desk, 5)
    desk.previews.of(campaign_id)
    stop(desk, numbers(1)[0])

    desk.orders.launch(campaign_id, "Ann", preview_token=desk.previews.of(campaign_id).token)

    assert desk.counts(desk.campaigns.find(campaign_id)) == {"queued": 4, "skipped": 1}


def test_a_token_of_another_campaign_or_of_long_ago_is_none(desk: Desk) -> None:
    one, two = drafted(desk), drafted(desk)
    foreign = desk.previews.of(two).token
    old = desk.previews.of(one).token
    desk.clock.forward(VALID_FOR.total_seconds())

    for token in (foreign, old, "0" * 64):
        with pytest.raises(FixInput, match="names no preview"):
            desk.orders.launch(one, "Ann", preview_token=token)

    assert desk.campaigns.find(one).campaign.status is CampaignStatus.DRAFT
    fresh = desk.previews.of(one).token
    assert fresh == old  # nothing else had changed
    desk.orders.launch(one, "Ann", preview_token=fresh)


def test_what_is_scheduled_is_previewed_as_it_is_queued(desk: Desk) -> None:
    at = START + timedelta(hours=1)
    launched = desk.campaigns.launch(order(MIXED, TEXT, scheduled_at=at)).state.campaign
    stop(desk, numbers(2)[1])

    preview = desk.previews.of(launched.id)
    rows = decided(desk, launched.id)

    assert list(told(rows)) == list(stored(desk, launched.id))
    assert preview.survey.recipients == len(MIXED)
    assert preview.survey.tally.skipped.total() == 1
    assert preview.survey.doubtful == launched.not_valid_count > 0
    assert preview.estimate.begins_at == at

    stop(desk, numbers(1)[0])
    assert changed(desk, launched.id, preview) == ["1 more skipped (opted out): 1 before, 2 now"]
    token = desk.previews.of(launched.id).token
    state = desk.orders.launch(launched.id, "Ann", preview_token=token)
    assert state.campaign.status is CampaignStatus.SENDING


def test_what_has_begun_or_is_not_there_cannot_be_previewed(desk: Desk) -> None:
    begun = desk.campaigns.launch(order()).state.campaign.id

    for look in (desk.previews.of, lambda each: decided(desk, each)):
        with pytest.raises(WrongStatus, match="sending cannot be previewed"):
            look(begun)
        with pytest.raises(NotFound):
            look(begun[::-1])


def price(desk: Desk, amount: str | None, country: str = "US") -> None:
    given = None if amount is None else Decimal(amount)
    desk.prices.set([SetPrice(country, "EUR", given)], "Ann")


def charge(desk: Desk, amount: str, segments: int | None = 1) -> None:
    """Send whatever waits, and let each message cost so much."""
    for message in desk.send_all():
        desk.receive(
            message,
            MessageStatus.DELIVERED,
            price=Decimal(amount),
            currency="EUR",
            segments=segments,
        )


def test_prices_are_learned_from_what_is_charged(desk: Desk) -> None:
    desk.campaigns.launch(order(4))
    charge(desk, "0.01")
    desk.campaigns.launch(order(numbers(2), "x" * 161))
    charge(desk, "0.06", segments=2)
    desk.campaigns.launch(order(["+447700900123"]))
    charge(desk, "0.04", segments=None)  # then our own count holds

    prices = desk.prices.all()

    assert {name: each.source for name, each in prices.items()} == dict.fromkeys(
        ("GB", "US"), "learned"
    )
    assert prices["US"].amount == Decimal("0.02")  # 0.16 for eight segments
    assert prices["GB"].amount == Decimal("0.04")
    learned = prices["US"].learned
    assert learned is not None
    assert learned.segments == 8


def test_receipts_that_repeat_teach_nothing(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    (message,) = desk.send_all()
    for amount in ("0.01", "0.01", "0.05"):
        desk.receive(message, MessageStatus.SUBMITTED, price=Decimal(amount), currency="EUR")

    assert desk.prices.all()["US"].amount == Decimal("0.01")


def test_the_operators_price_holds_until_it_is_taken_back(desk: Desk) -> None:
    desk.campaigns.launch(order(4))
    charge(desk, "0.03")
    price(desk, "0.02")

    both = desk.prices.all()["US"]
    assert (both.amount, both.source, both.updated_at) == (
        Decimal("0.02"),
        "operator",
        desk.clock(),
    )
    assert both.drift == Decimal("0.5")
    price(desk, "0.025")
    assert desk.prices.all()["US"].drift == Decimal("0.2")

    price(desk, None)
    assert desk.prices.all()["US"].source == "learned"
    trail = [each for each in desk.audit.page("US", None, 10) if each.action == "priced"]
    assert [each.details["price"] for each in trail] == [None, "0.025", "0.02"]


def test_what_was_charged_long_ago_is_forgotten(desk: Desk) -> None:
    desk.campaigns.launch(order(1))
    charge(desk, "0.01")

    desk.clock.forward(timedelta(days=91).total_seconds())

    assert desk.prices.all() == {}


def test_without_prices_nothing_is_guessed(desk: Desk) -> None:
    preview = desk.previews.of(drafted(desk, MIXED, TEXT))

    assert preview.estimate.costs == {}
    assert preview.estimate.unpriced == (7, 8)

    price(desk, "0.01")
    priced = desk.previews.of(drafted(desk, MIXED, TEXT)).estimate
    assert priced.costs == {"EUR": Decimal("0.05")}
    assert priced.unpriced == (2, 3)


def test_an_estimate_is_kept_and_compared_with_the_truth(desk: Desk) -> None:
    price(desk, "0.01")
    campaign_id = drafted(desk, 4)
    assert desk.estimates.of(campaign_id).foreseen is None
    foreseen = desk.previews.of(campaign_id).estimate

    desk.orders.launch(campaign_id, "Ann")
    before = desk.estimates.of(campaign_id)
    charge(desk, "0.03", segments=2)
    after = desk.estimates.of(campaign_id)

    assert before.foreseen == after.foreseen == foreseen
    assert before.comparison is not None
    assert (before.comparison.alarms, before.charged) == ((), {})
    found = after.comparison
    assert found is not None
    assert (found.charged_messages, found.billed_segments, found.counted_segments) == (4, 8, 4)
    assert after.charged == {"EUR": Decimal("0.12")}
    (cost,) = found.costs
    assert (cost.expected, cost.actual) == (Decimal("0.04"), Decimal("0.12"))
    assert len(found.alarms) == 2
    assert after.state.campaign.status is CampaignStatus.FINISHED
    assert found.late_seconds is not None


def test_what_is_launched_before_its_time_is_foreseen_anew(desk: Desk) -> None:
    campaign_id = drafted(desk, 3)
    times = {"scheduled_at": START + timedelta(hours=1)}
    desk.orders.schedule(campaign_id, "Ann", times)
    later = desk.estimates.of(campaign_id).foreseen

    desk.orders.launch(campaign_id, "Ann")
    now = desk.estimates.of(campaign_id).foreseen

    assert later is not None
    assert now is not None
    assert later.begins_at - now.begins_at == timedelta(hours=1)
    assert later.finishes_at - now.finishes_at == timedelta(hours=1)


def test_an_order_that_is_sent_at_once_has_an_estimate_too(desk: Desk) -> None:
    campaign_id = desk.campaigns.launch(order(3)).state.campaign.id

    foreseen = desk.estimates.of(campaign_id).foreseen
    assert foreseen is not None
    assert foreseen.segments == 3


def test_a_large_draft_is_read_in_chunks(desk: Desk) -> None:
    many = [*numbers(2_500), numbers(1)[0], *numbers(10, first=990)]
    stop(desk, numbers(1, first=2_400)[0])
    campaign_id = drafted(desk, many)

    rows = decided(desk, campaign_id)

    assert [each.position for each in rows] == list(range(len(many)))
    repeated = [each.refusal.reason for each in rows if each.refusal]
    assert repeated == [f"the same number as recipient {n}" for n in (0, *range(990, 1_000))]
    desk.orders.launch(campaign_id, "Ann", preview_token=desk.previews.of(campaign_id).token)
    counts = desk.counts(desk.campaigns.find(campaign_id))
    assert counts == {"queued": 2_499, "skipped": 1}


@pytest.mark.parametrize(("max_rate", "rate"), [(None, 1000.0), (5000.0, 1000.0), (2.0, 2.0)])
def test_the_slower_of_both_paces_says_when_it_is_done(
    desk: Desk, max_rate: float | None, rate: float
) -> None:
    foreseen = desk.previews.of(drafted(desk, 10, max_rate=max_rate)).estimate

    assert foreseen.rate == rate
    took = (foreseen.finishes_at - foreseen.begins_at).total_seconds()
    assert took == pytest.approx(10 * 1.02 / rate)


def test_what_is_scheduled_is_foreseen_anew_at_another_pace(desk: Desk) -> None:
    campaign_id = drafted(desk, 10, scheduled_at=START + timedelta(hours=1))
    desk.orders.schedule(campaign_id, "ann", {})

    desk.orders.change(campaign_id, "ann", OrderChanges({"max_rate": 2.0}))

    foreseen = desk.estimates.of(campaign_id).foreseen
    assert foreseen is not None
    assert foreseen.rate == 2.0


def test_every_edit_lets_a_campaign_stand_otherwise(desk: Desk) -> None:
    campaign_id, other = drafted(desk), drafted(desk)
    seen = [desk.previews.standing(campaign_id), desk.previews.standing(other)]
    assert desk.previews.standing(campaign_id) == seen[0]
    for changes in (OrderChanges(recipients=numbers(3)[::-1]), OrderChanges({"name": "Spring"})):
        desk.orders.change(campaign_id, "test", changes)
        seen.append(desk.previews.standing(campaign_id))
    assert all(seen.count(each) == 1 for each in seen)
    assert desk.previews.standing(other) == seen[1]

    desk.orders.launch(campaign_id, "test")
    with pytest.raises(WrongStatus):
        desk.previews.standing(campaign_id)
