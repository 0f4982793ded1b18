"""Signing in as a person does, by keyboard alone."""

from app.domain.users import Role
from tests.support.browser import Stage
from tests.support.visitors import PASSWORD, add_user


def test_somebody_signs_in_by_keyboard_and_finds_the_page_that_they_wanted(world: Stage) -> None:
    add_user(world.house.database, "keys", Role.VIEWER)
    with world.open(role=None) as tab:
        tab.page.goto("/dashboard/audit")
        tab.page.keyboard.type("keys")
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.type(PASSWORD)
        tab.page.keyboard.press("Enter")
        tab.page.get_by_role("heading", name="Audit log").wait_for()

        tab.page.keyboard.press("Tab")
        assert tab.page.locator(":focus").inner_text() == "Skip to content"
        cookies = {cookie["name"]: cookie["value"] for cookie in tab.page.context.cookies()}
        assert cookies["zone"] == "Europe/Berlin"


def test_the_theme_can_be_chosen_and_stays(world: Stage) -> None:
    with world.open(java_script_enabled=False) as tab:
        tab.page.goto("/dashboard/")
        tab.page.get_by_role("button", name="Theme: auto. Change to light").click()
        tab.page.get_by_role("button", name="Theme: light. Change to dark").click()
        tab.page.goto("/dashboard/audit")

        ground = tab.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(18, 21, 27)"


def test_the_navigation_opens_on_a_phone_without_scripts(world: Stage) -> None:
    narrow = {"width": 360, "height": 740}
    with world.open(java_script_enabled=False, viewport=narrow) as tab:
        tab.page.goto("/dashboard/")
        entry = tab.page.get_by_role("link", name="Audit log")
        assert not entry.is_visible()
        tab.page.get_by_role("button", name="Menu").click()
        entry.click()
        tab.page.wait_for_url("**/dashboard/audit")
