"""`flask users` at a terminal, on both databases."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from app.cli_users import users
from app.domain.errors import NotAuthentic
from tests.support.site import Site, open_site

Run = Callable[..., Result]
PASSWORD = "a long and winding road"


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url) as opened:
        yield opened


@pytest.fixture
def run(site: Site) -> Run:
    group = users(site.house)

    def run(*arguments: str, given: str = f"{PASSWORD}\n") -> Result:
        return CliRunner().invoke(group, list(arguments), input=given)

    return run


def test_somebody_is_let_in_and_may_sign_in(site: Site, run: Run) -> None:
    assert run("create", "Ann").output == "ann may sign in, as admin.\n"
    assert run("create", "bob", "--role", "viewer").output == "bob may sign in, as viewer.\n"

    assert run("list").output == "ann  admin\nbob  viewer\n"
    assert site.house.services.sign_ins.begin("ann", PASSWORD)
    assert {row["actor"] for row in site.rows("audit_events")} == {"command line"}


def test_the_same_name_again_is_told_and_changes_nothing(run: Run) -> None:
    run("create", "ann")
    again = run("create", "ANN", given="another long password\n")

    assert again.exit_code == 1
    assert again.output == "Error: name is taken: somebody is called so already\n"
    assert run("list").output == "ann  admin\n"


@pytest.mark.parametrize(
    ("arguments", "given", "told"),
    [
        (("create", "ann"), "short\n", "password must have 12 to 200 characters"),
        (("create", "a b"), f"{PASSWORD}\n", "name must be 2 to 64 letters"),
        (("create", "ann"), "", "password must have 12"),
        (("role", "nobody", "admin"), "", "there is no user nobody"),
        (("disable", "nobody"), "", "there is no user nobody"),
        (("password", "nobody"), f"{PASSWORD}\n", "there is no user nobody"),
    ],
)
def test_a_mistake_is_told_in_words(
    run: Run, arguments: tuple[str, ...], given: str, told: str
) -> None:
    answer = run(*arguments, given=given)

    assert answer.exit_code == 1
    assert told in answer.output
    assert "Traceback" not in answer.output
    assert run("list").output == ""


def test_roles_and_doors(site: Site, run: Run) -> None:
    run("create", "ann")
    assert "last admin" in run("disable", "ann").output
    run("create", "bob", "--role", "sender")
    token = site.house.services.sign_ins.begin("bob", PASSWORD)

    assert run("role", "bob", "admin").output == "bob is admin.\n"
    assert run("disable", "bob").output == "bob may not sign in.\n"
    assert site.house.services.sign_ins.who(token) is None
    assert run("list").output == "ann  admin\nbob  disabled\n"
    assert run("enable", "bob").output == "bob may sign in, as admin.\n"


def test_a_new_password_ends_the_old_one(site: Site, run: Run) -> None:
    run("create", "ann")
    told = run("password", "ann", given="quite another password\n")

    assert told.output == "ann has a new password.\n"
    assert site.house.services.sign_ins.begin("ann", "quite another password")
    with pytest.raises(NotAuthentic):
        site.house.services.sign_ins.begin("ann", PASSWORD)
