"""A text tried on one contact, on both databases."""

import pytest

from app.domain.contact import OnExisting
from app.domain.errors import FixInput
from app.domain.target import Target
from app.services.clock import Clock
from app.services.contacts import Contacts
from app.services.trials import Trials
from app.storage.database import Database
from tests.support.builders import SENDER
from tests.support.site import open_site

NUMBERS = [f"+1415555010{place}" for place in range(4)]


@pytest.fixture
def trials(database: Database) -> Trials:
    people: list[dict[str, object]] = [
        {"number": number, "tags": ["even"] if place % 2 == 0 else [], "fields": {"city": "Bonn"}}
        for place, number in enumerate(NUMBERS)
    ]
    Contacts(database, Clock()).keep(people, OnExisting.UPDATE, "test")
    return Trials(database, "https://b.ell/")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", (None, NUMBERS[0], NUMBERS[1])),
        (NUMBERS[1], (NUMBERS[0], NUMBERS[1], NUMBERS[2])),
        (NUMBERS[3], (NUMBERS[2], NUMBERS[3], None)),
        ("+9", (NUMBERS[2], NUMBERS[3], None)),
    ],
)
def test_the_people_beside_a_contact_are_known(
    trials: Trials, asked: str, found: tuple[str | None, str, str | None]
) -> None:
    reader = trials.reader(None, asked)
    assert reader
    assert (reader.previous, reader.contact.person.number, reader.next) == found


def test_only_those_whom_a_target_means_are_shown(trials: Trials) -> None:
    even = Target(audience={"tag": "even"})
    reader = trials.reader(even, NUMBERS[1])
    assert reader
    assert (reader.previous, reader.contact.person.number) == (NUMBERS[0], NUMBERS[2])
    assert trials.reader(Target(audience={"tag": "odd"})) is None
    with pytest.raises(FixInput, match="is no list"):
        trials.reader(Target(("nowhere",)))


def test_a_count_is_made_once_in_a_while(database: Database, trials: Trials) -> None:
    ticks = [0.0]
    counting = Trials(database, ticks=lambda: ticks[0])
    even = Target(audience={"tag": "even"})
    assert counting.count(even) == 2
    Contacts(database, Clock()).keep(
        [{"number": "+14155550109", "tags": ["even"]}], OnExisting.UPDATE, "test"
    )
    ticks[0] = 4.9
    assert counting.count(even) == 2
    assert counting.count(Target(audience={"not": {"tag": "even"}})) == 2
    ticks[0] = 5.0
    assert counting.count(even) == trials.count(even) == 3


def test_fields_are_offered_by_name_and_a_text_is_filled_in(trials: Trials) -> None:
    assert trials.fields() == ["city"]
    assert trials.on("To {{ city }}", {"city": "Bonn"}, SENDER).text == "To Bonn"
    shortened = trials.on("See https://bells.test/a", {}, SENDER, track_links=True)
    assert shortened.text.startswith("See https://b.ell/")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi {{ name }}", "no value for name"),
        ("Hi {{ name", "line 1"),
        (" ", "is empty"),
        ("{{ city | append: city }}" * 50, "takes 3200"),
    ],
)
def test_why_there_is_no_text_is_told_in_words(trials: Trials, text: str, words: str) -> None:
    trial = trials.on(text, {"city": "Bonn" * 9}, SENDER)
    assert trial.text == ""
    assert words in (trial.problem or "")


def test_the_public_address_is_enough_for_short_links(database_url: str) -> None:
    """As campaigns have it, which take it for the beginning of their links as well."""
    with open_site(database_url, PUBLIC_URL="https://bells.example") as site:
        trials = site.house.services.trials
        shown = trials.on("See https://shop.example/spring", {}, SENDER, track_links=True)

    assert trials.makes_links
    assert "https://bells.example/l/" in shown.text
