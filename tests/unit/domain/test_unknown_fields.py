"""A placeholder that nobody has a value for is one mistake of the text."""

from typing import Any

import pytest

from app.domain.campaign import read_addressees
from app.domain.template import read_template
from tests.support.builders import numbers

ONE, TWO = numbers(2)


def unknown(text: str, *recipients: Any) -> list[str]:
    return [each.detail for each in read_addressees(recipients, read_template(text)).unknown]


@pytest.mark.parametrize(
    ("text", "recipients"),
    [
        ("Hi", [ONE]),
        ("Hi {{ name }}", []),
        ("Hi {{ name }}", [{"to": ONE, "name": "Ada"}, TWO]),
        ("Hi {{ name }}", [{"to": ONE, "name": ""}]),  # its own mistake
        ("Hi {{ name }}", [{"to": "no number", "name": "Ada"}]),
        ("Hi {{ name | default: 'you' }}", [ONE]),
        ("{% if name %}Hi {{ name }}{% else %}Hi{% endif %}", [ONE]),
    ],
)
def test_what_somebody_has_is_known(text: str, recipients: list[Any]) -> None:
    assert unknown(text, *recipients) == []


def test_the_nearest_field_is_named() -> None:
    (detail,) = unknown("Hi {{ frist_name }}", {"to": ONE, "first_name": "Ada", "city": "Bonn"})

    assert detail == 'no recipient has a field "frist_name": did you mean "first_name"?'


def test_where_none_is_near_all_are_named() -> None:
    (detail,) = unknown("Hi {{ name }}", {"to": ONE, "city": "Bonn", "zip": "1"}, TWO)

    assert detail.startswith('no recipient has a field "name": they have city, zip, or write')


def test_where_there_are_none_it_is_said_how_to_give_them() -> None:
    details = unknown("{{ a }} {{ b }}", ONE, TWO)

    assert details == [
        f'no recipient has a field "{name}": give it with each number,'
        f" or write a default: {{{{ {name} | default: '...' }}}}"
        for name in ("a", "b")
    ]


def test_the_number_is_no_field() -> None:
    assert len(unknown("{{ to }}", {"to": ONE})) == 1
