"""Rules as groups of conditions, and back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audience_rules import read_rule
from app.domain.errors import FixInput
from app.domain.rule_form import HOWS, Group, Row, RuleForm, form_of, rule_of

_rows = st.one_of(
    st.builds(
        Row, st.sampled_from(["list", "tag"]), st.sampled_from(["is", "is_not"]), st.just("x")
    ),
    st.builds(Row, st.just("city"), st.sampled_from(sorted(HOWS)), st.just("2026-01-02")),
)
_groups = st.builds(
    Group, st.lists(_rows, min_size=1, max_size=3), st.sampled_from(["and", "or"]), st.booleans()
)
_forms = st.builds(
    RuleForm, st.lists(_groups, min_size=1, max_size=3), st.sampled_from(["and", "or"])
)


@given(_forms)
def test_what_a_form_says_is_a_rule_that_is_shown_as_the_same_again(form: RuleForm) -> None:
    rule = rule_of(form).rule
    read_rule(rule)
    shown = form_of(rule)
    assert shown is not None
    assert rule_of(shown).rule == rule


@pytest.mark.parametrize(
    "rule",
    [
        {
            "and": [
                {"tag": "a"},
                {"or": [{"tag": "b"}, {"not": {"field": "c", "before": "2026-01-01"}}]},
            ]
        },
        {"and": [{"or": [{"tag": "a"}, {"and": [{"tag": "b"}, {"tag": "c"}]}]}, {"tag": "d"}]},
        {"not": {"not": {"and": [{"tag": "a"}, {"tag": "b"}]}}},
    ],
)
def test_a_rule_that_needs_more_is_not_shown_in_part(rule: dict[str, Any]) -> None:
    read_rule(rule)
    assert form_of(rule) is None


def test_a_mistake_is_led_to_its_row() -> None:
    good, bad = Row("tag", "is", "vip"), Row("city", "after", "soon")
    written = rule_of(RuleForm((Group((good,)), Group((good, bad), "or", negated=True))))
    with pytest.raises(FixInput) as caught:
        read_rule(written.rule)
    (mistake,) = caught.value.mistakes
    assert written.row_at(mistake.pointer) == (1, 1)
    assert written.row_at("/and") is None
