"""No page is open by accident, and no form can be sent from elsewhere."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from app.domain.users import Role
from app.web.dashboard.frame import needed
from tests.support.site import Site, open_site
from tests.support.visitors import Visitor

OPEN = {"dashboard.doors.sign_in", "dashboard.doors.begin", "dashboard.doors.theme"}
STATIC = "dashboard.static"


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    copy = shutil.copy(sqlite_template, tmp_path / "test.db")
    with open_site(f"sqlite:///{copy}") as opened:
        yield opened


def rules(site: Site, method: str) -> list[Rule]:
    return [
        rule
        for rule in site.pages.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.")
        and method in (rule.methods or ())
        and rule.endpoint != STATIC
    ]


def path_of(rule: Rule) -> str:
    return re.sub(r"<[^>]*>", "01a20284-46ec-7085-90b1-3294384bf7a9", rule.rule)


def test_every_page_says_whom_it_is_for(site: Site) -> None:
    with site.pages.app_context():
        needs = {rule.endpoint: needed(rule.endpoint) for rule in site.pages.url_map.iter_rules()}

    pages = {name: role for name, role in needs.items() if name.startswith("dashboard.")}
    assert {name for name, role in pages.items() if role is None} == OPEN
    assert {name for name, role in pages.items() if not isinstance(role, Role)} == OPEN | {STATIC}


def test_who_is_not_signed_in_is_sent_to_the_door(site: Site) -> None:
    nobody = Visitor(site, None)
    for rule in rules(site, "GET"):
        if rule.endpoint not in OPEN:
            answer = nobody.get(path_of(rule))
            assert answer.status_code == 303, rule
            assert answer.location.startswith("/dashboard/sign-in?to="), rule


def test_no_form_is_taken_without_its_token(site: Site) -> None:
    for visitor in (Visitor(site, Role.ADMIN), Visitor(site, None)):
        for rule in rules(site, "POST"):
            assert visitor.client.post(path_of(rule)).status_code == 400, rule


def test_a_viewer_can_change_nothing_of_others(site: Site) -> None:
    viewer = Visitor(site, Role.VIEWER)
    own = {"dashboard.doors.sign_out", "dashboard.doors.change_password"}
    own |= {"dashboard.doors.change_zone", *OPEN}
    for rule in rules(site, "POST"):
        if rule.endpoint not in own:
            assert viewer.post(path_of(rule)).status_code == 403, rule


def test_whatever_changes_something_is_a_post(site: Site) -> None:
    for rule in site.pages.url_map.iter_rules():
        if rule.endpoint.startswith("dashboard."):
            assert set(rule.methods or ()) <= {"GET", "HEAD", "OPTIONS", "POST"}, rule
