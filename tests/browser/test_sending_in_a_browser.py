"""From an empty form to phones: composed, looked at, sent once; and told when something changed."""

import pytest
import requests
from playwright.sync_api import Page, expect

from app.domain.phone import read_number
from app.domain.users import Role
from app.storage import consent
from tests.browser.test_every_page import findings
from tests.support.browser import NARROW, WIDE, Stage
from tests.support.builders import SENDER
from tests.support.site import eventually

SEND = "Send to 3 people"


def composed(page: Page, text: str, numbers: list[str]) -> str:
    """Keeps a draft by the form, and stands on its dry run; returns the id of the campaign."""
    page.goto("/dashboard/campaigns/new")
    page.get_by_label("Name of the campaign").fill(f"To {numbers[0]}")
    page.get_by_label("Numbers that I paste").check()
    page.get_by_label("Numbers", exact=True).fill("\n".join(numbers))
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Save, and see the dry run").click()
    expect(page.locator("h1")).to_have_text(f"To {numbers[0]}")
    return page.url.split("/")[-2]


def people(group: int) -> list[str]:
    return [f"+1415556{group:02}{place:02}" for place in range(3)]


def accepted(world: Stage, number: str) -> int:
    """How many texts to a number the carrier took, as the simulator's own ledger has it."""
    told = requests.get(f"{world.simulator_url}/ledger/{number[1:]}", timeout=10).json()
    return int(told["accepted"])


def has_ended(world: Stage, campaign_id: str) -> bool:
    return world.house.services.campaigns.find(campaign_id).campaign.status == "finished"


def assert_sent_once(world: Stage, campaign_id: str, numbers: list[str]) -> None:
    eventually(lambda: has_ended(world, campaign_id), seconds=20)
    assert [accepted(world, each) for each in numbers] == [1] * len(numbers)


@pytest.mark.parametrize(("group", "scripts"), [(1, True), (2, False)])
def test_a_double_click_sends_once(world: Stage, group: int, scripts: bool) -> None:  # noqa: FBT001 (a parameter of pytest)
    numbers = people(group)
    with world.open(Role.SENDER, java_script_enabled=scripts) as tab:
        page = tab.page
        campaign_id = composed(page, "Hello", numbers)
        expect(page.locator(".kpis")).to_contain_text("3of 3 named")
        page.get_by_role("button", name=SEND).dblclick()
        expect(page.get_by_text("It is on its way.").first).to_be_visible()
    assert_sent_once(world, campaign_id, numbers)


def test_an_opt_out_meanwhile_is_shown_and_the_rest_is_sent(world: Stage) -> None:
    numbers = people(3)
    with world.open(Role.SENDER) as tab:
        page = tab.page
        campaign_id = composed(page, "Hello", numbers)
        stop = {"from": numbers[1][1:], "to": SENDER[1:], "text": "STOP"}
        requests.post(f"{world.simulator_url}/simulator/inbound", json=stop, timeout=10)
        eventually(lambda: is_opted_out(world, numbers[1]), seconds=10)

        page.get_by_role("button", name=SEND).click()
        expect(page.get_by_role("alert")).to_contain_text("1 more skipped (opted out)")
        page.get_by_role("button", name="Send to 2 people").click()
        expect(page.get_by_text("It is on its way.").first).to_be_visible()
        tab.complaints = [each for each in tab.complaints if "409" not in each]  # it was refused
    assert_sent_once(world, campaign_id, [numbers[0], numbers[2]])


def is_opted_out(world: Stage, number: str) -> bool:
    with world.house.database.reading() as session:
        return bool(consent.opted_out(session, [read_number(number)]))


@pytest.mark.parametrize(("group", "scheme", "size"), [(4, "light", WIDE), (5, "dark", NARROW)])
def test_the_dry_run_is_sound(world: Stage, group: int, scheme: str, size: dict[str, int]) -> None:
    with world.open(Role.SENDER, color_scheme=scheme, viewport=size) as tab:
        page = tab.page
        composed(
            page, "“Bells” rings on Friday – come along", [*people(group), "12", people(group)[0]]
        )
        expect(page.locator(".kpis")).to_be_visible()
        sound(page, size)
        change = page.get_by_role("link", name="Change it")
        with world.house.database.writing():  # where the dry run wants to keep its token
            page.reload()
            expect(page.get_by_role("heading", name="Deciding about 5 people")).to_be_visible()
            sound(page, size)
            change.focus()
        expect(page.locator(".kpis")).to_contain_text("3of 5 named")
        expect(page.locator("#voice")).to_have_text(
            "The dry run is there: 3 people would get a text."
        )
        expect(change).to_be_focused()
        sound(page, size)


def sound(page: Page, size: dict[str, int]) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert findings(page) == []


@pytest.mark.parametrize(("group", "scripts"), [(7, True), (8, False)])
def test_who_waited_for_the_dry_run_sends_it_once(world: Stage, group: int, scripts: bool) -> None:  # noqa: FBT001 (a parameter of pytest)
    numbers = people(group)
    with world.open(Role.SENDER, java_script_enabled=scripts) as tab:
        page = tab.page
        campaign_id = composed(page, "Hello", numbers)
        with world.house.database.writing():
            page.goto(f"/dashboard/campaigns/{campaign_id}/dry-run")
            expect(page.get_by_role("heading", name="Deciding about 3 people")).to_be_visible()
        page.get_by_role("button", name=SEND).dblclick()
        expect(page.get_by_text("It is on its way.").first).to_be_visible()
    assert_sent_once(world, campaign_id, numbers)
