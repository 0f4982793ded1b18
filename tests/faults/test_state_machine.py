"""Whatever happens in whatever order: the laws of the outbox hold after every step."""

import contextlib
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from app.domain.errors import Conflict
from app.domain.message import (
    OPEN,
    Attempt,
    ClaimedMessage,
    DeliveryReceipt,
    MessageKind,
    MessageStatus,
    Outcome,
    OutcomeKind,
    furthest,
)
from app.domain.policy import Policy
from app.storage.database import Database
from tests.support.builders import SENDER, inbound, numbers, order
from tests.support.desk import Desk
from tests.support.emptying import empty
from tests.support.faults import scaled

PEOPLE = numbers(6)
NOT_TAKEN = {OutcomeKind.TRY_LATER, OutcomeKind.CAMPAIGN_MUST_PAUSE}
EXPLAINED = {MessageStatus.ACCEPTED, MessageStatus.SUBMITTED, MessageStatus.DELIVERED}
POLICIES = (
    Policy(canary=2, canary_from=3, max_failure_rate=None, max_opt_out_rate=None),
    Policy(canary=None, max_failure_rate=0.5, max_opt_out_rate=None),
)
TOLD = (
    MessageStatus.SUBMITTED,
    MessageStatus.UNDELIVERABLE,
    MessageStatus.REJECTED,
    MessageStatus.DELIVERED,
)
STEPS = (0.02, 0.3, 1, 5, 20, 45, 1_000, 6 * 3_600, -2, -90, -6 * 3_600)
"""Seconds: within a claim, a retry, a canary's wait, a lease, and clocks that jump."""


_place = st.integers(0, 1_000)


class Life(RuleBasedStateMachine):
    """Clients, phones, carriers and crashes around one database."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        empty(self.database)
        self.desk = Desk(self.database)
        self.campaigns: list[str] = []
        self.in_hand: list[ClaimedMessage] = []
        self.handed: dict[str, list[OutcomeKind | None]] = {}  # by message, one an attempt
        self.written: list[Attempt] = []
        self.stopped: set[str] = set()
        self.known: dict[str, MessageStatus] = {}

    # What clients do.

    @rule(who=st.lists(st.sampled_from(PEOPLE), min_size=1), policy=st.sampled_from(POLICIES))
    def launch(self, who: list[str], policy: Policy) -> None:
        launched = self.desk.campaigns.launch(order(list(who), policy=policy))
        self.campaigns.append(launched.state.campaign.id)

    @rule(who=st.sampled_from(PEOPLE))
    def send_one(self, who: str) -> None:
        from app.domain.phone import PhoneNumber  # noqa: PLC0415 (only here)

        self.desk.messages.send(PhoneNumber(who), "Hello", SENDER)

    @precondition(lambda self: self.campaigns)
    @rule(place=_place, move=st.sampled_from(["pause", "resume", "cancel"]))
    def move(self, place: int, move: str) -> None:
        step: Callable[[str, str], Any] = getattr(self.desk.campaigns, move)
        with contextlib.suppress(Conflict):
            step(self.campaigns[place % len(self.campaigns)], "a person")

    # What the dispatcher does, and what becomes of it.

    @rule(room=st.integers(1, 8))
    def claim(self, room: int) -> None:
        self.take(self.desk.claim(room))

    def take(self, messages: tuple[ClaimedMessage, ...]) -> None:
        for message in messages:
            before = self.handed.setdefault(message.id, [])
            assert set(before) <= NOT_TAKEN, "handed over again though it may have been taken"
            assert message.attempt == len(before) + 1
            if message.to in self.stopped:
                assert self.desk.messages.find(message.id).kind is MessageKind.REPLY
            before.append(None)
        self.in_hand += messages

    @precondition(lambda self: self.in_hand)
    @rule(place=_place, kind=st.sampled_from(OutcomeKind), throttled=st.booleans())
    def answer(self, place: int, kind: OutcomeKind, throttled: bool) -> None:  # noqa: FBT001 (drawn)
        message = self.in_hand.pop(place % len(self.in_hand))
        self.write(message, _outcome(message, kind, throttled=throttled))

    def write(self, message: ClaimedMessage, outcome: Outcome) -> None:
        now = self.desk.clock()
        attempt = Attempt(message, outcome, now, now)
        self.desk.outbox.record([attempt], now)
        self.note_opt_outs()  # a receipt may have waited for this record
        self.handed[message.id][message.attempt - 1] = outcome.kind
        self.written.append(attempt)

    @precondition(lambda self: self.written)
    @rule(place=_place)
    def write_again(self, place: int) -> None:
        """The commit of a record was cut, and the record is repeated."""
        self.desk.outbox.record([self.written[-1 - place % len(self.written)]], self.desk.clock())
        self.note_opt_outs()

    @rule()
    def sweep(self) -> None:
        self.desk.outbox.sweep(self.desk.clock())
        self.note_opt_outs()

    @rule()
    def crash(self) -> None:
        """What was in flight is forgotten; another process begins."""
        self.in_hand.clear()
        self.desk.outbox = self.desk.outbox_of(self.database, 1000.0)

    @rule(seconds=st.sampled_from(STEPS))
    def let_time_pass(self, seconds: float) -> None:
        self.desk.clock.forward(seconds)

    # What the carrier and phones say.

    @precondition(lambda self: self.handed)
    @rule(
        place=_place,
        status=st.sampled_from(TOLD),
        ours=st.booleans(),
        blocked=st.booleans(),
        price=st.sampled_from([None, "0.0333"]),
    )
    def tell(
        self,
        place: int,
        status: MessageStatus,
        ours: bool,  # noqa: FBT001 (drawn)
        blocked: bool,  # noqa: FBT001 (drawn)
        price: str | None,
    ) -> None:
        from decimal import Decimal  # noqa: PLC0415 (only here)

        message_id = list(self.handed)[place % len(self.handed)]
        is_block = blocked and status is MessageStatus.REJECTED
        receipt = DeliveryReceipt(
            status=status,
            at=self.desk.clock(),
            client_ref=message_id if ours else None,
            message_uuid=f"uuid-of-{message_id}",
            error_code="1240" if is_block else None,
            price=None if price is None else Decimal(price),
        )
        self.desk.receipts.apply("{}", receipt)
        if is_block:
            self.note_opt_outs()

    @rule(who=st.sampled_from(PEOPLE), words=st.sampled_from(["STOP", "START", "HELP", "Thanks"]))
    def text(self, who: str, words: str) -> None:
        self.desk.inbound.receive("{}", inbound(words, who, self.desk.clock()))
        if words == "STOP":
            self.stopped.add(who)
        if words == "START":
            self.stopped.discard(who)

    def note_opt_outs(self) -> None:
        with self.database.reading() as session:
            self.stopped |= set(session.scalars(text("SELECT number FROM opt_outs")))

    # What always holds.

    @invariant()
    def counts_are_right(self) -> None:
        self.desk.check_counts()

    @invariant()
    def statuses_only_move_forward(self) -> None:
        for row in self.rows("SELECT id, status, reason FROM messages"):
            message_id, status = str(row["id"]), MessageStatus(row["status"])
            before = self.known.get(message_id, status)
            given_back = (before, status) == (MessageStatus.SENDING, MessageStatus.QUEUED)
            assert furthest(before, status) is status or given_back, (before, status)
            assert row["reason"] or status in EXPLAINED | OPEN, status
            self.known[message_id] = status

    @invariant()
    def what_is_over_has_nothing_left(self) -> None:
        left = self.rows(
            "SELECT campaigns.status AS campaign, messages.status FROM campaigns"
            " JOIN messages ON messages.campaign_id = campaigns.id"
            " WHERE campaigns.finished_at IS NOT NULL AND messages.status IN ('queued', 'sending')"
        )
        assert {(row["campaign"], row["status"]) for row in left} <= {("cancelled", "sending")}

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with self.database.reading() as session:
            return [dict(row) for row in session.execute(text(statement)).mappings()]

    def teardown(self) -> None:
        """However it stands: once all is well again, every campaign comes to its end."""
        self.in_hand.clear()
        for _ in range(60):  # half an hour: every lease and every wait is over
            self.desk.clock.forward(30)
            self.sweep()
            for campaign_id in self.campaigns:
                with contextlib.suppress(Conflict):
                    self.desk.campaigns.resume(campaign_id, "a person")
            self.take(self.desk.claim())
            while self.in_hand:
                message = self.in_hand.pop()
                self.write(message, _outcome(message, OutcomeKind.ACCEPTED))
            if self.is_over():
                break
        assert self.is_over()
        self.statuses_only_move_forward()
        self.counts_are_right()

    def is_over(self) -> bool:
        still = self.rows("SELECT 1 FROM campaigns WHERE finished_at IS NULL")
        waiting = self.rows("SELECT 1 FROM messages WHERE status IN ('queued', 'sending')")
        return not still and not waiting


def _outcome(message: ClaimedMessage, kind: OutcomeKind, *, throttled: bool = False) -> Outcome:
    if kind is OutcomeKind.ACCEPTED:
        return Outcome(kind, message_uuid=f"uuid-of-{message.id}")
    later = kind is OutcomeKind.TRY_LATER
    return Outcome(kind, f"because {kind}", throttled=later and throttled, unreachable=later)


def test_the_laws_of_the_outbox_hold_after_every_step(database: Database) -> None:
    on_sqlite = database.engine.dialect.name == "sqlite"
    examples = scaled(12, 400) if on_sqlite else scaled(5, 60)

    class Here(Life):
        pass

    Here.database = database
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=examples,
            stateful_step_count=scaled(30, 80),
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
