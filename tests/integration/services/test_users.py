"""Who may use the dashboard, on both databases."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.domain.errors import Conflict, FixInput, NotAuthentic
from app.domain.users import AT_MOST, IDLE, Role
from app.services.clock import Clock
from app.services.overview import Overview
from app.services.passwords import Passwords
from app.services.sign_ins import SignIns
from app.services.users import Users
from app.storage.database import Database
from tests.support.builders import order
from tests.support.desk import Desk
from tests.support.fakes import SettableClock
from tests.support.site import QUICK

PASSWORD = "a long and winding road"


class People:
    def __init__(self, database: Database) -> None:
        self.now = SettableClock()
        clock = Clock(now=self.now)
        self.users = Users(database, clock, QUICK)
        self.sign_ins = SignIns(database, clock, QUICK)
        self.database = database


@pytest.fixture
def people(database: Database) -> People:
    made = People(database)
    made.users.create("ann", Role.ADMIN, PASSWORD, "test")
    return made


def test_a_sign_in_lasts_while_it_is_used_and_two_weeks_at_most(people: People) -> None:
    token = people.sign_ins.begin("ANN", PASSWORD)
    steps = int(AT_MOST / (IDLE - timedelta(hours=1)))
    for _ in range(steps):
        people.now.forward((IDLE - timedelta(hours=1)).total_seconds())
        assert people.sign_ins.who(token)

    people.now.forward((IDLE - timedelta(hours=1)).total_seconds())
    assert people.sign_ins.who(token) is None


def test_a_sign_in_that_is_not_used_ends(people: People) -> None:
    token = people.sign_ins.begin("ann", PASSWORD)
    people.now.forward(IDLE.total_seconds() + 1)

    assert people.sign_ins.who(token) is None


def test_the_database_holds_neither_password_nor_token(people: People) -> None:
    token = people.sign_ins.begin("ann", PASSWORD)
    with people.database.reading() as session:
        rows = [
            str(row)
            for table in ("users", "sign_ins", "audit_events")
            for row in session.connection().exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 (our own names)
        ]

    assert len(rows) == 3
    assert not any(PASSWORD in row or token in row for row in rows)


def test_the_last_admin_stays_one(people: People) -> None:
    with pytest.raises(Conflict, match="last admin"):
        people.users.disable("ann", "test")
    with pytest.raises(Conflict, match="last admin"):
        people.users.set_role("ann", Role.VIEWER, "test")

    people.users.create("bob", Role.ADMIN, PASSWORD, "test")
    assert people.users.set_role("ann", Role.VIEWER, "bob").role is Role.VIEWER


def test_a_name_is_given_once_whatever_its_case(people: People) -> None:
    with pytest.raises(FixInput, match="is taken"):
        people.users.create("Ann", Role.VIEWER, PASSWORD, "test")


def test_of_many_who_take_one_name_at_once_one_has_it(people: People) -> None:
    ready = threading.Barrier(6)

    def take(place: int) -> str:
        ready.wait(10)
        try:
            people.users.create("dora", Role.VIEWER, PASSWORD, f"admin {place}")
        except FixInput as error:
            return str(error)
        return "made"

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(take, range(6)))

    assert told.count("made") == 1
    assert all("is taken" in each for each in told if each != "made")
    assert [each.user.name for each in people.users.all()] == ["ann", "dora"]


def test_who_is_disabled_is_not_let_in_and_can_come_back(people: People) -> None:
    people.users.create("bob", Role.SENDER, PASSWORD, "test")
    people.users.disable("bob", "ann")
    with pytest.raises(NotAuthentic):
        people.sign_ins.begin("bob", PASSWORD)

    people.users.enable("bob", "ann")
    token = people.sign_ins.begin("bob", PASSWORD)
    user = people.sign_ins.who(token)
    assert user
    assert (user.name, user.role) == ("bob", Role.SENDER)


def test_a_new_password_signs_other_browsers_out(people: People) -> None:
    here, elsewhere = (people.sign_ins.begin("ann", PASSWORD) for _ in range(2))
    user = people.users.find("ann")
    with pytest.raises(FixInput) as found:
        people.sign_ins.change_password(here, user, "wrong", "short")
    assert [each.pointer for each in found.value.mistakes] == ["/password", "/old"]

    people.sign_ins.change_password(here, user, PASSWORD, PASSWORD + "!")

    assert people.sign_ins.who(here)
    assert people.sign_ins.who(elsewhere) is None
    with pytest.raises(NotAuthentic):
        people.sign_ins.begin("ann", PASSWORD)


def test_the_overview_adds_up_what_is_kept(database: Database) -> None:
    desk = Desk(database)
    launched = desk.campaigns.launch(order(3))
    overview = Overview(database, Clock(now=desk.clock))
    (state,) = overview.under_way()
    assert state.campaign.id == launched.state.campaign.id
    desk.send_all()
    held = desk.campaigns.launch(order(2, text="Wait"))
    desk.campaigns.pause(held.state.campaign.id, "ann", "look first")

    assert overview.bulletin().sent[-1] == 3
    needs = overview.needs()
    assert [each.status_reason for each in needs.paused] == ["look first"]
    assert (needs.doubtful, needs.reviews) == ([], 0)


def test_outside_of_tests_a_hash_takes_what_rfc_9106_asks_for() -> None:
    assert Passwords().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")
