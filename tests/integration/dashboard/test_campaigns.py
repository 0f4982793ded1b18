"""The list of campaigns and the page of one: how it goes, why, and what can be done."""

import csv
import re
import shutil
from typing import Any

import pytest

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.users import Role
from tests.support.builders import numbers
from tests.support.fakes import FakeGateway, accepted
from tests.support.site import LATER, Site, eventually, open_site
from tests.support.visitors import Visitor
from tests.support.webhooks import inbound, receipt

LIST = "/dashboard/campaigns"


def page_of(launched: dict[str, Any]) -> str:
    return f"{LIST}/{launched['campaign']['id']}"


def words(html: str) -> str:
    """What a reader sees."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" ,", ",")


def test_without_campaigns_the_next_step_is_told(sender: Visitor) -> None:
    page = sender.get(LIST).text

    assert "No campaign yet" in page
    assert "/dashboard/campaigns/new" in page
    assert "/dashboard/imports/new" not in Visitor(sender.site, Role.VIEWER).get(LIST).text


def test_campaigns_are_listed_with_state_and_progress(site: Site, viewer: Visitor) -> None:
    launched = site.campaign([*numbers(3), "nonsense"], name="Spring sale")
    site.campaign(2, name="Autumn", scheduled_at=LATER)

    page = viewer.get(LIST).text
    assert page_of(launched) in page
    assert "3 of 3" in words(page)
    assert "Autumn" in page
    assert "Autumn" not in viewer.get(LIST, q="spring").text
    assert "Spring sale" not in viewer.get(LIST, status="scheduled").text
    assert "No campaign fits" in viewer.get(LIST, q="winter").text
    assert viewer.get(LIST, status="sold", before="x").status_code == 200


def test_many_campaigns_come_in_pages_that_keep_the_search(site: Site, viewer: Visitor) -> None:
    for place in range(52):
        site.post(
            "/api/campaigns", {"recipients": numbers(1), "message": "x", "name": f"Plan {place}"}
        )

    page = viewer.get(LIST, q="plan", status="draft").text
    older = re.search(r'href="([^"]*before=[^"]*)" rel="next"', page)
    assert older
    assert "q=plan" in older[1]
    second = viewer.get(older[1].replace("&amp;", "&")).text
    assert "Plan 1<" in second
    assert "Plan 51" not in second


@pytest.fixture
def told(site: Site) -> dict[str, Any]:
    """A campaign of which everything happened."""
    launched = site.campaign([*numbers(5), numbers(1)[0], "nonsense"], name="Spring")
    one, two, three, *_ = site.messages(launched)
    site.webhook("status", receipt(one, "delivered"))
    site.webhook("status", receipt(two, "rejected", error={"title": "1180"}))
    site.webhook("status", receipt(three, "rejected", error={"title": "1210"}))
    site.webhook("inbound", inbound("Thanks!", numbers(4)[3]))
    return launched


def test_the_page_tells_where_recipients_stayed_and_why(
    viewer: Visitor, told: dict[str, Any]
) -> None:
    shown = words(viewer.get(page_of(told)).text)

    for words_of in (
        "Named 7 100 % 1 refused, 1 named twice",
        "Texts made 5 71.4 %",
        "Sent 5 71.4 % 2 with Vonage, 2 refused by the carrier",
        "Delivered 1 14.3 %",
        "A spam filter stopped the text 1210 1",
        "The phone could not be reached: off, or without signal 1180 1 can be sent again",
        "Replies 1",
    ):
        assert words_of in shown


def test_recipients_are_filtered_and_lead_to_their_number(
    viewer: Visitor, told: dict[str, Any]
) -> None:
    def found(**filters: str) -> str:
        page: str = viewer.get(page_of(told), **filters).text
        return page[page.index('id="recipients"') :]

    everybody = found()
    assert all(f"/dashboard/numbers/{each}" in everybody for each in numbers(5))
    rejected = found(status="rejected", code="1210")
    assert numbers(5)[2] in rejected
    assert numbers(5)[1] not in rejected
    assert numbers(5)[3] in found(number="+1 415 555 0003")
    assert "Nobody fits" in found(number="+14155559999")
    assert "Write the whole number" in found(number="0003")
    refused = words(found(status="refused"))
    assert "7 nonsense" in refused
    assert "6 +14155550000 named before" in refused
    assert "Nobody fits" in found(status="in_doubt")
    for odd in ("nonsense", "", "%"):
        assert viewer.get(page_of(told), status=odd, after=odd, code="\0").status_code == 200
    for odd in ("x" * 30, "9" * 30, "-5"):
        assert viewer.get(page_of(told), status="refused", after=odd).status_code == 200


def test_many_recipients_come_in_pages(site: Site, viewer: Visitor) -> None:
    launched = site.campaign(60)
    page = viewer.get(page_of(launched), status="accepted").text

    assert page.count("/dashboard/numbers/+1415") == 50
    following = re.search(r'href="([^"]*after=[^"]*)" rel="next"', page)
    assert following
    second = viewer.get(following[1].replace("&amp;", "&").partition("#")[0]).text
    assert second.count("/dashboard/numbers/+1415") == 10


def test_every_recipient_is_in_the_file(viewer: Visitor, told: dict[str, Any]) -> None:
    answer = viewer.get(f"{page_of(told)}/recipients.csv")

    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    assert len(rows) == 7
    assert [row["status"] for row in rows[:3]] == ["delivered", "rejected", "rejected"]
    assert "attachment" in answer.headers["Content-Disposition"]


def test_the_moving_part_ends_when_nothing_will_change(site: Site, viewer: Visitor) -> None:
    launched = site.campaign(1)
    now = f"{page_of(launched)}/now"

    assert "X-Live" not in viewer.get(now).headers  # a receipt is still to come
    site.webhook("status", receipt(site.messages(launched)[0], "delivered"))
    answer = viewer.get(now)
    assert answer.headers["X-Live"] == "done"
    assert "<html" not in answer.text
    assert "1 of 1 (100 %)" in words(answer.text)
    later = site.campaign(1, scheduled_at=LATER)
    assert "X-Live" not in viewer.get(f"{page_of(later)}/now").headers


def test_somebody_pauses_resumes_and_cancels_and_is_named(site: Site, sender: Visitor) -> None:
    launched = site.campaign(2, scheduled_at=LATER, name="Later")
    page = page_of(launched)

    sender.post(f"{page}/pause", {"reason": "wait for the boss"})
    shown = words(sender.get(page).text)
    assert "Paused by user sender: wait for the boss. What waits is sent when" in shown
    assert "wait for the boss" in words(sender.get(LIST).text)
    assert "It goes on." in sender.post(f"{page}/resume", follow_redirects=True).text
    answer = sender.post(f"{page}/resume", follow_redirects=True)
    assert (answer.status_code, "Nothing was done" in answer.text) == (200, True)
    sender.post(f"{page}/cancel", {"reason": "\0"})
    shown = words(sender.get(page).text)
    assert "Cancelled by user sender." in shown
    assert "2 skipped" in shown
    events = site.get("/api/audit", subject=launched["campaign"]["id"]).json["events"]
    assert [(each["actor"], each["action"]) for each in events] == [
        ("user sender", "cancelled"),
        ("user sender", "resumed"),
        ("user sender", "paused"),
    ]


def test_a_reason_that_is_too_long_changes_nothing(site: Site, sender: Visitor) -> None:
    page = page_of(site.campaign(1, scheduled_at=LATER))
    answer = sender.post(f"{page}/pause", {"reason": "x" * 501}, follow_redirects=True)

    assert "at most 500 characters" in answer.text
    assert 'class="badge busy">scheduled' in answer.text


def test_what_failed_in_passing_is_sent_again(
    site: Site, sender: Visitor, told: dict[str, Any]
) -> None:
    before = len(site.gateway.sent)
    answer = sender.post(f"{page_of(told)}/retry", follow_redirects=True)

    assert "1 queued again. 1 left as they are: the carrier filters this text." in answer.text
    eventually(lambda: len(site.gateway.sent) == before + 1)
    eventually(lambda: "1 refused by the carrier" in words(sender.get(page_of(told)).text))
    again = sender.post(f"{page_of(told)}/retry", follow_redirects=True)
    assert "Nothing is sent again." in again.text


def test_a_cancelled_campaign_sends_nothing_again(site: Site, sender: Visitor) -> None:
    page = page_of(site.campaign(1, scheduled_at=LATER))
    sender.post(f"{page}/cancel")

    assert 'action="' not in re.sub(
        r'action="(#recipients|/dashboard/(?!campaigns)[^"]*)"', "", sender.get(page).text
    )
    assert sender.post(f"{page}/retry", follow_redirects=True).status_code == 200


def test_a_viewer_sees_everything_and_can_do_nothing(viewer: Visitor, told: dict[str, Any]) -> None:
    page = page_of(told)
    text = viewer.get(page).text

    assert "Spring" in text
    assert "popovertarget" not in text[text.index("<div data-live") :]
    for action in ("pause", "resume", "cancel", "retry"):
        assert viewer.post(f"{page}/{action}").status_code == 403


@pytest.mark.parametrize("path", ["nonsense", "01a20284-46ec-7085-90b1-3294384bf7a9"])
def test_a_campaign_that_is_not_there_is_told_in_words(sender: Visitor, path: str) -> None:
    for rest in ("", "/now", "/recipients.csv"):
        answer = sender.get(f"{LIST}/{path}{rest}")
        assert (answer.status_code, "There is no campaign" in answer.text) == (404, True)


def test_a_text_of_somebody_elses_does_no_harm(site: Site, sender: Visitor) -> None:
    evil = "<script>alert(1)</script>"
    page = page_of(site.campaign(["<b>x</b>", *numbers(1)], name=evil, message=evil))
    text = sender.get(page, status="refused").text

    assert "<script>alert" not in text
    assert "<b>x</b>" not in text


def test_a_doubt_leads_to_the_page_that_settles_it(sqlite_template: Any, tmp_path: Any) -> None:
    def doubtful(message: ClaimedMessage) -> Outcome:
        if message.to == numbers(1)[0]:
            return Outcome(OutcomeKind.IN_DOUBT, "no answer came")
        return accepted(message)

    copy = shutil.copy(sqlite_template, tmp_path / "doubt.db")
    with open_site(f"sqlite:///{copy}", FakeGateway(doubtful)) as site:
        launched = site.campaign(2)
        text = Visitor(site, Role.VIEWER).get(page_of(launched)).text

    assert f"/dashboard/doubts?campaign={launched['campaign']['id']}" in text
    assert "1 left without an answer" in words(text)
