"""People who use the dashboard."""

import pytest

from app.domain.users import Role, mistakes_in_name, mistakes_in_password, mistakes_in_zone


@pytest.mark.parametrize(
    ("role", "needed", "may"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.SENDER, False),
        (Role.SENDER, Role.VIEWER, True),
        (Role.SENDER, Role.ADMIN, False),
        (Role.ADMIN, Role.SENDER, True),
    ],
)
def test_a_role_may_what_those_before_it_may(role: Role, needed: Role, *, may: bool) -> None:
    assert role.may(needed) is may


@pytest.mark.parametrize("name", ["", "a", "Ann", ".ann", "ann b", "ann\n", "a" * 65, "<b>"])
def test_a_name_that_is_none(name: str) -> None:
    assert [each.pointer for each in mistakes_in_name(name)] == ["/name"]


def test_an_address_is_a_name() -> None:
    assert mistakes_in_name("ann+sms@example.test") == []


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "a" * 201, "abababababab", "annabel.smith"]
)
def test_a_password_that_is_easy_to_guess(password: str) -> None:
    assert [each.pointer for each in mistakes_in_password(password, "annabel.smith")] == [
        "/password"
    ]


def test_zones_are_those_of_the_iana() -> None:
    assert mistakes_in_zone(None) == mistakes_in_zone("Europe/Berlin") == []
    assert mistakes_in_zone("Mars/Olympus")[0].pointer == "/time_zone"
