"""Trying failures again: where it helps, and never where a text may have arrived."""

from typing import Any

import pytest

from app.domain.errors import Conflict, NotFound
from app.domain.lifecycle import CampaignStatus
from app.domain.message import ClaimedMessage, MessageStatus, Outcome, OutcomeKind
from app.domain.policy import NO_BRAKE
from app.domain.retry import MAX_ATTEMPTS
from app.services import chunks, retries
from app.services.campaigns import CampaignState
from app.services.retries import Wish
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk
from tests.support.outcomes import in_doubt, refused, taken, try_later, uuid_of

ANN = Wish("Ann")
LONG_TEXT = "x" * 200


def sent(
    desk: Desk, count: int = 1, **changes: Any
) -> tuple[CampaignState, tuple[ClaimedMessage, ...]]:
    """A campaign whose messages Vonage took."""
    state = desk.campaigns.launch(order(count, **{"policy": NO_BRAKE, **changes})).state
    messages = desk.claim()
    desk.record(messages, taken)
    return state, messages


def fail(
    desk: Desk,
    message: ClaimedMessage,
    code: str | None,
    status: MessageStatus = MessageStatus.REJECTED,
    **changes: Any,
) -> None:
    told = {"message_uuid": uuid_of(message), "error_code": code, "at": desk.clock.forward(0.01)}
    desk.receive(message, status, **{**told, **changes})


def told(found: retries.Retried) -> dict[str | None, tuple[int, bool]]:
    return {kind.failure.name: (kind.messages, kind.why_not is None) for kind in found.kinds}


def test_only_what_passes_is_tried_again_and_the_rest_is_counted_with_the_reason(
    desk: Desk,
) -> None:
    state, messages = sent(desk, 8)
    codes = ["1000", "1000", "1331", "1050", "1210", "1320", None, "4711"]
    for message, code in zip(messages, codes, strict=True):
        fail(desk, message, code)

    found = desk.retries.retry_failed(state.campaign.id, ANN)

    assert (found.retried, found.left_out, found.remaining) == (3, 5, 0)
    assert told(found) == {
        "1000": (2, True),
        "1331": (1, True),
        "1050": (1, False),
        "1210": (1, False),
        "1320": (1, False),
        None: (1, False),
        "4711": (1, False),
    }
    assert desk.counts(state) == {"queued": 3, "rejected": 5}
    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.SENDING
    assert [again.to for again in desk.send_all()] == numbers(3)


def test_codes_narrow_what_is_tried_again_and_widen_nothing(desk: Desk) -> None:
    state, messages = sent(desk, 3)
    for message, code in zip(messages, ["1000", "1331", "1050"], strict=True):
        fail(desk, message, code)

    found = desk.retries.retry_failed(state.campaign.id, Wish("Ann", frozenset({"1331", "1050"})))

    assert told(found) == {"1331": (1, True), "1000": (1, False), "1050": (1, False)}
    assert [again.to for again in desk.claim()] == [numbers(3)[1]]


def test_nothing_else_is_ever_touched(desk: Desk) -> None:
    state = desk.campaigns.launch(order(5, policy=NO_BRAKE)).state
    messages = desk.claim()
    for message, answer in zip(messages[:2], (in_doubt, refused), strict=True):
        desk.record([message], answer)
    desk.record(messages[2:4], taken)
    desk.receive(messages[2], MessageStatus.DELIVERED)

    found = desk.retries.retry_failed(state.campaign.id, ANN)

    assert (found.retried, found.left_out) == (0, 1)
    before = {"in_doubt": 1, "failed": 1, "delivered": 1, "accepted": 1, "sending": 1}
    assert desk.counts(state) == before
    assert desk.audit.page(None, None, 10) == []


def test_the_code_of_a_refused_request_is_not_the_code_of_a_receipt(desk: Desk) -> None:
    """In answers 1100 means a wrong channel; in receipts, that the network failed."""
    state = desk.campaigns.launch(order(1)).state
    desk.record(desk.claim(), lambda _: Outcome(OutcomeKind.REFUSED, "channel", code="1100"))

    assert desk.retries.retry_failed(state.campaign.id, ANN).retried == 0


def test_what_we_gave_up_is_tried_again_as_often_as_before(desk: Desk) -> None:
    state = desk.campaigns.launch(order(1, policy=NO_BRAKE)).state
    for _ in range(MAX_ATTEMPTS):
        desk.record(desk.claim(), try_later)
        desk.clock.forward(1000)
    assert desk.counts(state) == {"failed": 1}

    found = desk.retries.retry_failed(state.campaign.id, Wish("Ann", frozenset({"given up"})))

    assert told(found) == {"given up": (1, True)}
    for attempt in range(MAX_ATTEMPTS + 1, 2 * MAX_ATTEMPTS + 1):
        (message,) = desk.claim()
        assert message.attempt == attempt
        desk.record([message], try_later)
        desk.clock.forward(1000)
    (stored,) = desk.campaigns.messages(state.campaign.id, None, None, 10)
    assert stored.status is MessageStatus.FAILED
    assert stored.reason == f"given up after {MAX_ATTEMPTS} attempts: connection refused"


def test_what_a_person_settled_as_not_sent_is_not_tried_again(desk: Desk) -> None:
    from app.domain.doubts import Answer, Resolution  # noqa: PLC0415 (only here)

    state = desk.campaigns.launch(order(1)).state
    desk.record(desk.claim(), in_doubt)
    desk.doubts.resolve_campaign(state.campaign.id, Resolution(Answer.NOT_SENT, "Ann"))

    found = desk.retries.retry_failed(state.campaign.id, ANN)

    assert (found.retried, found.left_out) == (0, 1)


@pytest.mark.parametrize("changes", [{"text": LONG_TEXT}, {}], ids=["ours", "vonages"])
def test_a_long_text_that_was_rejected_may_have_arrived_and_needs_a_word_more(
    desk: Desk, changes: dict[str, str]
) -> None:
    state, messages = sent(desk, 2, **changes)
    for message in messages:
        fail(desk, message, "1000", segments=2)

    found = desk.retries.retry_failed(state.campaign.id, ANN)
    assert found.retried == 0
    assert "may have arrived" in (found.kinds[0].why_not or "")

    confirmed = Wish("Ann", confirmed=True)
    assert desk.retries.retry_failed(state.campaign.id, confirmed).retried == 2


def test_a_long_text_that_did_not_reach_the_carrier_needs_none(desk: Desk) -> None:
    state, (message,) = sent(desk, 1, text=LONG_TEXT)
    fail(desk, message, "1331", MessageStatus.UNDELIVERABLE)

    assert desk.retries.retry_failed(state.campaign.id, ANN).retried == 1


def test_who_opted_out_is_left_alone_now_and_later(desk: Desk) -> None:
    state, messages = sent(desk, 3)
    for message in messages:
        fail(desk, message, "1000")
    desk.inbound.receive("{}", inbound("STOP", numbers(3)[0]))

    found = desk.retries.retry_failed(state.campaign.id, ANN)
    assert (found.retried, found.left_out) == (2, 1)
    desk.inbound.receive("{}", inbound("STOP", numbers(3)[1]))

    assert [each.to for each in desk.send_all() if each.campaign_id] == [numbers(3)[2]]
    # It stands as it stood: "skipped" would say that it never left.
    stored = desk.messages.find(messages[1].id)
    assert (stored.status, stored.error_code) == (MessageStatus.REJECTED, "1000")
    assert stored.message_uuid == uuid_of(messages[1])
    assert stored.reason == "not sent again: opted out"


def test_what_was_skipped_can_be_tried_again_later(desk: Desk) -> None:
    state, (message,) = sent(desk)
    fail(desk, message, "1000")
    desk.retries.retry_failed(state.campaign.id, ANN)
    desk.inbound.receive("{}", inbound("STOP", message.to))
    desk.inbound.receive("{}", inbound("START", message.to))

    assert desk.retries.retry_failed(state.campaign.id, ANN).retried == 1
    (again,) = (each for each in desk.claim() if each.campaign_id)
    assert again.attempt == 2
    fail(desk, message, "1230")
    assert desk.counts(state) == {"sending": 1}


def test_a_cancelled_campaign_tries_nothing_again(desk: Desk) -> None:
    state = desk.campaigns.launch(order(2, policy=NO_BRAKE)).state
    (message,) = desk.claim(room=1)
    desk.record([message], taken)
    fail(desk, message, "1000")
    desk.campaigns.cancel(state.campaign.id, "Ann")

    with pytest.raises(Conflict, match="cancelled cannot be reopened"):
        desk.retries.retry_failed(state.campaign.id, ANN)
    assert desk.counts(state) == {"rejected": 1, "skipped": 1}


def test_a_campaign_that_is_not_there_tries_nothing_again(desk: Desk) -> None:
    for missing in ("nonsense", "01a20284-46ec-7085-90b1-3294384bf7a9"):
        with pytest.raises(NotFound):
            desk.retries.retry_failed(missing, ANN)


def test_many_are_tried_again_in_chunks_and_every_chunk_is_written_down(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "AT_ONCE", 2)
    monkeypatch.setattr(retries, "AT_ONCE", 2)
    state, messages = sent(desk, 5)
    for message in messages:
        fail(desk, message, "1000")

    assert desk.retries.retry_failed(state.campaign.id, ANN).retried == 5

    events = desk.audit.page(state.campaign.id, None, 10)
    assert [event.details["messages"] for event in events] == [1, 2, 2]
    assert {(event.actor, event.action) for event in events} == {("Ann", "retried")}


def test_work_that_takes_too_long_is_left_for_another_call(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "AT_ONCE", 2)
    monkeypatch.setattr(retries, "AT_ONCE", 2)
    monkeypatch.setattr(chunks, "LONGEST", 0.0)
    state, messages = sent(desk, 5)
    for message in messages:
        fail(desk, message, "1000")

    found = desk.retries.retry_failed(state.campaign.id, ANN)

    assert (found.retried, found.remaining) == (2, 3)
    assert desk.counts(state) == {"queued": 2, "rejected": 3}


# News of the first attempt after the second began.


def retried(desk: Desk) -> tuple[CampaignState, ClaimedMessage]:
    state, (message,) = sent(desk)
    fail(desk, message, "1000")
    desk.retries.retry_failed(state.campaign.id, ANN)
    return state, message


@pytest.mark.parametrize("named", [True, False], ids=["with our id", "with Vonage's alone"])
@pytest.mark.parametrize(
    "status",
    [MessageStatus.SUBMITTED, MessageStatus.UNDELIVERABLE, MessageStatus.REJECTED],
    ids=str,
)
def test_late_news_of_the_first_attempt_does_not_end_the_second(
    desk: Desk, status: MessageStatus, *, named: bool
) -> None:
    state, message = retried(desk)
    ref: dict[str, Any] = {} if named else {"client_ref": None}
    fail(desk, message, "1000", status, **ref)
    assert desk.counts(state) == {"queued": 1}

    (again,) = desk.claim()
    fail(desk, message, "1000", status, **ref)
    assert desk.counts(state) == {"sending": 1}

    desk.record([again], taken)
    fail(desk, message, "1000", status, **ref)
    assert desk.counts(state) == {"accepted": 1}

    fail(desk, again, None, MessageStatus.DELIVERED, **ref)
    assert desk.counts(state) == {"delivered": 1}


@pytest.mark.parametrize("named", [True, False], ids=["with our id", "with Vonage's alone"])
def test_a_late_delivery_of_the_first_attempt_prevents_the_second(
    desk: Desk, *, named: bool
) -> None:
    state, message = retried(desk)

    ref: dict[str, Any] = {} if named else {"client_ref": None}
    fail(desk, message, None, MessageStatus.DELIVERED, **ref)

    assert desk.counts(state) == {"delivered": 1}
    assert desk.send_all() == []
    assert desk.messages.find(message.id).message_uuid == uuid_of(message)
    assert desk.campaigns.find(state.campaign.id).campaign.status is CampaignStatus.FINISHED


def test_a_late_delivery_of_the_first_attempt_counts_when_the_second_has_left(desk: Desk) -> None:
    state, message = retried(desk)
    (again,) = desk.claim()
    fail(desk, message, None, MessageStatus.DELIVERED)
    desk.record([again], taken)
    fail(desk, again, "1000")

    stored = desk.messages.find(message.id)
    assert desk.counts(state) == {"delivered": 1}
    assert stored.message_uuid == uuid_of(again)


def test_a_receipt_of_the_second_may_overtake_our_record_of_it(desk: Desk) -> None:
    state, _ = retried(desk)
    (again,) = desk.claim()

    fail(desk, again, "1230")
    assert desk.counts(state) == {"rejected": 1}
    desk.record([again], taken)
    assert desk.counts(state) == {"rejected": 1}


def test_recording_the_first_attempt_once_more_changes_nothing(desk: Desk) -> None:
    state, message = retried(desk)
    desk.record([message], taken)
    assert desk.counts(state) == {"queued": 1}
    (again,) = desk.claim()
    desk.record([message], taken)
    assert desk.counts(state) == {"sending": 1}
    desk.record([again], taken)
    desk.record([message], taken)
    assert desk.messages.find(message.id).message_uuid == uuid_of(again)


def test_a_third_attempt_knows_the_first_two(desk: Desk) -> None:
    state, message = retried(desk)
    (second,) = desk.claim()
    desk.record([second], taken)
    fail(desk, second, "1230")
    desk.retries.retry_failed(state.campaign.id, ANN)
    (third,) = desk.claim()
    desk.record([third], taken)

    for earlier in (message, second):
        fail(desk, earlier, "1000")
    assert desk.counts(state) == {"accepted": 1}
    fail(desk, third, "1000")
    assert desk.counts(state) == {"rejected": 1}


def test_each_attempt_that_cost_something_is_counted(desk: Desk) -> None:
    from decimal import Decimal  # noqa: PLC0415 (only here)

    from app.storage import spend  # noqa: PLC0415 (only here)

    state, (message,) = sent(desk)
    price: dict[str, Any] = {"price": Decimal("0.05"), "currency": "EUR"}
    fail(desk, message, "1000", **price)
    desk.retries.retry_failed(state.campaign.id, ANN)
    fail(desk, message, "1000", **price)
    (again,) = desk.claim()
    desk.record([again], taken)
    fail(desk, again, None, MessageStatus.DELIVERED, **price)

    with desk.database.reading() as session:
        paid = spend.of_campaigns(session, [state.campaign.id])[state.campaign.id]
    assert paid.amount == Decimal("0.10")
