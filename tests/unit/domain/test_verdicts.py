"""One sentence for each way in which it can have ended, and entries for each way to get there."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.history import (
    History,
    KnownAttempt,
    KnownCampaign,
    KnownConsent,
    KnownMessage,
    KnownReceipt,
)
from app.domain.lifecycle import CampaignStatus
from app.domain.message import (
    DeliveryReceipt,
    MessageKind,
    MessageStatus,
    OutcomeKind,
)
from app.domain.timeline import What
from app.domain.told_answers import tell_answers
from app.domain.told_messages import lives, tell_queue
from app.domain.verdicts import verdicts
from app.domain.wording import quoted, why_skipped
from tests.support.fakes import START

LATER = START + timedelta(minutes=5)
CAMPAIGN = KnownCampaign(
    id="c",
    name="Spring",
    status=CampaignStatus.SENDING,
    status_by=None,
    status_reason=None,
    created_at=START,
    scheduled_at=None,
    canary=100,
    canary_at=None,
    is_released=True,
)
MESSAGE = KnownMessage(
    id="m",
    campaign_id="c",
    kind=MessageKind.CAMPAIGN,
    sender="Bells",
    status=MessageStatus.QUEUED,
    status_at=LATER,
    reason=None,
    error_code=None,
    attempts=0,
    due_at=START,
    created_at=START,
    sent_at=None,
    accepted_at=None,
    final_at=None,
    message_uuid=None,
)
NOTHING = History(
    is_opted_out=False,
    contact=None,
    campaigns={"c": CAMPAIGN},
    campaign_events=(),
    messages=(MESSAGE,),
    attempts=(),
    receipts=(),
    consents=(),
    texts=(),
    refusals=(),
)


def verdict(campaign: dict[str, Any] | None = None, **changes: Any) -> str:
    history = replace(
        NOTHING,
        campaigns={"c": replace(CAMPAIGN, **(campaign or {}))},
        messages=(replace(MESSAGE, **changes),),
    )
    (found,) = verdicts(history)
    return found.sentence


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (MessageStatus.SENDING, "being sent since 2026-03-02 12:05:00 UTC"),
        (MessageStatus.SKIPPED, "not sent: no"),
        (MessageStatus.IN_DOUBT, "in doubt since 2026-03-02 12:05:00 UTC, it may have been sent"),
        (MessageStatus.FAILED, "not sent: failed at 2026-03-02 12:05:00 UTC"),
        (
            MessageStatus.ACCEPTED,
            "accepted by Vonage at 2026-03-02 12:05:00 UTC, no receipt has come yet",
        ),
        (MessageStatus.SUBMITTED, "handed to the carrier at 2026-03-02 12:05:00 UTC"),
        (MessageStatus.UNDELIVERABLE, "not delivered: Vonage could not reach the carrier"),
        (MessageStatus.REJECTED, "not delivered: the carrier refused it"),
        (MessageStatus.DELIVERED, "delivered at 2026-03-02 12:05:00 UTC"),
    ],
)
def test_every_status_has_a_verdict(status: MessageStatus, sentence: str) -> None:
    assert verdict(status=status, reason="no").startswith(sentence)


@pytest.mark.parametrize("status", [MessageStatus.FAILED, MessageStatus.REJECTED])
def test_code_and_reason_are_named(status: MessageStatus) -> None:
    assert verdict(status=status, reason="{no} such number", error_code="1120").endswith(
        " (1120): {no} such number"
    )


def test_what_waits_says_for_what() -> None:
    paused = {"status": CampaignStatus.PAUSED, "status_by": "Ann", "status_reason": "lunch"}
    scheduled = {"status": CampaignStatus.SCHEDULED, "scheduled_at": LATER}
    watched = {"canary_at": START, "is_released": False}

    assert verdict() == "waiting for its turn"
    slow = "waiting for its turn: its campaign sends 0.5 a second at most"
    assert verdict({"max_rate": 0.5}) == slow
    assert verdict(paused) == "waiting: its campaign is paused by Ann: lunch"
    assert verdict(scheduled) == "waiting: its campaign is scheduled for 2026-03-02 12:05:00 UTC"
    assert verdict(watched) == "waiting: the first 100 of its campaign are being watched"
    assert verdict(attempts=1, due_at=LATER, error_code="429") == (
        "waiting: to be tried again at 2026-03-02 12:05:00 UTC (429)"
    )


def test_a_skip_rests_on_the_opt_out_before_it() -> None:
    def stop(day: int, wording: str) -> KnownConsent:
        at = START + timedelta(days=day)
        return KnownConsent(f"e{day}", "opt_out", "keyword", wording, at, "uuid")

    skipped = replace(
        MESSAGE,
        status=MessageStatus.SKIPPED,
        reason="opted out",
        status_at=START + timedelta(days=5),
    )
    events = [stop(1, "STOP"), stop(4, "please  stop\nthis"), stop(9, "STOP!")]

    assert why_skipped(skipped, events) == "opted out on 6 March 2026 by texting “please stop this”"
    assert why_skipped(skipped, []) == "opted out"
    assert why_skipped(replace(skipped, reason="too late"), events) == "too late"


def test_long_words_are_cut() -> None:
    assert len(quoted("x" * 1000)) == 83


MOMENTS = st.integers(0, 600).map(lambda seconds: START + timedelta(seconds=seconds))
ATTEMPTS = st.lists(st.tuples(MOMENTS, st.sampled_from(OutcomeKind)), max_size=5)
RECEIPTS = st.lists(st.tuples(MOMENTS, st.sampled_from(list(MessageStatus)[5:])), max_size=5)


@given(st.sampled_from(MessageStatus), MOMENTS, st.integers(0, 5), ATTEMPTS, RECEIPTS)
def test_whatever_was_heard_every_attempt_and_receipt_is_told_once(
    status: MessageStatus,
    status_at: Any,
    claims: int,
    attempts: list[tuple[Any, OutcomeKind]],
    receipts: list[tuple[Any, MessageStatus]],
) -> None:
    history = replace(
        NOTHING,
        messages=(replace(MESSAGE, status=status, status_at=status_at, attempts=claims),),
        attempts=tuple(
            KnownAttempt("m", place, at, at, at, outcome, None, None)
            for place, (at, outcome) in enumerate(sorted(attempts), 1)
        ),
        receipts=tuple(
            KnownReceipt(f"r{place}", "m", at, DeliveryReceipt(heard, at))
            for place, (at, heard) in enumerate(sorted(receipts), 1)
        ),
    )
    (life,) = lives(history)

    told = [*tell_queue(life), *tell_answers(life, history.receipts)]

    kinds = [entry.what for entry in told]
    assert kinds.count(What.ATTEMPTED) == len(attempts)
    assert kinds.count(What.RECEIPT) == len(receipts)
    assert kinds.count(What.SKIPPED) == (status is MessageStatus.SKIPPED)
    assert all(entry.evidence.message_id == "m" and entry.rule for entry in told)
    changed = [e.detail["status"] for e in told if e.what is What.RECEIPT and e.detail["changed"]]
    assert len(changed) == len(set(changed))
