"""Senders and doubts as pages."""

from typing import Any
from uuid import UUID

from app.domain.message import Outcome, OutcomeKind
from tests.support.builders import numbers
from tests.support.visitors import Visitor

ONE, OTHER = numbers(2)
NAME = "+15550001234"
WHOLE = {
    "name": NAME,
    "rate": "2.5",
    "status": "pending",
    "registry": "The Campaign Registry (10DLC)",
    "reference": "C1A2B3C",
    "programme_name": "Bells",
    "support_contact": "help@bells.test",
    "managed": "on",
    "help_text": "Bells: ask help@bells.test. Reply STOP to stop.",
    "opt_out_words": "genug, basta",
    "opt_out_line": "Reply STOP to opt out",
    "add_opt_out_line": "on",
}


def test_a_sender_is_made_and_changed_with_all_that_is_decided_for_it(admin: Visitor) -> None:
    made = admin.post("/dashboard/senders/new", WHOLE, follow_redirects=True)
    assert f"{NAME} is saved" in made.text
    page = admin.get(f"/dashboard/senders/{NAME}").text
    for value in ("2.5", "Bells", "help@bells.test", "basta, genug", "Reply STOP to opt out"):
        assert value in page
    assert 'value="pending" selected' in page
    assert 'value="C1A2B3C"' in page
    listed = admin.get("/dashboard/senders").text
    assert "The Campaign Registry (10DLC), C1A2B3C" in listed
    told = admin.site.get(f"/api/senders/{NAME}/consent").json
    assert (told["opt_out_managed_by"], told["opt_out_words"]) == ("provider", ["basta", "genug"])

    without = {name: value for name, value in WHOLE.items() if name not in ("name", "rate")}
    admin.post(f"/dashboard/senders/{NAME}", without)
    (sender,) = [each for each in admin.site.rows("senders") if each["name"] == NAME]
    assert sender["rate"] is None
    actors = {each["actor"] for each in admin.site.rows("audit_events")}
    assert actors == {f"user {admin.user.name}"}


def test_every_mistake_stands_beside_its_field_and_nothing_is_saved(admin: Visitor) -> None:
    wrong = {**WHOLE, "rate": "fast", "opt_out_words": "help", "programme_name": "x" * 41}
    answer = admin.post("/dashboard/senders/new", wrong)

    assert answer.status_code == 422
    for field in ("rate", "opt_out_words", "programme_name"):
        assert f'id="{field}-error"' in answer.text
    assert NAME not in {each["name"] for each in admin.site.rows("senders")}
    assert 'id="name-error"' in admin.post("/dashboard/senders/new", {"name": "!"}).text
    assert 'id="status-error"' in admin.post("/dashboard/senders/new", WHOLE | {"status": ""}).text
    unlawful = {**WHOLE, "help_text": "Ask somebody else"}
    assert 'id="help_text-error"' in admin.post("/dashboard/senders/new", unlawful).text


def test_those_who_are_no_admin_see_senders_and_change_none(sender: Visitor) -> None:
    assert sender.get(f"/dashboard/senders/{NAME}").status_code == 200
    assert "Save" not in sender.get(f"/dashboard/senders/{NAME}").text
    assert sender.post(f"/dashboard/senders/{NAME}", WHOLE).status_code == 403
    assert sender.get("/dashboard/senders/new").status_code == 403
    assert sender.get("/dashboard/senders/%3C%21%3E").status_code == 404


def doubtful(visitor: Visitor) -> Any:
    visitor.site.gateway.answer = lambda _: Outcome(OutcomeKind.IN_DOUBT, "no answer came")
    return visitor.site.campaign([ONE, OTHER], name="Autumn sale")["campaign"]["id"]


def test_one_doubt_is_settled_and_then_the_rest_of_the_campaign(sender: Visitor) -> None:
    assert "No doubts" in sender.get("/dashboard/doubts").text
    campaign = doubtful(sender)
    page = sender.get("/dashboard/doubts", campaign=campaign).text
    assert ONE in page
    assert "Autumn sale" in page
    first = UUID(sender.site.rows("messages")[0]["id"])

    one = sender.post(f"/dashboard/doubts/messages/{first}", {"as": "sent", "note": "seen there"})
    assert one.status_code == 303
    path = f"/dashboard/doubts/campaigns/{campaign}"
    refused = sender.post(path, {"as": "resend"}, follow_redirects=True).text
    assert "may be texted twice" in refused
    done = sender.post(path, {"as": "not_sent"}, follow_redirects=True).text
    assert "1 settled, 0 still in doubt" in done
    assert "No doubts" in done
    assert sorted(each["status"] for each in sender.site.rows("messages")) == ["accepted", "failed"]
    actors = {each["actor"] for each in sender.site.rows("audit_events")}
    assert actors == {f"user {sender.user.name}"}


def test_a_viewer_settles_nothing(viewer: Visitor) -> None:
    campaign = doubtful(viewer)
    assert "It was sent" not in viewer.get("/dashboard/doubts", campaign=campaign).text
    answer = viewer.post(f"/dashboard/doubts/campaigns/{campaign}", {"as": "sent"})
    assert answer.status_code == 403
