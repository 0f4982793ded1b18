"""From a phone of the simulator to the pages, in a real browser."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from app.domain.users import Role
from tests.support.browser import Stage
from tests.support.builders import SENDER

PHONE = "15551113377"


def type_stop(page: Page, phones: str) -> None:
    page.goto(phones)
    page.get_by_text("Text from a phone that is not here yet").click()
    page.get_by_label("Its number").fill(f"+{PHONE}")
    page.get_by_label("To", exact=True).fill(SENDER)
    page.get_by_label("Text", exact=True).fill("Until when?")
    page.locator(".new").get_by_role("button", name="Send").click()
    phone = page.get_by_role("article", name=f"+{PHONE}")
    phone.get_by_role("button", name="STOP").click()
    phone.locator(".typed", has_text="STOP").wait_for()


def test_a_stop_typed_on_a_phone_is_an_opt_out_and_a_reply_to_it_is_refused(world: Stage) -> None:
    with world.open(Role.SENDER) as tab:
        page = tab.page
        type_stop(page, f"{world.simulator_url}/phones")
        assert Axe().run(page).violations_count == 0
        # Our confirmation reaches the phone, and the page shows it by itself.
        phone = page.get_by_role("article", name=f"+{PHONE}")
        phone.locator(".came").wait_for()

        page.goto("/dashboard/opt-outs")
        page.get_by_role("cell", name=f"+{PHONE}").wait_for()

        page.goto(f"/dashboard/inbox/+{PHONE}")
        page.get_by_label("Your reply").fill("Please stay")
        page.get_by_role("button", name="Send reply").click()
        page.get_by_text("Not sent:").wait_for()
        assert page.get_by_label("Your reply").input_value() == "Please stay"
        tab.complaints = [each for each in tab.complaints if "409" not in each]  # it was refused
