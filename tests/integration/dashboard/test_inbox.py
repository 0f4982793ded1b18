"""The inbox in a browser's eyes: threads, replies, who may."""

import re
import uuid
from typing import Any

from tests.support.builders import numbers
from tests.support.site import eventually
from tests.support.visitors import Visitor, counted_queries
from tests.support.webhooks import inbound

ONE, OTHER = numbers(2)
HOSTILE = "<script>alert(1)</script>"


def text(visitor: Visitor, words: str, number: str = ONE) -> None:
    assert visitor.site.webhook("inbound", inbound(words, number)).status_code == 200


def reply(visitor: Visitor, words: str, key: str = "") -> Any:
    form = {"text": words, "key": key or str(uuid.uuid4())}
    return visitor.post(f"/dashboard/inbox/{ONE}/replies", form, follow_redirects=True)


def test_an_empty_inbox_says_what_comes(viewer: Visitor) -> None:
    assert "Nobody has written yet" in viewer.get("/dashboard/inbox").text
    assert "Everything is read" in viewer.get("/dashboard/inbox", unread=1).text


def test_threads_show_what_was_written_harmlessly(viewer: Visitor) -> None:
    viewer.site.campaign([ONE], name="Autumn sale")
    text(viewer, HOSTILE)

    for path in ("/dashboard/inbox", f"/dashboard/inbox/{ONE}"):
        page = viewer.get(path)
        assert page.status_code == 200, page.text
        assert HOSTILE not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
        assert "Autumn sale" in page.text
    assert "1 unread" in viewer.get("/dashboard/inbox").text


def test_a_reply_that_is_sent_twice_goes_out_once(sender: Visitor) -> None:
    text(sender, "Until when?")
    page = sender.get(f"/dashboard/inbox/{ONE}").text
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    for _ in range(2):
        shown = reply(sender, "Until six.", found[1])
        assert "The reply is on its way." in shown.text

    assert "Until six." in shown.text
    eventually(lambda: len(sender.site.gateway.sent) == 1)
    (event,) = [each for each in sender.site.rows("audit_events") if each["action"] == "replied"]
    assert event["actor"] == f"user {sender.user.name}"


def test_a_reply_to_somebody_who_opted_out_is_refused_in_words(sender: Visitor) -> None:
    text(sender, "STOP")
    before = len(sender.site.rows("messages"))

    answer = reply(sender, "Please stay")
    assert answer.status_code == 409
    assert "Not sent" in answer.text
    assert "opted out on" in answer.text
    assert "Please stay</textarea>" in answer.text  # what was typed is not lost
    assert len(sender.site.rows("messages")) == before


def test_an_empty_reply_is_refused_beside_its_field(sender: Visitor) -> None:
    text(sender, "Hello")

    answer = reply(sender, " ")
    assert answer.status_code == 422
    assert 'id="text-error"' in answer.text


def test_marking_takes_a_thread_out_of_the_unread(sender: Visitor) -> None:
    text(sender, "Hello")
    sender.post(f"/dashboard/inbox/{ONE}/read", {"read": "yes"})
    assert ONE not in sender.get("/dashboard/inbox", unread=1).text
    sender.post(f"/dashboard/inbox/{ONE}/read", {"read": "no"})
    assert ONE in sender.get("/dashboard/inbox", unread=1).text


def test_a_viewer_reads_and_does_not_write(viewer: Visitor) -> None:
    text(viewer, "Hello")

    assert "Send reply" not in viewer.get(f"/dashboard/inbox/{ONE}").text
    assert reply(viewer, "x").status_code == 403
    assert viewer.post(f"/dashboard/inbox/{ONE}/read", {"read": "yes"}).status_code == 403


def test_a_number_that_never_wrote_has_no_thread(sender: Visitor) -> None:
    assert sender.get(f"/dashboard/inbox/{OTHER}").status_code == 404


def test_the_list_asks_as_much_for_many_threads_as_for_one(viewer: Visitor) -> None:
    def asked() -> int:
        with counted_queries(viewer.site.house.database) as seen:
            viewer.get("/dashboard/inbox")
        return len(seen)

    text(viewer, "Hello")
    viewer.site.house.crew.stop(timeout=10)  # it looks into the database, too
    viewer.get("/dashboard/inbox")
    one = asked()
    for number in numbers(12):
        text(viewer, "Hello", number)
    assert asked() == one
