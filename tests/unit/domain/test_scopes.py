"""Scopes: what they cover, and how they are named."""

import pytest

from app.domain.errors import FixInput
from app.domain.scopes import MEANING, Scope, may, read_scopes


@pytest.mark.parametrize("needed", Scope)
def test_admin_covers_everything(needed: Scope) -> None:
    assert may({Scope.ADMIN}, needed)


@pytest.mark.parametrize("held", [Scope.SEND, Scope.READ, Scope.CONTACTS])
def test_the_others_cover_themselves_alone(held: Scope) -> None:
    assert [needed for needed in Scope if may({held}, needed)] == [held]


def test_nobody_may_anything() -> None:
    assert not any(may((), needed) for needed in Scope)


def test_scopes_are_read_by_name() -> None:
    assert read_scopes(["read", "send", "read"]) == {Scope.READ, Scope.SEND}


@pytest.mark.parametrize(
    ("names", "pointer"), [([], "/scopes"), (["send", "Send"], "/scopes/1"), ([""], "/scopes/0")]
)
def test_what_is_no_scope_is_refused_with_those_that_are(names: list[str], pointer: str) -> None:
    with pytest.raises(FixInput) as refused:
        read_scopes(names)

    assert [each.pointer for each in refused.value.mistakes] == [pointer]
    assert "send, read, contacts, admin" in str(refused.value)


def test_every_scope_is_explained() -> None:
    assert set(MEANING) == set(Scope)
