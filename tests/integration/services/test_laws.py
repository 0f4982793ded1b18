"""Whatever is resolved, retried, reported and stopped, in whichever order: the laws hold."""

import random
from collections import Counter
from dataclasses import replace

import pytest

from app.domain.doubts import Answer, Resolution
from app.domain.errors import Conflict
from app.domain.message import ClaimedMessage, MessageStatus
from app.domain.policy import Policy
from app.services.retries import Wish
from tests.support.builders import inbound, numbers, order
from tests.support.desk import LEASE, Desk
from tests.support.outcomes import in_doubt, refused, taken, try_later, uuid_of

STEPS = 120
PEOPLE = 8
HEARD = [
    *[MessageStatus.SUBMITTED] * 3,
    *[MessageStatus.REJECTED] * 5,
    *[MessageStatus.UNDELIVERABLE] * 2,
    MessageStatus.DELIVERED,
]
CODES = [None, "1000", "1000", "1050", "1230", "1320"]
SOUND = Policy(canary=None, max_failure_rate=None, max_opt_out_rate=None, late_tolerance=None)


class Life:
    """A campaign to which everything happens, by chance."""

    def __init__(self, desk: Desk, chance: random.Random, resend_after: float | None) -> None:
        self.desk = desk
        self.chance = chance
        policy = replace(SOUND, resend_after=resend_after)
        self.id = desk.campaigns.launch(order(PEOPLE, policy=policy)).state.campaign.id
        self.on_their_way: list[ClaimedMessage] = []
        self.attempts: list[ClaimedMessage] = []
        self.stopped: set[str] = set()
        self.settled_as_sent: set[str] = set()
        self.delivered: set[str] = set()

    def claim(self) -> None:
        for message in self.desk.claim(self.chance.randint(1, PEOPLE)):
            if message.campaign_id is None:
                self.desk.record([message], taken)
                continue
            assert message.to not in self.stopped, "texted although opted out"
            assert message.id not in self.settled_as_sent, "sent although it was settled as sent"
            assert message.id not in self.delivered, "sent although it had arrived"
            self.on_their_way.append(message)
            self.attempts.append(message)

    def answer(self) -> None:
        if self.on_their_way:
            message = self.on_their_way.pop(self.chance.randrange(len(self.on_their_way)))
            self.desk.record(
                [message],
                self.chance.choice([taken, taken, in_doubt, in_doubt, try_later, refused]),
            )

    def die(self) -> None:
        self.desk.outbox.sweep(self.desk.clock.forward(LEASE.total_seconds() + 1))

    def receive(self) -> None:
        if not self.attempts:
            return
        message = self.chance.choice(self.attempts)
        status = self.chance.choice(HEARD)
        if status is MessageStatus.DELIVERED:
            self.delivered.add(message.id)
        self.desk.receive(
            message, status, message_uuid=uuid_of(message), error_code=self.chance.choice(CODES)
        )

    def stop(self) -> None:
        number = self.chance.choice(numbers(PEOPLE))
        if self.chance.random() < 0.1:
            self.stopped.add(number)
            self.desk.inbound.receive("{}", inbound("STOP", number))

    def resolve(self) -> None:
        answer = self.chance.choice([*Answer, Answer.RESEND, Answer.RESEND])
        doubts = self.desk.campaigns.messages(self.id, MessageStatus.IN_DOUBT, None, PEOPLE)
        self.desk.doubts.resolve_campaign(self.id, Resolution(answer, "Ann", confirmed=True))
        if answer is Answer.SENT:
            self.settled_as_sent |= {message.id for message in doubts}

    def retry(self) -> None:
        before = self.statuses()
        self.desk.retries.retry_failed(self.id, Wish("Ann"))
        for message_id, (status, code) in self.statuses().items():
            if before[message_id] != (status, code):
                old, old_code = before[message_id]
                assert old in {MessageStatus.REJECTED, MessageStatus.UNDELIVERABLE}
                assert old_code in {"1000", "1230"}
                # A person asked for it, knowing that it was rejected since.
                self.settled_as_sent.discard(message_id)

    def pause_and_resume(self) -> None:
        for deed in (self.desk.campaigns.pause, self.desk.campaigns.resume):
            try:
                deed(self.id, "Ann")
            except Conflict:
                return

    def statuses(self) -> dict[str, tuple[MessageStatus, str | None]]:
        listed = self.desk.campaigns.messages(self.id, None, None, PEOPLE)
        return {message.id: (message.status, message.error_code) for message in listed}

    def step(self) -> None:
        deeds = [self.claim, self.claim, self.answer, self.answer, self.receive, self.receive]
        deeds += [self.die, self.stop, self.resolve, self.retry, self.pause_and_resume]
        self.chance.choice(deeds)()
        self.desk.clock.forward(self.chance.choice([0.01, 1.0, 61.0]))
        self.desk.check_counts()
        delivered = {
            message_id
            for message_id, (status, _) in self.statuses().items()
            if status is MessageStatus.DELIVERED
        }
        assert delivered == self.delivered


@pytest.mark.parametrize("resend_after", [None, 60.0], ids=["hold", "resend"])
@pytest.mark.parametrize("seed", range(2))
def test_counts_stay_true_and_nobody_is_texted_against_a_word(
    desk: Desk, seed: int, resend_after: float | None
) -> None:
    life = Life(desk, random.Random(seed), resend_after)  # noqa: S311 (to be repeated)
    for _ in range(STEPS):
        life.step()

    tried = Counter(message.id for message in life.attempts)
    assert max(tried.values()) > 1, "nothing was ever sent again: the test is too tame"


def test_the_history_has_every_try_with_what_it_came_to(desk: Desk) -> None:
    from sqlalchemy import text  # noqa: PLC0415 (only here)

    desk.campaigns.launch(order(1, policy=SOUND))
    (first,) = desk.claim()
    desk.outbox.sweep(desk.clock.forward(LEASE.total_seconds() + 1))
    again = Resolution(Answer.RESEND, "Ann", confirmed=True)
    desk.doubts.resolve_message(first.id, again)
    (second,) = desk.claim()
    desk.record([second], in_doubt)
    desk.receive(second, MessageStatus.SUBMITTED, message_uuid="two")
    desk.receive(second, MessageStatus.REJECTED, message_uuid="two", error_code="1000")
    assert second.campaign_id
    desk.retries.retry_failed(second.campaign_id, Wish("Ann"))
    (third,) = desk.claim()
    desk.record([third], taken)

    with desk.database.reading() as session:
        rows = session.execute(
            text("SELECT number, outcome, status, message_uuid, code FROM attempts ORDER BY number")
        ).all()
    assert [tuple(row) for row in rows] == [
        (1, "in_doubt", "in_doubt", None, None),
        (2, "in_doubt", "rejected", "two", "1000"),
        (3, "accepted", None, None, None),
    ]
