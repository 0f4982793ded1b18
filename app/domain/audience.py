"""Audiences: rules that choose contacts, as JSON and without SQL.

    {"and": [{"tag": "vip"}, {"not": {"list": "Staff"}}, {"field": "city", "equals": "Ghent"}]}

Texts are compared without regard to the case of the letters A to Z; all other letters as they
are, since databases disagree about them. A field that nobody told us is an empty text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

MOMENTS = ("created_at", "updated_at")
"""Fields that hold a moment of ours; all others hold text."""

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""What counts as a date in a field. Dates that are written so sort as texts."""

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the rules holds; without rules it holds for everybody."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of the rules holds, at least."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The rule does not hold."""

    rule: "Rule"


@dataclass(frozen=True, slots=True)
class OnList:
    """The contact is on this list, by id or name."""

    name: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """The contact has this tag, spelled so."""

    tag: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A field compares so to the value.

    `equals` and `contains` take a text, `exists` is true or false. `before` and `after` take a
    moment where the field is one, else a date, which a field holds when it begins with one, as in
    "2026-12-24" or "2026-12-24T09:00".
    """

    field: str
    comparison: str
    value: str | bool | datetime | date


Rule = All | Some | Not | OnList | Tagged | Condition


@dataclass(frozen=True, slots=True)
class Known:
    """What a rule is held against: a contact, seen as text."""

    texts: Mapping[str, str]
    moments: Mapping[str, datetime]
    tags: frozenset[str]
    lists: frozenset[str]  # ids and names


def matches(rule: Rule, known: Known) -> bool:
    """Does the rule choose this contact?"""
    match rule:
        case All(rules):
            return all(matches(each, known) for each in rules)
        case Some(rules):
            return any(matches(each, known) for each in rules)
        case Not(negated):
            return not matches(negated, known)
        case OnList(name):
            return name in known.lists
        case Tagged(tag):
            return tag in known.tags
        case Condition():
            return _compares(rule, known)


def _compares(condition: Condition, known: Known) -> bool:
    value = condition.value
    if isinstance(value, datetime):
        at = known.moments[condition.field]
        return at < value if condition.comparison == "before" else at > value
    text = known.texts.get(condition.field, "")
    if isinstance(value, date):
        day, wanted = text[:10], value.isoformat()
        is_earlier = day < wanted if condition.comparison == "before" else day > wanted
        return bool(DAY.fullmatch(day)) and is_earlier
    if isinstance(value, bool):
        return (condition.field in MOMENTS or bool(text)) is value
    text, wanted = lowered(text), lowered(value)
    return text == wanted if condition.comparison == "equals" else wanted in text


def lowered(text: str) -> str:
    """With small letters in place of A to Z, as both databases understand it."""
    return text.translate(_LOWER)


def lists_in(rule: Rule) -> Iterator[str]:
    """Every list that the rule names."""
    match rule:
        case OnList(name):
            yield name
        case All(rules) | Some(rules):
            for each in rules:
                yield from lists_in(each)
        case Not(negated):
            yield from lists_in(negated)
