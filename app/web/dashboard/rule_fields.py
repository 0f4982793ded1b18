"""The condition builder: what its fields are called, and what its buttons do without a script.

`joint`, `g0-joint`, `g0-negated`, `g0-r1-what`, `-field`, `-how`, `-value`; the button `do` says
`row-0` (one more in group 0), `drop-0-1`, `group`, `count` or `save`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from app.domain.contact import ATTRIBUTES
from app.domain.rule_form import HOWS, JOINTS, LIST, TAG, Group, Row, RuleForm

OTHER = "other"
"""In place of a field that has no entry of its own: its name is typed beside it."""

WHATS = {
    LIST: "On the list",
    TAG: "Tag",
    **{name: name.replace("_", " ").capitalize() for name in ATTRIBUTES},
    "number": "Number",
    "created_at": "Known since",
    "updated_at": "Last changed",
    OTHER: "Another field",
}
HOW_WORDS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "lacks": "does not contain",
    "known": "is known",
    "unknown": "is not known",
    "before": "is before",
    "after": "is after",
}
_MOST = 50  # rows of a form


def read(values: Mapping[str, str]) -> RuleForm:
    """The groups as they were typed."""
    groups = []
    for number in count():
        rows = [_row(values, f"g{number}-r{place}") for place in _rows(values, number)]
        if not rows or number >= _MOST:
            break
        joint, negated = values.get(f"g{number}-joint", ""), f"g{number}-negated" in values
        groups.append(Group(tuple(rows), _joint(joint), negated))
    return RuleForm(tuple(groups) or (Group(),), _joint(values.get("joint", "")))


def _rows(values: Mapping[str, str], number: int) -> Sequence[int]:
    return [place for place in range(_MOST) if f"g{number}-r{place}-what" in values]


def _row(values: Mapping[str, str], name: str) -> Row:
    what, how = values[f"{name}-what"], values.get(f"{name}-how", "")
    if what not in WHATS or what == OTHER:
        what = values.get(f"{name}-field", "")
    return Row(what, how if how in HOWS else "is", values.get(f"{name}-value", ""))


def _joint(told: str) -> str:
    return told if told in JOINTS else JOINTS[0]


def done(form: RuleForm, button: str) -> RuleForm:
    """The form after its button was pressed: with a row or a group more, or one less."""
    groups = list(form.groups)
    kind, _, place = button.partition("-")
    if kind == "group":
        return replace(form, groups=(*groups, Group()))
    first, _, second = place.partition("-")
    number = int(first) if first.isdigit() and int(first) < len(groups) else None
    if number is None:
        return form
    rows = list(groups[number].rows)
    if kind == "row":
        rows.append(Row(rows[-1].what))
    elif kind == "drop" and second.isdigit():
        rows = [row for at, row in enumerate(rows) if at != int(second)]
    groups[number] = replace(groups[number], rows=tuple(rows))
    left = tuple(group for group in groups if group.rows)
    return replace(form, groups=left or (Group(),))
