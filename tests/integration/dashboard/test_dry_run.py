"""The dry run: what is shown is what is sent, once, or nothing is."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from sqlalchemy import text

from app.domain.contact import OnExisting
from app.domain.prices import SetPrice
from app.domain.users import Role
from tests.support.builders import SENDER, numbers
from tests.support.site import LATER, Site, eventually
from tests.support.visitors import Visitor

ONE, TWO, THREE = numbers(3)


def draft(site: Site, **changes: Any) -> str:
    """The address of its dry run."""
    body = {"recipients": [ONE, TWO, THREE], "message": "Hello", "name": "Spring", **changes}
    if "lists" in body or "audience" in body:
        del body["recipients"]
    answer = site.post("/api/campaigns", body)
    assert answer.status_code == 201, answer.text
    return f"/dashboard/campaigns/{answer.json['id']}/dry-run"


def form_on(page: str, nth: int = 0) -> dict[str, str]:
    """What one of the buttons that send would send, beside the token against forgery."""
    forms = [each for each in page.split("<form") if 'name="preview_token"' in each]
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', forms[nth]))
    return {name: value for name, value in found.items() if name != "csrf_token"}


def awaited(page: str) -> str:
    """The address of the part that a page waits for."""
    found = re.search(r'data-live="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


def status(site: Site, path: str) -> str:
    campaign_id = path.split("/")[3]
    return str(site.get(f"/api/campaigns/{campaign_id}").json["status"])


def stop(site: Site, number: str) -> None:
    site.post("/api/consents", {"consents": [{"number": number, "event": "opt_out"}]})


@contextmanager
def slow(site: Site) -> Iterator[None]:
    """No dry run ends meanwhile: its last step, to keep its token, waits for a turn to write."""
    site.house.services.dry_runs.patience = 0.01
    with site.house.database.writing():
        yield


def test_it_shows_what_would_become_of_everybody(viewer: Visitor) -> None:
    prices = viewer.site.house.services.prices
    prices.set([SetPrice("US", "EUR", Decimal("0.01"))], "somebody")
    stop(viewer.site, THREE)
    path = draft(viewer.site, recipients=[ONE, ONE, TWO, THREE, "12"], message="It\u2019s on")

    page = viewer.get(path).text

    for shown in (
        "<dd>2<small>of 5 named</small>",
        "opted out",
        "named twice",
        "€0.02",
        "It\u2019s on",
        "in UCS-2",
        "Spring",
    ):
        assert shown in page, shown
    assert "Send to" not in page
    table = viewer.get(f"{path}.csv")
    assert table.mimetype == "text/csv"
    assert len(table.text.splitlines()) == 6
    assert status(viewer.site, path) == "draft"


def test_the_button_sends_once_however_often_it_is_pressed(sender: Visitor) -> None:
    path = draft(sender.site)
    form = form_on(sender.get(path).text)
    browsers = [Visitor(sender.site, Role.SENDER) for _ in range(4)]  # of the same person

    def press(browser: Visitor) -> int:
        return int(browser.post(path, form).status_code)

    with ThreadPoolExecutor(4) as fingers:
        assert list(fingers.map(press, browsers)) == [303] * 4
    assert press(sender) == 303

    eventually(lambda: status(sender.site, path) == "finished")
    assert sorted(each.to for each in sender.site.gateway.sent) == [ONE, TWO, THREE]
    launches = [e for e in sender.site.rows("audit_events") if e["action"] == "launched"]
    assert [each["actor"] for each in launches] == [f"user {sender.user.name}"]


def test_two_tabs_send_it_once(sender: Visitor) -> None:
    path = draft(sender.site, scheduled_at=None)
    first, second = (form_on(sender.get(path).text) for _ in range(2))
    assert first["key"] != second["key"]
    sender.post(path, first)
    eventually(lambda: status(sender.site, path) == "finished")

    told = sender.post(path, second, follow_redirects=True)
    assert "Nothing more was done: it is finished already" in told.text
    assert len(sender.site.gateway.sent) == 3
    assert sender.get(path).status_code == 303  # a dry run of what has begun there is not


def changed(site: Site, what: str) -> None:
    """Something happens between the look and the click."""
    services = site.house.services
    if what == "opt-out":
        stop(site, TWO)
    elif what == "contact":
        services.contacts.keep([{"number": ONE, "first_name": "Eve"}], OnExisting.UPDATE, "test")
    elif what == "one more":
        services.contacts.keep(
            [{"number": "+14155559999", "tags": ["harp"]}], OnExisting.UPDATE, "test"
        )
    else:
        line = {"opt_out_line": "Reply STOP", "add_opt_out_line": True}
        site.client.put(f"/api/senders/{SENDER}/texts", json=line, headers=site.key)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("opt-out", "1 more skipped (opted out): 0 before, 1 now"),
        ("contact", "what recipients read is no longer what was shown"),
        ("one more", "the recipients changed: 3 before, 4 now (1 more)"),
        ("line", "what recipients read is no longer what was shown"),
    ],
)
def test_what_changed_meanwhile_is_told_and_nothing_is_sent(
    sender: Visitor, what: str, words: str
) -> None:
    told = [{"number": number, "tags": ["harp"]} for number in (ONE, TWO, THREE)]
    sender.site.house.services.contacts.keep(told, OnExisting.UPDATE, "test")
    greeting = "Hi {{ first_name | default: 'there' }}"
    path = draft(sender.site, audience={"tag": "harp"}, message=greeting)
    form = form_on(sender.get(path).text)
    changed(sender.site, what)

    answer = sender.post(path, form)
    assert answer.status_code == 409
    assert words in answer.text
    assert status(sender.site, path) == "draft"
    assert sender.site.gateway.sent == []
    assert sender.post(path, form).status_code == 409  # the old button stays worth nothing

    assert sender.post(path, form_on(answer.text)).status_code == 303
    eventually(lambda: status(sender.site, path) == "finished")
    assert len(sender.site.gateway.sent) == {"opt-out": 2, "one more": 4}.get(what, 3)


def test_a_scheduled_campaign_begins_at_its_time_or_now(sender: Visitor) -> None:
    path = draft(sender.site, scheduled_at=LATER)
    page = sender.get(path).text
    assert "Schedule for" in page
    form = form_on(page)
    assert form["begin"] == "later"
    assert sender.post(path, form).status_code == 303
    assert sender.post(path, form).status_code == 303
    assert status(sender.site, path) == "scheduled"
    assert sender.site.gateway.sent == []

    page = sender.get(path).text
    assert "It is scheduled" in page
    assert form_on(page)["begin"] == "now"
    stop(sender.site, ONE)
    assert sender.post(path, form_on(page)).status_code == 409
    assert sender.post(path, form_on(sender.get(path).text)).status_code == 303
    eventually(lambda: status(sender.site, path) == "finished")
    assert sorted(each.to for each in sender.site.gateway.sent) == [TWO, THREE]


def test_the_same_once_more_must_be_meant(sender: Visitor) -> None:
    first, second = draft(sender.site), draft(sender.site, name="Again")
    sender.post(first, form_on(sender.get(first).text))
    eventually(lambda: len(sender.site.gateway.sent) == 3)

    answer = sender.post(second, form_on(sender.get(second).text))
    assert answer.status_code == 409
    assert "within the last ten minutes" in answer.text
    assert status(sender.site, second) == "draft"

    meant = {**form_on(answer.text), "allow_duplicate": "on"}
    assert sender.post(second, meant).status_code == 303
    eventually(lambda: len(sender.site.gateway.sent) == 6)


def test_without_its_token_nothing_is_sent(sender: Visitor) -> None:
    path, other = draft(sender.site), draft(sender.site, message="Other")
    form, stolen = form_on(sender.get(path).text), form_on(sender.get(other).text)
    for token in ("", "0" * 64, stolen["preview_token"]):
        answer = sender.post(path, {**form, "preview_token": token})
        assert answer.status_code == 422
        assert "names no preview of this campaign" in answer.text
    assert status(sender.site, path) == "draft"


def test_what_cannot_be_sent_is_told_in_words(sender: Visitor) -> None:
    lists = sender.site.house.services.contact_lists
    made = lists.add("Friends", None, "test")
    path = draft(sender.site, lists=[made.id])
    assert "there is nothing to send" in sender.get(path).text

    lists.remove(made.id, "test")
    page = sender.get(path)
    assert page.status_code == 200
    assert "Lists is no list" in page.text
    assert "Change the campaign" in page.text
    late = draft(sender.site, scheduled_at="2099-01-01T00:00:00Z")
    assert "preview_token" in sender.get(late).text


def test_a_viewer_looks_and_cannot_send(viewer: Visitor, site: Site) -> None:
    path = draft(site)
    page = viewer.get(path).text
    assert "preview_token" not in page
    assert "Change it" not in page
    form = form_on(Visitor(site, Role.SENDER).get(path).text)
    assert viewer.post(path, form).status_code == 403
    assert Visitor(site, Role.SENDER).client.post(path, data=form).status_code == 400
    assert status(site, path) == "draft"


def test_a_large_one_goes_on_behind_its_page(sender: Visitor) -> None:
    path, dry_runs = draft(sender.site), sender.site.house.services.dry_runs
    with slow(sender.site):
        page = sender.get(path).text
        assert "Deciding about 3 people" in page
        assert "preview_token" not in page
        part = awaited(page)
        again = re.search(r'<noscript><meta http-equiv="refresh" content="1; url=([^"]+)">', page)
        assert again
        waiting = sender.get(part)
        assert "Deciding about 3 people" in waiting.text
        assert "X-Live" not in waiting.headers
        assert f'url={again[1]}"' in sender.get(again[1]).text  # it waits for the same

    dry_runs.patience = 10
    done = sender.get(part)
    assert done.headers["X-Live"] == "done"
    assert "<html" not in done.text
    assert 'http-equiv="refresh"' not in sender.get(again[1]).text
    form = form_on(done.text)
    assert sender.post(path, form).status_code == 303
    eventually(lambda: len(sender.site.gateway.sent) == 3)


def test_whatever_ends_the_waiting_is_said_and_nobody_asks_on(sender: Visitor) -> None:
    site, services = sender.site, sender.site.house.services
    made = services.contact_lists.add("Friends", None, "test")
    of_list, begun = draft(site, lists=[made.id]), draft(site, message="Other")
    with slow(site):
        parts = [awaited(sender.get(each).text) for each in (of_list, begun)]
    services.dry_runs.patience = 10
    services.contact_lists.remove(made.id, "test")
    for _ in range(2):  # what was decided before it was removed is not shown for long
        told = sender.get(parts[0])
    assert "Lists is no list" in told.text
    assert told.headers["X-Live"] == "done"

    sender.post(begun, form_on(sender.get(begun).text))
    for address, words in (
        (parts[1], "cannot be previewed"),
        (parts[1].replace(begun.split("/")[3], "0" * 32), "There is no"),
    ):
        told = sender.get(address)
        assert (told.status_code, told.headers["X-Live"]) == (200, "done")
        assert words in told.text
        assert "Begin it again" in told.text


def test_a_fault_of_ours_is_shown_and_logged(
    sender: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    path = draft(sender.site)
    with slow(sender.site):
        part = awaited(sender.get(path).text)
    sender.site.house.services.dry_runs.patience = 10
    assert "Send to 3 people" in sender.get(part).text
    with sender.site.house.database.writing() as session:
        session.execute(text("UPDATE order_parts SET recipients = '{'"))  # no JSON

    told = sender.get(part)
    assert (told.status_code, told.headers["X-Live"]) == (200, "done")
    assert "That is our fault; it was logged." in told.text
    assert "dry_run_failed" in [each.message for each in caplog.records]
    page = sender.get(path)
    assert page.status_code == 500
    assert "That is our fault" in page.text


def test_a_run_of_another_campaign_shows_nothing_of_it(sender: Visitor) -> None:
    first, second = draft(sender.site, message="Secret"), draft(sender.site, message="Plain")
    with slow(sender.site):
        part = awaited(sender.get(first).text)
    sender.site.house.services.dry_runs.patience = 10
    shown = sender.get(part.replace(first.split("/")[3], second.split("/")[3])).text
    assert "Plain" in shown
    assert "Secret" not in shown
    assert "Plain" in sender.get(f"{second}?run=nonsense").text


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"message": "After"}, "After"), ({"recipients": [ONE, ONE, TWO]}, "named twice")],
)
def test_an_edit_never_shows_what_was_before(
    sender: Visitor, changes: dict[str, Any], words: str
) -> None:
    path, key = draft(sender.site, message="Before"), sender.site.key
    with slow(sender.site):
        part = awaited(sender.get(path).text)
    address = f"/api/campaigns/{path.split('/')[3]}"
    changed = sender.site.client.patch(address, json=changes, headers=key)
    assert changed.status_code == 200, changed.text
    sender.site.house.services.dry_runs.patience = 10
    for each in (part, path):
        assert words in sender.get(each).text
