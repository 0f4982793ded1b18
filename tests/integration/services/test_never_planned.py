"""Whatever happens to consent: no opted-out number is ever planned, and the ledger holds."""

import random
from collections.abc import Iterator

import pytest

from app.domain.consent_ledger import ConsentKind
from app.domain.consent_order import ConsentOrder, ImportedOptOut
from app.domain.message import MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.replies import Programme
from app.services.clock import Clock
from app.services.consent_proof import ConsentProof
from app.services.consents import Consents
from app.services.erasures import Erasures
from app.storage import erased
from app.storage.database import Database, connect
from tests.support.builders import inbound, numbers, order
from tests.support.desk import Desk

STEPS = 40
PEOPLE = [PhoneNumber(each) for each in numbers(6)]
IN = ("START", "start please", "UNSTOP")
OUT = ("STOP", "Stpo", "lose my number", "Arrêt")
NEITHER = ("HELP", "We have got to stop this bill", "See you at 8")


class People:
    """What a very simple mind would remember of who opted out."""

    def __init__(self, desk: Desk, chance: random.Random) -> None:
        clock = Clock(now=desk.clock)
        self.desk = desk
        self.chance = chance
        self.out: set[PhoneNumber] = set()
        self.consents = Consents(desk.database, desk.runner, clock, Programme("Bells"))
        self.erasures = Erasures(desk.database, clock)

    def texts(self, person: PhoneNumber) -> None:
        words = self.chance.choice([*IN, *OUT, *NEITHER])
        self.desk.inbound.receive("{}", inbound(words, person))
        if words in OUT:
            self.out.add(person)
        if words in IN:
            self.out.discard(person)

    def is_told_of(self, person: PhoneNumber) -> None:
        kind = self.chance.choice([ConsentKind.OPT_IN, ConsentKind.OPT_OUT])
        told = ConsentOrder(person, kind, "api", "Ann", "words", after_opt_out=True)
        self.consents.record([told])
        if kind is ConsentKind.OPT_OUT:
            self.out.add(person)
        else:
            self.out.discard(person)

    def is_imported(self, person: PhoneNumber) -> None:
        self.consents.opt_out_many([ImportedOptOut(person, 2)], "left.csv", "Ann")
        self.out.add(person)

    def is_erased(self, person: PhoneNumber) -> None:
        self.erasures.erase(person, "Ann")
        self.out.add(person)

    def step(self) -> None:
        person = self.chance.choice(PEOPLE)
        deeds = [self.texts, self.texts, self.is_told_of, self.is_imported, self.is_erased]
        self.chance.choice(deeds)(person)
        self.desk.clock.forward(1)

    def check(self) -> None:
        """Plan, as a campaign and one by one, and send."""
        state = self.desk.campaigns.launch(order(list(PEOPLE))).state
        planned = self.desk.campaigns.messages(state.campaign.id, MessageStatus.QUEUED, None, 99)
        assert {message.number for message in planned} == set(PEOPLE) - self.out
        for person in PEOPLE:
            single = self.desk.messages.send(person, "Hello", "+15550001111")
            assert (single.status is MessageStatus.SKIPPED) == (person in self.out)
        replies_too = self.desk.send_all()
        assert {m.to for m in replies_too if m.text == "Hello"} <= set(PEOPLE) - self.out
        self.desk.check_counts()


@pytest.fixture
def keyed(database_url: str) -> Iterator[Database]:
    """A database that can recognise those who were erased."""
    connected = connect(database_url, {erased.KEYS: (b"k" * 32,)})
    yield connected
    connected.close()


@pytest.mark.parametrize("seed", range(2))
def test_no_opted_out_number_is_ever_planned(keyed: Database, seed: int) -> None:
    desk = Desk(keyed)
    people = People(desk, random.Random(seed))  # noqa: S311 (to be repeated)
    for step in range(STEPS):
        people.step()
        if step % 5 == 0:
            people.check()

    assert ConsentProof(keyed).verify().flaw is None
    out = set(people.out)
    ConsentProof(keyed).rebuild()
    people.check()
    assert people.out == out
