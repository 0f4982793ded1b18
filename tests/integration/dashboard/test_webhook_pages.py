"""Outgoing webhooks as pages: endpoints made, tried, replayed, given up and taken back."""

import ipaddress
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.domain.users import Role
from app.hooks.caller import HookCaller
from app.services.clock import Clock
from app.services.hook_work import HookWork
from tests.support.receivers import Receiver, receiver
from tests.support.site import Site, open_site
from tests.support.visitors import Visitor
from tests.support.webhooks import inbound

HERE = "/dashboard/webhooks"
EVENTS = {"event-reply.received": "on", "event-message.final": "on"}
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """Nothing of it works by itself: deliveries go when told."""
    copy = shutil.copy(sqlite_template, tmp_path / "pages.db")
    with open_site(f"sqlite:///{copy}", WEBHOOKS_ALLOW_PRIVATE="127.0.0.0/8") as opened:
        opened.house.crew.stop(timeout=5)
        yield opened


@pytest.fixture
def here() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def deliver(site: Site, later: timedelta = timedelta(0)) -> None:
    clock = Clock()
    moved = Clock(now=lambda: clock.now() + later)
    HookWork(site.house.database, HookCaller(LOOPBACK), moved).go_on(lambda: False)


def add(admin: Visitor, url: str) -> tuple[str, str]:
    """The page of a new endpoint, and its secret."""
    page = admin.post(HERE, {"url": url, "name": "web shop", **EVENTS}).text
    (secret,) = re.findall(r"<code>(whsec_[\w+/=]+)</code>", page)
    (found,) = set(re.findall(rf'href="({HERE}/[0-9a-f-]{{36}})"', page))
    return str(found), str(secret)


def test_an_endpoint_is_made_and_its_secret_shown_once(admin: Visitor, here: Receiver) -> None:
    page, secret = add(admin, here.url)

    assert secret not in admin.get(HERE).text + admin.get(page).text
    assert "web shop" in admin.get(HERE).text
    admin.site.webhook("inbound", inbound("Hello"))
    deliver(admin.site)
    assert here.calls[0].is_signed_by(secret)
    rotated = admin.post(f"{page}/rotate").text
    (new,) = re.findall(r"<code>(whsec_[\w+/=]+)</code>", rotated)
    assert new != secret
    assert new not in admin.get(page).text


def test_deliveries_are_seen_and_told_again(admin: Visitor, here: Receiver) -> None:
    here.code, here.body = 500, b"<b>out of order</b>"
    page, _ = add(admin, here.url)
    assert admin.post(f"{page}/test").status_code == 303
    deliver(admin.site)
    shown = admin.get(page).text
    assert "webhook.test" in shown
    assert "&lt;b&gt;out of order" in shown
    assert "answered 500" in shown
    assert "Tell webhook.test" not in shown  # it waits, and comes again by itself

    here.code = 200
    deliver(admin.site, timedelta(minutes=1))
    tried = re.findall(r'<li value="(\d)">.+?: (\d+) <', admin.get(page).text)
    assert tried == [("1", "500"), ("2", "200")]
    (again,) = re.findall(rf'action="({page}/deliveries/\d+/replay)"', admin.get(page).text)
    assert admin.post(again).status_code == 303
    deliver(admin.site, timedelta(minutes=2))
    assert [call.id for call in here.calls] == [here.calls[0].id] * 3
    assert admin.get(page, status="waiting").text.count("Tell webhook.test") == 0
    assert admin.get(page, status="delivered").text.count("Tell webhook.test") == 1
    admin.post(f"{page}/replay", {"hours": "24", "which": "all"})
    deliver(admin.site, timedelta(minutes=3))
    assert len(here.calls) == 4
    assert admin.post(f"{page}/deliveries/x/replay").status_code == 404


def test_one_that_was_given_up_needs_a_person(admin: Visitor, here: Receiver) -> None:
    here.code = 410
    page, _ = add(admin, here.url)
    admin.post(f"{page}/test")
    deliver(admin.site)

    overview = admin.get("/dashboard/").text
    assert "The webhook web shop" in overview
    assert "it wants no more" in overview
    assert page in overview
    assert page not in Visitor(admin.site, Role.VIEWER).get("/dashboard/").text
    admin.post(f"{page}/switch", {"on": "yes"})
    assert "The webhook web shop" not in admin.get("/dashboard/").text
    admin.post(f"{page}/switch", {"on": "no"})
    assert "The webhook web shop" not in admin.get("/dashboard/").text  # a person wanted that
    assert "disabled" in admin.get(HERE).text


def test_every_mistake_stands_beside_its_field(admin: Visitor) -> None:
    wrong = admin.post(HERE, {"url": "http://10.0.0.1/", "name": "x" * 99})

    assert wrong.status_code == 422
    for field in ("url", "name", "events"):
        assert f'id="{field}-error"' in wrong.text
    assert 'value="http://10.0.0.1/"' in wrong.text


def test_what_is_removed_is_gone(admin: Visitor, here: Receiver) -> None:
    page, _ = add(admin, here.url)
    assert admin.post(f"{page}/remove").status_code == 303
    assert admin.get(page).status_code == 404
    assert page not in admin.get(HERE).text


def test_webhooks_are_for_admins_alone(sender: Visitor) -> None:
    assert sender.get(HERE).status_code == 403
    assert sender.post(HERE, EVENTS).status_code == 403
    assert HERE not in sender.get("/dashboard/").text
