"""Contacts are read whole, or every mistake in them is named."""

import pytest

from app.domain.contact import Person, read_person
from app.domain.errors import FixInput


def test_a_contact_is_read_as_it_is_written() -> None:
    person = read_person(
        {
            "number": "+1 (415) 555-0101",
            "first_name": "Ann",
            "language": "pt-BR",
            "time_zone": "America/Chicago",
            "postal_code": "46601",
            "tags": ["vip", " new "],
            "fields": {"points": 3.0, "member": True, "note": None},
        }
    )

    assert person == Person(
        number=person.number,
        first_name="Ann",
        language="pt-BR",
        time_zone="America/Chicago",
        postal_code="46601",
        tags=frozenset({"vip", "new"}),
        fields={"points": "3", "member": "true", "note": ""},
    )
    assert person.number == "+14155550101"
    assert person.for_texts()["first_name"] == "Ann"
    assert "last_name" not in person.for_texts()


WRONG = {
    "no number": ({}, "/number"),
    "a number as a number": ({"number": 14155550101}, "/number"),
    "a name of another kind": ({"first_name": 3}, "/first_name"),
    "a name that is too long": ({"first_name": "x" * 101}, "/first_name"),
    "a name with a NUL": ({"first_name": "a\0"}, "/first_name"),
    "half a pair": ({"last_name": "\ud83d"}, "/last_name"),
    "no language": ({"language": "English (US)"}, "/language"),
    "no zone": ({"time_zone": "CET+1"}, "/time_zone"),
    "a tag that is none": ({"tags": ["a,b"]}, "/tags/0"),
    "tags as text": ({"tags": "vip"}, "/tags"),
    "fields as a list": ({"fields": [1]}, "/fields"),
    "a field no text can ask for": ({"fields": {"first name": "x"}}, "/fields/first name"),
    "a field with a place of its own": ({"fields": {"language": "en"}}, "/fields/language"),
    "a field that is an object": ({"fields": {"a": {}}}, "/fields/a"),
    "too many fields": ({"fields": {f"f{n}": "" for n in range(101)}}, "/fields"),
    "something unknown": ({"nickname": "x"}, "/nickname"),
}


@pytest.mark.parametrize(("told", "pointer"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_named(told: dict[str, object], pointer: str) -> None:
    number = {} if pointer == "/number" else {"number": "+14155550101"}
    with pytest.raises(FixInput) as caught:
        read_person({**number, **told})

    assert [mistake.pointer for mistake in caught.value.mistakes] == [pointer]


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(FixInput) as caught:
        read_person({"number": "12", "language": "?", "tags": [1]})

    pointers = [mistake.pointer for mistake in caught.value.mistakes]
    assert pointers == ["/number", "/language", "/tags/0"]
