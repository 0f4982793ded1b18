"""A campaign that is sent while somebody watches: progress, pause, resume, and why one failed."""

import re

from playwright.sync_api import Page, Route, expect

from app.domain.users import Role
from tests.support.browser import Stage
from tests.support.builders import SENDER, numbers, order

_PATIENCE = 25_000  # milliseconds until all is sent and heard of
_SPAM = "+15552100001"  # the simulator's number that a spam filter stops


def launched(world: Stage, recipients: list[str], rate: float) -> str:
    """The address of the page of a campaign that is sent at this rate."""
    services = world.house.services
    services.senders.set_rate(SENDER, rate, "somebody")
    state = services.campaigns.launch(order(recipients, name="Watched")).state
    return f"/dashboard/campaigns/{state.campaign.id}"


def handed_over(page: Page) -> int:
    told = page.locator(".progress .figure").inner_text()
    return int(re.match(r"\d+", told)[0])  # type: ignore[index]  # else the test fails as well


def press(page: Page, button: str) -> None:
    """A button, and the same in the dialog that asks first."""
    page.get_by_role("button", name=button, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


def test_a_campaign_is_watched_to_its_end_without_a_reload(world: Stage) -> None:
    page_of = launched(world, numbers(60), rate=15)
    with world.open(Role.VIEWER) as tab:
        page = tab.page
        page.goto(page_of)
        page.evaluate("window.hereFromTheBeginning = true")
        expect(page.locator(".standing")).to_contain_text("sending")
        page.locator(".chart summary").click()

        expect(page.locator(".standing")).to_contain_text("finished", timeout=_PATIENCE)
        delivered = page.locator(".funnel tr").last
        expect(delivered).to_contain_text("60 100 %", timeout=_PATIENCE)
        assert page.evaluate("window.hereFromTheBeginning")
        expect(page.locator(".chart table")).to_be_visible()  # opened once, and still so


def test_what_was_asked_for_before_a_question_does_not_close_it(world: Stage) -> None:
    page_of = launched(world, numbers(60, first=200), rate=10)
    asked: list[Route] = []
    with world.open(Role.SENDER) as tab:
        page = tab.page
        page.goto(page_of)
        page.route("**/now", lambda route: asked.append(route))  # noqa: PLW0108 (it looks into it)
        page.wait_for_event("request", lambda request: request.url.endswith("/now"))
        page.get_by_role("button", name="Pause", exact=True).click()
        for each in asked:
            each.continue_()
        page.wait_for_timeout(1_000)  # the answer is here, and more was sent since the page came
        expect(page.get_by_role("dialog")).to_be_visible()


def test_somebody_pauses_and_lets_it_go_on(world: Stage) -> None:
    page_of = launched(world, numbers(60, first=100), rate=10)
    with world.open(Role.SENDER) as tab:
        page = tab.page
        page.goto(page_of)
        page.get_by_role("button", name="Pause", exact=True).click()
        page.get_by_label("Why (for whoever looks later)").locator("visible=true").fill("a slip")
        page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
        expect(page.locator(".notice.warn")).to_contain_text("Paused by user sender: a slip")
        page.wait_for_timeout(1_000)  # what was on its way has arrived
        page.reload()
        seen = handed_over(page)
        assert 0 < seen < 60
        page.wait_for_timeout(1_500)
        assert handed_over(page) == seen

        world.house.services.senders.set_rate(SENDER, 200, "somebody")
        press(page, "Resume")
        expect(page.locator(".standing")).to_contain_text("finished", timeout=_PATIENCE)
        expect(page.locator(".progress .figure")).to_contain_text("60 of 60")


def test_the_page_goes_on_after_the_service_was_away(world: Stage) -> None:
    page_of = launched(world, numbers(40, first=200), rate=10)
    with world.open(Role.VIEWER) as tab:
        page = tab.page
        page.goto(page_of)
        failed: list[str] = []

        def away(route: Route) -> None:
            failed.append(route.request.url)
            route.abort()

        page.route("**/now", away)
        page.wait_for_timeout(5_000)
        assert failed
        page.unroute("**/now")
        expect(page.locator(".standing")).to_contain_text("finished", timeout=_PATIENCE)
        tab.complaints = [each for each in tab.complaints if "ERR_FAILED" not in each]  # as meant


def test_a_failure_is_told_in_words_and_leads_to_the_number(world: Stage) -> None:
    page_of = launched(world, [*numbers(2, first=300), _SPAM], rate=100)
    with world.open(Role.VIEWER) as tab:
        page = tab.page
        page.goto(page_of)
        row = page.get_by_role("row", name="A spam filter stopped the text")
        row.get_by_role("link", name="1", exact=True).click(timeout=_PATIENCE)
        found = page.get_by_role("table", name="Recipients in their order").get_by_role("link")
        expect(found).to_have_count(1)
        found.click()
        expect(page.locator(".verdicts")).to_contain_text("Watched")
        expect(page.locator(".verdicts")).to_contain_text("1210")


def test_without_scripts_a_link_reloads(world: Stage) -> None:
    page_of = launched(world, numbers(1, first=400), rate=100)
    with world.open(Role.VIEWER, java_script_enabled=False) as tab:
        tab.page.goto(page_of)
        tab.page.get_by_role("link", name="Reload to see how far it is").click()
        expect(tab.page.locator("h1")).to_have_text("Watched")
