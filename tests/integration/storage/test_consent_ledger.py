"""The consent ledger on real databases: added to only, proved, and what it comes to."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.domain.consent_chain import Head
from app.domain.consent_ledger import ConsentKind, ConsentState
from app.services.consent_proof import ConsentProof, Proof
from app.storage import consent
from app.storage.database import Database
from tests.support.builders import consent_event, numbers

ONE, OTHER = numbers(2)


def recorded(database: Database, *kinds: ConsentKind, number: str = ONE) -> None:
    for kind in kinds:
        with database.writing() as session:
            consent.record(session, [consent_event(number, event=kind)])


def state_of(database: Database, number: str = ONE) -> ConsentState:
    with database.reading() as session:
        return consent.standing_of(session, number).state


def opted_out(database: Database) -> set[str]:
    with database.reading() as session:
        return consent.opted_out(session, [ONE, OTHER])


@contextmanager
def unguarded(database: Database) -> Iterator[None]:
    """As somebody could who owns the database: without the triggers."""
    is_sqlite = database.engine.dialect.name == "sqlite"
    names = ("consent_events_change", "consent_events_removal")
    with database.writing() as session:
        kept = []
        for name in names:
            if is_sqlite:
                found = session.execute(
                    text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}
                )
                kept.append(found.scalar_one())
                session.execute(text(f"DROP TRIGGER {name}"))
            else:
                session.execute(text(f"ALTER TABLE consent_events DISABLE TRIGGER {name}"))
                kept.append(f"ALTER TABLE consent_events ENABLE TRIGGER {name}")
    yield
    with database.writing() as session:
        for statement in kept:
            session.execute(text(statement))


def harmed(database: Database, statement: str) -> Proof:
    with unguarded(database), database.writing() as session:
        session.execute(text(statement))
    return ConsentProof(database).verify()


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ([], ConsentState.NONE),
        ([ConsentKind.HELP], ConsentState.NONE),
        ([ConsentKind.OPT_IN], ConsentState.OPTED_IN),
        ([ConsentKind.PENDING], ConsentState.PENDING),
        ([ConsentKind.OPT_IN, ConsentKind.OPT_OUT], ConsentState.OPTED_OUT),
        ([ConsentKind.OPT_OUT, ConsentKind.HELP], ConsentState.OPTED_OUT),
        ([ConsentKind.OPT_OUT, ConsentKind.OPT_IN], ConsentState.OPTED_IN),
        ([ConsentKind.OPT_OUT, ConsentKind.REVERSED], ConsentState.NONE),
    ],
)
def test_the_state_is_what_the_ledger_comes_to(
    database: Database, kinds: list[ConsentKind], state: ConsentState
) -> None:
    recorded(database, *kinds)

    assert state_of(database) is state
    assert opted_out(database) == ({ONE} if state is ConsentState.OPTED_OUT else set())
    assert ConsentProof(database).verify() == Proof(bool(kinds), len(kinds), None)


def test_many_are_recorded_at_once_some_of_them_twice(database: Database) -> None:
    events = [consent_event(number) for number in (OTHER, ONE, ONE)]
    with database.writing() as session:
        done = consent.record(session, events)

    assert [step.is_new for step in done] == [True, True, False]
    assert opted_out(database) == {ONE, OTHER}
    assert ConsentProof(database).verify() == Proof(2, 3, None)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent_events SET wording = 'START'",
        "UPDATE consent_events SET event = 'opt_out'",
        "UPDATE consent_events SET seal = 'x'",
        "UPDATE consent_events SET ip = '192.0.2.1'",
        "DELETE FROM consent_events",
    ],
)
def test_the_database_refuses_to_change_the_ledger(database: Database, statement: str) -> None:
    recorded(database, ConsentKind.OPT_IN)

    with pytest.raises(DBAPIError, match="only added to"), database.writing() as session:
        session.execute(text(statement))

    assert ConsentProof(database).verify().flaw is None


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE consent_events SET wording = 'START' WHERE place = 2", 2),
        ("UPDATE consent_events SET method = 'web_form' WHERE place = 1", 1),
        ("UPDATE consent_events SET at = '2020-01-01 00:00:00' WHERE place = 3", 3),
        ("DELETE FROM consent_events WHERE place = 1", 1),
        ("DELETE FROM consent_events WHERE place = 3", 3),
        ("DELETE FROM consent_events", 1),
        ("DELETE FROM consent_states", 3),
    ],
)
def test_what_was_done_behind_the_triggers_is_found(
    database: Database, statement: str, place: int
) -> None:
    recorded(database, ConsentKind.OPT_IN, ConsentKind.HELP, ConsentKind.HELP)

    flaw = harmed(database, statement).flaw

    assert flaw is not None
    assert flaw.place == place


def test_an_opt_out_that_was_taken_from_the_list_is_found_and_mended(database: Database) -> None:
    recorded(database, ConsentKind.OPT_OUT)
    recorded(database, ConsentKind.OPT_IN, number=OTHER)
    flaw = harmed(database, "DELETE FROM opt_outs").flaw
    assert flaw is not None

    assert ConsentProof(database).rebuild() == 2

    assert opted_out(database) == {ONE}
    assert ConsentProof(database).verify().flaw is None


def test_a_state_that_was_changed_is_found_and_mended(database: Database) -> None:
    recorded(database, ConsentKind.OPT_OUT, ConsentKind.OPT_OUT)
    assert harmed(database, "UPDATE consent_states SET state = 'opted_in'").flaw is not None

    ConsentProof(database).rebuild()

    assert state_of(database) is ConsentState.OPTED_OUT
    assert ConsentProof(database).verify().flaw is None


def test_rows_and_their_recorded_end_that_went_together_are_missed_by_an_anchor(
    database: Database,
) -> None:
    recorded(database, ConsentKind.OPT_OUT)
    recorded(database, ConsentKind.OPT_OUT, number=OTHER)
    ends: list[Head] = []
    assert ConsentProof(database).verify(witness=ends.append).flaw is None
    anchors = {end.chain: (end.place, end.seal) for end in ends}
    assert ConsentProof(database).verify(anchors).flaw is None

    proof = harmed(database, "DELETE FROM opt_outs")
    assert proof.flaw is not None
    harmed(database, f"DELETE FROM consent_events WHERE number = '{ONE}'")  # noqa: S608 (ours)
    harmed(database, f"DELETE FROM consent_states WHERE number = '{ONE}'")  # noqa: S608 (ours)
    ConsentProof(database).rebuild()

    assert ConsentProof(database).verify().flaw is None
    flaw = ConsentProof(database).verify(anchors).flaw
    assert flaw is not None
    assert "were there and are missing" in flaw.reason
