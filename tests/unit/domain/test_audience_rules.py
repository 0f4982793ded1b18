"""Rules of audiences are read whole, or every mistake in them is named."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.domain.audience import All, Condition, Not, OnList, Some, Tagged, lists_in
from app.domain.audience_rules import read_rule
from app.domain.errors import FixInput

READ: dict[str, tuple[Any, Any]] = {
    "a tag": ({"tag": "vip"}, Tagged("vip")),
    "a list": ({"list": "Staff"}, OnList("Staff")),
    "both": ({"and": [{"tag": "a"}, {"list": "b"}]}, All((Tagged("a"), OnList("b")))),
    "one of them": ({"or": [{"tag": "a"}]}, Some((Tagged("a"),))),
    "neither": ({"not": {"tag": "a"}}, Not(Tagged("a"))),
    "a field": ({"field": "city", "equals": "Ghent"}, Condition("city", "equals", "Ghent")),
    "a field that is told": ({"field": "x", "exists": True}, Condition("x", "exists", value=True)),
    "a date": (
        {"field": "born", "before": "2000-01-31"},
        Condition("born", "before", date(2000, 1, 31)),
    ),
    "a day of ours": (
        {"field": "created_at", "after": "2026-01-01"},
        Condition("created_at", "after", datetime(2026, 1, 1, tzinfo=UTC)),
    ),
    "a moment of ours": (
        {"field": "updated_at", "before": "2026-01-01T01:00:00+01:00"},
        Condition("updated_at", "before", datetime(2026, 1, 1, tzinfo=UTC)),
    ),
}


@pytest.mark.parametrize(("told", "rule"), READ.values(), ids=READ)
def test_a_rule_is_read(told: Any, rule: Any) -> None:
    assert read_rule(told) == rule


def _nested(depth: int) -> dict[str, Any]:
    return {"not": _nested(depth - 1)} if depth > 1 else {"tag": "a"}


WRONG: dict[str, tuple[Any, list[str]]] = {
    "no object": ("vip", [""]),
    "nothing": ({}, [""]),
    "two kinds": ({"tag": "a", "list": "b"}, [""]),
    "something beside it": ({"tag": "a", "x": 1}, [""]),
    "no rules": ({"and": []}, ["/and"]),
    "rules as text": ({"or": "ab"}, ["/or"]),
    "a tag of another kind": ({"tag": 3}, ["/tag"]),
    "an empty list": ({"list": ""}, ["/list"]),
    "a NUL": ({"tag": "a\0"}, ["/tag"]),
    "a field of another kind": ({"field": 3, "equals": "a"}, ["/field"]),
    "a field nobody can have": ({"field": "a b", "equals": "a"}, ["/field"]),
    "no comparison": ({"field": "a"}, [""]),
    "two comparisons": ({"field": "a", "equals": "a", "contains": "a"}, [""]),
    "another comparison": ({"field": "a", "like": "a%"}, [""]),
    "exists of another kind": ({"field": "a", "exists": "yes"}, ["/exists"]),
    "no date": ({"field": "a", "before": "31.1.2000"}, ["/before"]),
    "a day that is none": ({"field": "a", "before": "2026-02-30"}, ["/before"]),
    "no moment": ({"field": "created_at", "after": "noon"}, ["/after"]),
    "a moment as text": ({"field": "created_at", "equals": "2026"}, ["/equals"]),
    "several": (
        {"and": [{"tag": 1}, {"or": [{}, {"list": 2}]}]},
        [
            *("/and/0/tag", "/and/1/or/0", "/and/1/or/1/list"),
        ],
    ),
    "too deep": (_nested(11), ["/not" * 10]),
    "too many": ({"or": [{"tag": "a"}] * 200}, [""]),
}


@pytest.mark.parametrize(("told", "pointers"), WRONG.values(), ids=WRONG)
def test_every_mistake_is_named(told: Any, pointers: list[str]) -> None:
    with pytest.raises(FixInput) as caught:
        read_rule(told)

    assert [mistake.pointer for mistake in caught.value.mistakes] == pointers


def test_as_deep_and_as_many_as_allowed() -> None:
    read_rule(_nested(10))
    read_rule({"or": [{"tag": "a"}] * 198})


def test_the_lists_of_a_rule_are_known() -> None:
    rule = read_rule({"or": [{"list": "a"}, {"not": {"and": [{"list": "b"}, {"tag": "c"}]}}]})

    assert list(lists_in(rule)) == ["a", "b"]
