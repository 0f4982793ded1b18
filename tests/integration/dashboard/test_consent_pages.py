"""Opt-outs and the review list as pages."""

from uuid import UUID

from tests.support.builders import numbers
from tests.support.visitors import Visitor
from tests.support.webhooks import inbound

ONE, OTHER = numbers(2)
SOFT = "please stop texting me all day"


def text(visitor: Visitor, words: str, number: str = ONE) -> None:
    assert visitor.site.webhook("inbound", inbound(words, number)).status_code == 200


def test_a_stop_is_in_the_list_and_in_the_file(viewer: Visitor) -> None:
    assert "Nobody has opted out" in viewer.get("/dashboard/opt-outs").text
    text(viewer, "STOP")

    page = viewer.get("/dashboard/opt-outs").text
    assert ONE in page
    assert "a text (keyword)" in page
    table = viewer.get("/dashboard/opt-outs/file.csv")
    assert table.mimetype == "text/csv"
    header, row = table.text.strip().splitlines()
    assert header.split(",")[0].endswith("number")
    assert ONE in row
    assert "STOP" in row


def test_a_number_is_searched_for_as_people_write_it(viewer: Visitor) -> None:
    text(viewer, "STOP")
    text(viewer, "STOP", OTHER)
    spaced = f"{ONE[:2]} {ONE[2:5]} {ONE[5:]}"

    page = viewer.get("/dashboard/opt-outs", search=spaced).text
    assert ONE in page
    assert OTHER not in page
    assert "has not opted out" in viewer.get("/dashboard/opt-outs", search="+14155559999").text
    assert 'id="search-error"' in viewer.get("/dashboard/opt-outs", search="12").text


def test_somebody_is_added_by_hand_with_who_did_it(sender: Visitor) -> None:
    form = {"number": ONE, "wording": "by telephone"}
    shown = sender.post("/dashboard/opt-outs", form, follow_redirects=True).text

    assert f"{ONE} is opted out" in shown
    assert "added by hand" in shown
    (event,) = sender.site.rows("consent_events")
    assert (event["actor"], event["method"]) == (f"user {sender.user.name}", "operator")
    wrong = sender.post("/dashboard/opt-outs", {"number": "12", "wording": "x"})
    assert wrong.status_code == 422
    assert 'id="number-error"' in wrong.text


def test_softer_words_wait_to_be_read_and_an_ordinary_reply_is_none(sender: Visitor) -> None:
    assert "Nothing to read" in sender.get("/dashboard/reviews").text
    text(sender, SOFT)
    page = sender.get("/dashboard/reviews").text
    assert SOFT in page

    (review,) = sender.site.rows("consent_reviews")
    path = f"/dashboard/reviews/{UUID(review['event_id'])}"
    done = sender.post(path, {"as": "no_opt_out"}, follow_redirects=True).text
    assert "taken back" in done
    assert "Nothing to read" in done
    assert "Nobody has opted out" in sender.get("/dashboard/opt-outs").text
    (settled,) = sender.site.rows("consent_reviews")
    assert settled["settled_by"] == f"user {sender.user.name}"
    assert "was settled" in sender.post(path, {"as": "opt_out"}).text


def test_a_viewer_changes_nothing(viewer: Visitor) -> None:
    text(viewer, SOFT)
    (review,) = viewer.site.rows("consent_reviews")

    assert viewer.post("/dashboard/opt-outs", {"number": OTHER}).status_code == 403
    path = f"/dashboard/reviews/{UUID(review['event_id'])}"
    assert viewer.post(path, {"as": "opt_out"}).status_code == 403
    assert "An ordinary reply" not in viewer.get("/dashboard/reviews").text
