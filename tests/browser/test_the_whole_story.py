"""A morning of somebody who sends campaigns: from signing in to why a number was skipped."""

from pathlib import Path

from playwright.sync_api import Page, expect

from app.domain.users import Role
from tests.browser.test_sending_in_a_browser import is_opted_out
from tests.support.browser import Stage
from tests.support.site import eventually
from tests.support.visitors import PASSWORD, add_user

ANN, BOB = "+14155550181", "+14155550182"
_PATIENCE = 25_000  # milliseconds until all is sent and heard of


def sign_in(page: Page) -> None:
    page.goto("/dashboard")
    page.get_by_label("Name").fill("mary")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Campaigns").first).to_be_visible()


def bring_in(page: Page, sheet: Path) -> None:
    sheet.write_text(f"Mobile,First name\n{ANN},Ann\n{BOB},Bob\n")
    page.goto("/dashboard/imports/new")
    page.set_input_files("#file", sheet)
    page.click("text=Upload and look")
    page.fill("#lists", "Spring")
    page.click("text=Start the import")
    expect(page.get_by_role("status").filter(has_text="finished")).to_be_visible(timeout=_PATIENCE)


def compose(page: Page, name: str, day: str) -> None:
    """Ends on the dry run."""
    page.goto("/dashboard/lists")
    page.get_by_role("link", name="Spring").click()
    page.get_by_role("link", name="Write to them").click()
    page.get_by_label("Name of the campaign").fill(name)
    page.get_by_label("Message").fill("Dear {{ first_name }}, the bells ring on " + day)
    page.get_by_role("button", name="Save, and see the dry run").click()
    expect(page.locator("h1")).to_have_text(name)


def send(page: Page, people: str) -> None:
    """Watches the campaign to its end."""
    page.get_by_role("button", name=f"Send to {people}").click()
    expect(page.locator(".standing")).to_contain_text("finished", timeout=_PATIENCE)


def type_stop(page: Page, phones: str) -> None:
    page.goto(phones)
    phone = page.get_by_role("article", name=BOB)
    expect(phone.locator(".came").first).to_contain_text("Dear Bob, the bells ring on Friday.")
    phone.get_by_role("button", name="STOP").click()
    phone.locator(".typed", has_text="STOP").wait_for()


def test_a_morning_with_the_dashboard(world: Stage, tmp_path: Path) -> None:
    add_user(world.house.database, "mary", Role.SENDER)
    with world.open(None) as tab:
        page = tab.page
        sign_in(page)
        bring_in(page, tmp_path / "spring.csv")
        compose(page, "First bells", "Friday.")
        send(page, "2 people")

        type_stop(page, f"{world.simulator_url}/phones")
        eventually(lambda: is_opted_out(world, BOB), seconds=20)
        page.goto("/dashboard/opt-outs")
        page.get_by_role("cell", name=BOB).wait_for()

        compose(page, "Second bells", "Sunday.")
        expect(page.locator("main")).to_contain_text("opted out")
        send(page, "1 person")

        page.goto(f"/dashboard/numbers/{BOB}")
        expect(page.locator(".verdicts")).to_contain_text("Second bells")
        expect(page.locator(".verdicts")).to_contain_text("opted out")
