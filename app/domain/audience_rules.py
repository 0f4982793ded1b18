"""Rules of audiences as clients write them: every mistake is named by its JSON pointer."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from app.domain.audience import DAY, MOMENTS, All, Condition, Not, OnList, Rule, Some, Tagged
from app.domain.contact import ATTRIBUTES, unprintable, why_no_field
from app.domain.errors import FixInput, InvalidMoment, Mistake
from app.domain.moments import read_moment

_DEEPEST = 10
_MOST = 200  # conditions
_LONGEST = 1_000  # characters of a value
_COMPARISONS = ("equals", "contains", "before", "after", "exists")
_KINDS = ("and", "or", "not", "list", "tag", "field")


def read_rule(told: object, pointer: str = "") -> Rule:
    """The rule that a client wrote; raises FixInput with every mistake by its JSON pointer."""
    reader = _Reader()
    rule = reader.read(told, pointer, 1)
    if reader.mistakes:
        raise FixInput(reader.mistakes)
    return rule


_NOTHING = All(())


class _Reader:
    """Reads a rule and goes on after mistakes, so that all are found."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self._left = _MOST

    def read(self, told: object, pointer: str, depth: int) -> Rule:
        self._left -= 1
        if self._left == 0:
            return self._wrong("", f"has more than {_MOST} conditions")
        if depth > _DEEPEST:
            return self._wrong(pointer, f"is nested more than {_DEEPEST} deep")
        if not isinstance(told, Mapping):
            return self._wrong(pointer, 'must be an object, as in {"tag": "vip"}')
        return self._one(told, pointer, depth)

    def _one(self, told: Mapping[Any, Any], pointer: str, depth: int) -> Rule:
        kinds = [kind for kind in _KINDS if kind in told]
        if len(kinds) != 1:
            return self._wrong(pointer, f"must have exactly one of {', '.join(_KINDS)}")
        (kind,) = kinds
        if kind == "field":
            return self._condition(told, pointer)
        if unknown := told.keys() - {kind}:
            return self._wrong(pointer, f'has {min(map(str, unknown))!r} beside "{kind}"')
        return self._readers[kind](self, told[kind], f"{pointer}/{kind}", depth)

    def _wrong(self, pointer: str, detail: str) -> Rule:
        if self._left >= 0:  # too many are told of once
            self.mistakes.append(Mistake(pointer, detail))
        return _NOTHING

    def _many(self, told: object, pointer: str, depth: int) -> tuple[Rule, ...]:
        if not isinstance(told, Sequence) or isinstance(told, str) or not told:
            self._wrong(pointer, "must be a list with at least one rule")
            return ()
        rules = []
        for place, each in enumerate(told):
            if self._left <= 0:
                break
            rules.append(self.read(each, f"{pointer}/{place}", depth + 1))
        return tuple(rules)

    def _all(self, told: object, pointer: str, depth: int) -> Rule:
        return All(self._many(told, pointer, depth))

    def _some(self, told: object, pointer: str, depth: int) -> Rule:
        return Some(self._many(told, pointer, depth))

    def _not(self, told: object, pointer: str, depth: int) -> Rule:
        return Not(self.read(told, pointer, depth + 1))

    def _list(self, told: object, pointer: str, _depth: int) -> Rule:
        return OnList(self._text(told, pointer))

    def _tag(self, told: object, pointer: str, _depth: int) -> Rule:
        return Tagged(self._text(told, pointer))

    def _text(self, told: object, pointer: str) -> str:
        if isinstance(told, str) and 0 < len(told) <= _LONGEST and unprintable(told) is None:
            return told
        self._wrong(pointer, f"must be a text of 1 to {_LONGEST} characters")
        return ""

    def _condition(self, told: Mapping[Any, Any], pointer: str) -> Rule:
        field = told["field"]
        if not isinstance(field, str):
            return self._wrong(f"{pointer}/field", "must be the name of a field")
        if why := _why_no_field(field):
            return self._wrong(f"{pointer}/field", why)
        found = told.keys() - {"field"}
        if len(found) != 1 or not found <= set(_COMPARISONS):
            return self._wrong(pointer, f"must have exactly one of {', '.join(_COMPARISONS)}")
        (comparison,) = found
        return self._compared(field, comparison, told[comparison], f"{pointer}/{comparison}")

    def _compared(self, field: str, comparison: str, told: object, pointer: str) -> Rule:
        if comparison == "exists":
            if isinstance(told, bool):
                return Condition(field, comparison, told)
            return self._wrong(pointer, "must be true or false")
        if comparison in ("before", "after"):
            return self._dated(field, comparison, told, pointer)
        if field in MOMENTS:
            return self._wrong(pointer, f"is not for {field}: ask before, after or exists")
        return Condition(field, comparison, self._text(told, pointer))

    def _dated(self, field: str, comparison: str, told: object, pointer: str) -> Rule:
        text = self._text(told, pointer)
        day = _day(text)
        if field not in MOMENTS:
            if day is None:
                return self._wrong(pointer, 'must be a date as in "2026-12-24"')
            return Condition(field, comparison, day)
        if day is not None:
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return Condition(field, comparison, midnight)
        try:
            return Condition(field, comparison, read_moment(text, None))
        except InvalidMoment as error:
            return self._wrong(pointer, str(error))

    _readers: Mapping[str, Callable[["_Reader", object, str, int], Rule]] = {
        "and": _all,
        "or": _some,
        "not": _not,
        "list": _list,
        "tag": _tag,
    }


def _why_no_field(name: str) -> str | None:
    if name in (*ATTRIBUTES, *MOMENTS, "number"):
        return None
    return why_no_field(name, "")


def _day(text: str) -> date | None:
    """The day that YYYY-MM-DD names; None: it is none."""
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
