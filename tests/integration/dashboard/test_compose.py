"""The composer: what it keeps, the API could have said; what is wrong stands at its field."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from app.domain.contact import OnExisting
from app.domain.phone import read_number
from app.domain.users import Role
from tests.support.builders import SENDER, numbers
from tests.support.site import Site
from tests.support.visitors import Visitor

NEW, TRY = "/dashboard/campaigns/new", "/dashboard/campaigns/try"
ONE, OTHER = numbers(2)


@pytest.fixture
def friends(site: Site) -> str:
    """The id of a list with two contacts."""
    told: list[dict[str, object]] = [
        {"number": ONE, "first_name": "Ann"},
        {"number": OTHER, "first_name": "Bob"},
    ]
    house = site.house.services
    house.contacts.keep(told, OnExisting.UPDATE, "test")
    made = house.contact_lists.add("Friends", None, "test")
    house.contact_lists.put_on(made.id, [read_number(ONE), read_number(OTHER)], "test")
    return made.id


def form(**changes: str) -> dict[str, str]:
    """What a browser sends: every field, and whichever boxes are ticked."""
    named = {name.replace("__", "-"): value for name, value in changes.items()}
    usual = {
        "key": str(uuid4()),
        "name": "Spring",
        "whom": "numbers",
        "numbers": f"{ONE}\r\n{OTHER}",
        "audience": "",
        "sender": SENDER,
        "template": "",
        "message": "Hello",
        "kind": "marketing",
        "begin": "now",
        "scheduled_at": "",
        "time_zone": "Europe/Berlin",
        "not_after": "",
        "quiet_hours": "usual",
        "local_time": "",
        "spend_cap": "",
        "max_rate": "",
        "holidays": "",
        "canary": "100",
    }
    return {**usual, **named}


def drafts(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get("/api/campaigns").json["campaigns"]
    return found


def made(visitor: Visitor, **changes: str) -> dict[str, Any]:
    """The campaign that the API shows afterwards."""
    answer = visitor.post(NEW, form(**changes))
    assert answer.status_code == 303, re.findall(r'class="error"[^>]*>([^<]+)', answer.text)
    (draft,) = drafts(visitor.site)
    return draft


def test_a_draft_is_kept_and_nothing_is_sent(sender: Visitor) -> None:
    draft = made(sender, message="Two\r\nlines ")

    assert (draft["status"], draft["name"], draft["from"]) == ("draft", "Spring", SENDER)
    assert draft["message"] == "Two\nlines "
    assert draft["recipient_count"] == 2
    assert sender.site.rows("messages") == []


def test_everything_that_was_chosen_is_kept_and_shown_again(sender: Visitor, friends: str) -> None:
    rule = {"tag": "harp"}
    audience = sender.site.house.services.audiences.add("Harps", rule, "test")
    draft = made(
        sender,
        whom="contacts",
        **{f"list-{friends}": "on"},
        audience=audience.id,
        begin="later",
        scheduled_at="2099-12-24T09:00",
        not_after="2099-12-24T18:30",
        quiet_hours="us-federal",
        local_time="10:15",
        spend_cap="25.50",
        max_rate="2.5",
        holidays="closed",
        canary="7",
        message="Hi {{ first_name | default: 'there' }}",
    )

    assert draft["target"] == {"lists": [friends], "audience": audience.id}
    assert draft["scheduled_at"] == "2099-12-24T08:00:00Z"
    assert draft["not_after"] == "2099-12-24T17:30:00Z"
    assert draft["max_rate"] == 2.5
    assert (draft["quiet_hours"], draft["holidays"]) == ("us-federal", "closed")
    assert draft["policy"]["canary"] == 7
    page = sender.get(f"/dashboard/campaigns/{draft['id']}/edit").text
    for shown in (
        f'name="list-{friends}" checked',
        f'value="{audience.id}" selected',
        'value="2099-12-24T09:00"',
        'value="2099-12-24T18:30"',
        'value="us-federal" selected',
        'value="10:15"',
        'value="25.5',
        'value="2.5"',
        'value="closed" selected',
        'value="7"',
        'value="later" checked',
        "Hi {{ first_name | default: &#39;there&#39; }}</textarea>",
    ):
        assert shown in page, shown


def test_an_unchanged_form_changes_nothing(sender: Visitor) -> None:
    own_rule = {"and": [{"tag": "harp"}, {"field": "city", "equals": "Ghent"}]}
    hours = {"weekdays": ["10:00", "12:00"], "saturday": None, "sunday": ["11:00", "12:00"]}
    body = {"audience": own_rule, "message": "Hello", "quiet_hours": hours, "from": "Bells"}
    told = [{"to": ONE, "name": "Ann"}, {"to": OTHER, "name": "Bob"}]
    days = {"weekdays": ["10:00", "18:00"], "saturday": None, "sunday": None}
    office = {"name": "office", "title": "Open", "source": "ours", **days}
    assert sender.site.post("/api/hours/presets", office).status_code == 201
    named = {**body, "quiet_hours": "office"}
    for each in (
        body,
        named,
        {"recipients": told, "message": "Hi {{ name }}", "kind": "transactional"},
    ):
        answer = sender.site.post("/api/campaigns", each)
        assert answer.status_code == 201, answer.text
        before = sender.site.rows("campaigns"), sender.site.rows("order_parts")
        path = f"/dashboard/campaigns/{answer.location.rpartition('/')[2]}/edit"
        assert sender.post(path, fields_of(sender.get(path).text)).status_code == 303
        assert (sender.site.rows("campaigns"), sender.site.rows("order_parts")) == before


@pytest.mark.parametrize(
    ("before", "changes", "hours"),
    [
        ({}, {"quiet_hours": "us-federal"}, "us-federal"),
        ({"quiet_hours": "us-federal"}, {"quiet_hours": "usual"}, None),
        ({"quiet_hours": "us-federal"}, {"kind": "transactional", "quiet_hours": "usual"}, None),
        ({"kind": "transactional", "quiet_hours": "FR"}, {"quiet_hours": "usual"}, None),
        ({"kind": "transactional"}, {"kind": "marketing", "quiet_hours": "FR"}, "FR"),
    ],
)
def test_kind_and_hours_are_changed_together_or_alone(
    sender: Visitor, before: dict[str, str], changes: dict[str, str], hours: str | None
) -> None:
    answer = sender.site.post("/api/campaigns", {"recipients": [ONE], "message": "Hi", **before})
    path = f"/dashboard/campaigns/{answer.json['id']}/edit"
    shown = fields_of(sender.get(path).text)
    assert sender.post(path, {**shown, **changes}).status_code == 303

    campaign = sender.site.house.services.campaigns.find(answer.json["id"]).campaign
    assert campaign.terms.window_name == hours
    assert campaign.terms.is_marketing == ({**shown, **changes}["kind"] == "marketing")


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of a form that nobody touched."""
    inside = page[page.index('class="compose"') :]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]+>", inside):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_choice = attributes.get("type") in ("radio", "checkbox")
        if "name" in attributes and (not is_choice or " checked" in tag):
            found[attributes["name"]] = unescape(attributes.get("value", "on"))
    for name, options in re.findall(
        r'<select id="\w+" name="(\w+)"(.*?)</select>', inside, re.DOTALL
    ):
        values = re.findall(r'<option value="([^"]*)"( selected)?', options)
        chosen = [value for value, selected in values if selected] or [values[0][0]]
        found[name] = unescape(chosen[0])
    for name, text in re.findall(
        r'<textarea id="\w+" name="(\w+)"[^>]*>\n(.*?)</textarea>', inside, re.DOTALL
    ):
        found[name] = unescape(text)
    return found


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"message": " "}, "message", "write a text"),
        ({"message": "Hi {{ name"}, "message", "line 1"),
        ({"message": "Hi {{ name }}"}, "message", "no recipient has a field"),
        ({"numbers": ""}, "numbers", "needs 1 to 5,000 numbers"),
        ({"whom": "contacts"}, "whom", "choose a list"),
        ({"whom": "contacts", "list__gone": "on"}, "whom", "is no list"),
        ({"whom": "contacts", "audience": "own", "rule": "{"}, "audience", "exactly one"),
        ({"begin": "later"}, "scheduled_at", "say when"),
        ({"begin": "later", "scheduled_at": "soon"}, "scheduled_at", "must be a time"),
        ({"not_after": "2001-01-01T00:00"}, "not_after", "is past"),
        ({"not_after": "2099-01-01T00:00", "time_zone": "Mars"}, "time_zone", "no time zone"),
        ({"sender": "!"}, "sender", "is no sender"),
        ({"template": str(uuid4())}, "template", "there is no template"),
        ({"quiet_hours": "never"}, "quiet_hours", "is no preset"),
        ({"local_time": "25:00"}, "local_time", "must be a time of day"),
        ({"spend_cap": "much"}, "spend_cap", "decimal"),
        ({"holidays": "maybe"}, "holidays", "Input should be"),
        ({"canary": "few"}, "canary", "integer"),
        ({"canary": "1000001"}, "canary", "less than or equal"),
        ({"max_rate": "fast"}, "max_rate", "number"),
        ({"max_rate": "0"}, "max_rate", "greater than 0"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_kept(
    sender: Visitor, changes: dict[str, str], field: str, words: str
) -> None:
    answer = sender.post(NEW, form(**{"message": "Do not lose me", **changes}))

    assert answer.status_code == 422
    (told,) = re.findall(rf'id="{field}-error">([^<]+)', answer.text)
    assert words in told
    assert ("Do not lose me" in answer.text) == ("message" not in changes)
    assert drafts(sender.site) == []


def test_all_mistakes_are_told_at_once(sender: Visitor) -> None:
    page = sender.post(NEW, form(message="", spend_cap="-1", sender="!", whom="contacts")).text
    for field in ("message", "spend_cap", "sender", "whom"):
        assert f'id="{field}-error"' in page, field


def test_the_same_form_twice_is_one_draft_and_another_text_is_another(sender: Visitor) -> None:
    given = form()
    first, again = sender.post(NEW, given), sender.post(NEW, given)
    assert first.location == again.location
    assert len(drafts(sender.site)) == 1

    sender.post(NEW, {**given, "message": "Something else"})
    assert len(drafts(sender.site)) == 2


def test_without_a_script_the_buttons_work_within_the_form(sender: Visitor, friends: str) -> None:
    saved = sender.site.house.services.templates.create("Greeting", "Good “day”", "somebody")
    chosen = form(whom="contacts", message="It\u2019s", **{f"list-{friends}": "on"})

    def page(**changes: str) -> str:
        answer = sender.post(NEW, {**chosen, **changes})
        assert answer.status_code == 200
        return str(answer.text)

    assert "right single quotation mark" in page(do="try")
    assert ">\nIt&#39;s</textarea>" in page(do="plain")
    assert ">\nIt\u2019s{{ first_name }}</textarea>" in page(do="insert-first_name")
    assert ">\nGood “day”</textarea>" in page(do="copy", template=saved.template.id)
    assert "Hi Ann" in page(do="try", message="Hi {{ first_name }}")
    assert "Hi Bob" in page(do=f"show-{OTHER}", message="Hi {{ first_name }}")
    assert drafts(sender.site) == []


def test_the_preview_shows_one_after_the_other_with_what_the_sender_adds(
    sender: Visitor, friends: str
) -> None:
    line = {"opt_out_line": "Reply STOP to opt out", "add_opt_out_line": True}
    sender.site.client.put(f"/api/senders/{SENDER}/texts", json=line, headers=sender.site.key)
    chosen = form(whom="contacts", message="Hi {{ first_name }}", **{f"list-{friends}": "on"})

    shown = sender.post(TRY, chosen).text
    assert "Hi Ann\nReply STOP to opt out" in shown
    assert "<strong>2</strong> people" in shown
    assert f'data-show="{OTHER}"' in shown
    assert "Hi Bob" in sender.post(TRY, {**chosen, "contact": OTHER}).text
    assert "no value for nick" in sender.post(TRY, {**chosen, "message": "{{ nick }}"}).text
    assert "is no list" in sender.post(TRY, {**chosen, "list-gone": "on"}).text
    pasted = sender.post(TRY, form(contact=OTHER)).text
    assert f'data-show="{ONE}"' in pasted
    assert "Hello" in pasted


def test_a_template_is_named_with_its_version_and_stays_at_it(sender: Visitor) -> None:
    keeper = sender.site.house.services.templates
    saved = keeper.create("Greeting", "One", "somebody").template
    draft = made(sender, template=saved.id, message="")
    keeper.revise(saved.id, None, "Two", "somebody")

    path = f"/dashboard/campaigns/{draft['id']}/edit"
    sender.post(path, fields_of(sender.get(path).text))
    assert sender.site.get(f"/api/campaigns/{draft['id']}").json["message"] == "One"
    sender.post(path, form(template=saved.id))
    assert sender.site.get(f"/api/campaigns/{draft['id']}").json["message"] == "Two"


def test_what_the_address_names_is_chosen_already(sender: Visitor, friends: str) -> None:
    page = sender.get(NEW, list=friends).text
    assert f'name="list-{friends}" checked' in page


def test_what_has_begun_is_changed_no_more(sender: Visitor) -> None:
    begun = sender.site.campaign(1)["campaign"]["id"]
    path = f"/dashboard/campaigns/{begun}/edit"
    assert sender.get(path).status_code == 409
    assert sender.post(path, form()).status_code == 409
    assert sender.get(f"/dashboard/campaigns/{uuid4()}/edit").status_code == 404


def test_a_viewer_composes_nothing(viewer: Visitor, site: Site) -> None:
    for path in (NEW, TRY):
        assert viewer.post(path, form()).status_code == 403
    assert viewer.get(NEW).status_code == 403
    assert "New campaign" not in viewer.get("/dashboard/").text
    assert "New campaign" in Visitor(site, Role.SENDER).get("/dashboard/").text
    assert drafts(site) == []


@pytest.mark.parametrize("hours", ["usual", "us-federal", "off"])
@pytest.mark.parametrize("kind", ["marketing", "transactional"])
def test_holidays_are_closed_and_opened_again_whatever_the_hours(
    sender: Visitor, hours: str, kind: str
) -> None:
    chosen = {"quiet_hours": hours, "kind": kind}
    plain = made(sender, **chosen)
    path = f"/dashboard/campaigns/{plain['id']}/edit"

    def changed(**more: str) -> dict[str, Any]:
        assert sender.post(path, form(**{**chosen, **more})).status_code == 303
        (now,) = drafts(sender.site)
        return now

    assert changed(holidays="closed") == {**plain, "holidays": "closed"}
    assert changed(holidays="closed") == {**plain, "holidays": "closed"}
    assert changed() == plain


def test_a_canary_is_taken_away_by_an_empty_field(sender: Visitor) -> None:
    assert made(sender, canary="")["policy"]["canary"] is None
