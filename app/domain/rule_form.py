"""An audience's rule as groups of conditions, which a form can show, and back.

A rule says the same as a form with groups if it is no deeper: conditions in groups, groups in one.
Whatever else a client saved is not shown as groups, since some of it would be lost.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

JOINTS = ("and", "or")
LIST, TAG = "list", "tag"

HOWS: Mapping[str, tuple[str, object, bool]] = {
    # how: the comparison, its value (None: what is typed), and whether it is turned round
    "is": ("equals", None, False),
    "is_not": ("equals", None, True),
    "contains": ("contains", None, False),
    "lacks": ("contains", None, True),
    "known": ("exists", True, False),
    "unknown": ("exists", False, False),
    "before": ("before", None, False),
    "after": ("after", None, False),
}
"""What a condition can say of a field; of lists and tags only is and is_not."""


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: of a list, a tag, or a field by name."""

    what: str = LIST
    how: str = "is"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that are joined; turned round, if `negated`."""

    rows: Sequence[Row] = (Row(),)
    joint: str = "and"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RuleForm:
    """Groups that are joined."""

    groups: Sequence[Group] = (Group(),)
    joint: str = "and"


@dataclass(slots=True)
class Written:
    """A rule, and which row (group and place in it) is at which JSON pointer in it."""

    rule: dict[str, Any]
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def row_at(self, pointer: str) -> tuple[int, int] | None:
        """The row that the pointer leads into; None: it is about no row alone."""
        while pointer not in self.places:
            if not pointer:
                return None
            pointer = pointer.rpartition("/")[0]
        return self.places[pointer]


def rule_of(form: RuleForm) -> Written:
    """The rule as clients write it, with nothing in it that is not needed."""
    written = Written({})
    several = len(form.groups) > 1
    rules = []
    for place, group in enumerate(form.groups):
        here = f"/{form.joint}/{place}" if several else ""
        rules.append(_of_group(group, place, here, written.places))
    written.rule = {form.joint: rules} if several else rules[0]
    return written


def _of_group(
    group: Group, number: int, here: str, places: dict[str, tuple[int, int]]
) -> dict[str, Any]:
    if group.negated:
        here = f"{here}/not"
    several = len(group.rows) > 1
    for place in range(len(group.rows)):
        places[f"{here}/{group.joint}/{place}" if several else here] = (number, place)
    rules = [_of_row(row) for row in group.rows]
    rule = {group.joint: rules} if several else rules[0]
    return {"not": rule} if group.negated else rule


def _of_row(row: Row) -> dict[str, Any]:
    comparison, value, is_turned = HOWS[row.how]
    if row.what in (LIST, TAG):
        is_turned = row.how == "is_not"
        rule: dict[str, Any] = {row.what: row.value}
    else:
        rule = {"field": row.what, comparison: row.value if value is None else value}
    return {"not": rule} if is_turned else rule


def form_of(rule: Mapping[str, Any]) -> RuleForm | None:
    """The form that says the same; None where it needs more than groups of conditions."""
    if (group := _group(rule)) is not None:
        return RuleForm((group,))
    joint = next((each for each in JOINTS if each in rule), None)
    if joint is None:
        return None
    groups = [_group(each) for each in rule[joint]]
    found = [each for each in groups if each is not None]
    return RuleForm(tuple(found), joint) if len(found) == len(groups) else None


def _group(rule: Mapping[str, Any]) -> Group | None:
    if (row := _row(rule)) is not None:
        return Group((row,))
    if "not" in rule:
        inner = _group(rule["not"])
        return replace(inner, negated=True) if inner and not inner.negated else None
    joint = next((each for each in JOINTS if each in rule), None)
    rows = [_row(each) for each in rule[joint]] if joint else []
    found = [each for each in rows if each is not None]
    return Group(tuple(found), joint) if joint and len(found) == len(rows) else None


def _row(rule: Mapping[str, Any]) -> Row | None:
    is_turned = "not" in rule
    told = rule["not"] if is_turned else rule
    for what in (LIST, TAG):
        if what in told:
            return Row(what, "is_not" if is_turned else "is", str(told[what]))
    for how, (comparison, value, turned) in HOWS.items():
        if "field" in told and comparison in told and turned is is_turned:
            if value is None:
                return Row(str(told["field"]), how, str(told[comparison]))
            if value is told[comparison]:
                return Row(str(told["field"]), how)
    return None
