"""What Vonage and the carriers said of a message: as entries of a timeline."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import reduce

from app.domain.history import KnownAttempt, KnownReceipt
from app.domain.message import OPEN, MessageStatus, OutcomeKind, furthest
from app.domain.timeline import Source, TimelineEntry, What
from app.domain.told_messages import Life
from app.domain.wording import at_time, because

_HEARD = {
    OutcomeKind.ACCEPTED: MessageStatus.ACCEPTED,
    OutcomeKind.REFUSED: MessageStatus.FAILED,
    OutcomeKind.IN_DOUBT: MessageStatus.IN_DOUBT,
}

_ANSWERS = {
    OutcomeKind.ACCEPTED: (
        "Vonage accepted it",
        "accepted is taken for processing, and nothing more",
    ),
    OutcomeKind.REFUSED: (
        "Vonage refused it, it was not sent",
        "what Vonage refuses as it stands is not tried again",
    ),
    OutcomeKind.CAMPAIGN_MUST_PAUSE: (
        "Vonage refused it, as it would every other message",
        "when every message would fail alike, the campaign pauses and keeps them",
    ),
    OutcomeKind.TRY_LATER: (
        "Vonage did not take it",
        "what Vonage provably did not take goes back to the queue",
    ),
    OutcomeKind.IN_DOUBT: (
        "no readable answer came, it may have been sent",
        "what may have been sent is not sent again by itself",
    ),
}

_MEANS = {
    MessageStatus.ACCEPTED: "Vonage has it",
    MessageStatus.SUBMITTED: "it was handed to the carrier",
    MessageStatus.UNDELIVERABLE: "Vonage could not reach the carrier",
    MessageStatus.REJECTED: "the carrier refused it",
    MessageStatus.DELIVERED: "the carrier says that it arrived",
}


def tell_answers(life: Life, receipts: Sequence[KnownReceipt]) -> Iterator[TimelineEntry]:
    """Attempts, receipts, and a status that neither explains; `receipts` are in order."""
    yield from (_attempt(life, each) for each in life.attempts)
    for place, receipt in enumerate(receipts):
        known = _furthest_at(life, receipts[:place], receipt.received_at)
        yield _receipt(life, receipt, known)
    yield from _unexplained(life, receipts)


def _attempt(life: Life, attempt: KnownAttempt) -> TimelineEntry:
    said, rule = _ANSWERS[attempt.outcome]
    is_taken = attempt.outcome is OutcomeKind.ACCEPTED
    uuid = life.message.message_uuid if is_taken else None
    named = f" (message {uuid})" if uuid else because(attempt.code, attempt.reason)
    return life.entry(
        attempt.ended_at,
        What.ATTEMPTED,
        f"attempt {attempt.number}: {said}{named}",
        rule,
        Source.CARRIER if is_taken or attempt.code else Source.US,
        detail={
            "attempt": attempt.number,
            "began_at": attempt.began_at,
            "ended_at": attempt.ended_at,
            "outcome": attempt.outcome.value,
            "code": attempt.code,
            "reason": attempt.reason,
        },
        message_uuid=uuid,
    )


def _furthest_at(life: Life, receipts: Iterable[KnownReceipt], at: datetime) -> MessageStatus:
    """The furthest status that was heard until then."""
    heard = [each.receipt.status for each in receipts]
    heard += [_HEARD[a.outcome] for a in life.attempts if a.ended_at <= at and a.outcome in _HEARD]
    return reduce(furthest, heard, MessageStatus.QUEUED)


def _receipt(life: Life, known: KnownReceipt, before: MessageStatus) -> TimelineEntry:
    receipt = known.receipt
    changed = furthest(before, receipt.status) is not before
    note = "" if changed else f"; it changed nothing, since “{before}” had been heard before"
    why = because(receipt.error_code, receipt.reason)
    return life.entry(
        known.received_at,
        What.RECEIPT,
        f"receipt “{receipt.status}”: {_MEANS.get(receipt.status, 'news of it')}{why},"
        f" at {at_time(receipt.at)} by Vonage's clock{note}",
        "of all that is heard the furthest counts",
        Source.CARRIER,
        detail={
            "status": receipt.status.value,
            "vonage_at": receipt.at,
            "changed": changed,
            "code": receipt.error_code,
            "reason": receipt.reason,
        },
        message_uuid=receipt.message_uuid or life.message.message_uuid,
        webhook_event_id=known.event_id,
    )


_UNEXPLAINED = {
    MessageStatus.IN_DOUBT: (
        What.IN_DOUBT,
        "in doubt: it may have been sent",
        "a claim that is not answered in time is in doubt, and not sent again by itself",
    ),
    MessageStatus.FAILED: (What.GIVEN_UP, "not sent", "attempts come to an end"),
}


def _unexplained(life: Life, receipts: Sequence[KnownReceipt]) -> Iterator[TimelineEntry]:
    """A status of ours: a lease that ran out, too many attempts, a person's decision."""
    message = life.message
    if message.status in OPEN or message.status is MessageStatus.SKIPPED:
        return
    latest = max((each.received_at for each in receipts), default=message.status_at)
    attempted = max((each.ended_at for each in life.attempts), default=latest)
    if message.status is _furthest_at(life, receipts, max(latest, attempted)):
        return
    settled = (What.SETTLED, f"settled as {message.status}", "a person may settle what is in doubt")
    what, said, rule = _UNEXPLAINED.get(message.status, settled)
    if _was_refused_alone(life):
        return
    sentence = f"{said}{because(message.error_code, message.reason)}"
    yield life.entry(message.status_at, what, sentence, rule)


def _was_refused_alone(life: Life) -> bool:
    """A message without campaign fails where a campaign would pause: the attempt tells it."""
    last = life.attempts[-1] if life.attempts else None
    pausing = last is not None and last.outcome is OutcomeKind.CAMPAIGN_MUST_PAUSE
    return pausing and life.campaign is None
