"""An import through the wizard, and an audience that is counted while it is put together."""

from pathlib import Path

from playwright.sync_api import expect

from app.domain.contact import OnExisting
from app.domain.users import Role
from tests.support.browser import Stage


def test_a_file_is_imported_and_its_errors_are_shown(world: Stage, tmp_path: Path) -> None:
    sheet = tmp_path / "guests.csv"
    sheet.write_text("Mobil;Vorname\n+4915112345678;Ann\n123;Bob\n")
    with world.open(Role.SENDER) as tab:
        page = tab.page
        page.goto("/dashboard/imports/new")
        page.set_input_files("#file", sheet)
        page.click("text=Upload and look")

        expect(page.locator("h1")).to_have_text("guests.csv")
        expect(page.get_by_label("Vorname")).to_have_value("first_name")
        page.fill("#lists", "Guests of spring")
        page.click("text=Start the import")

        errors = page.get_by_role("table", name="Errors, row by row")
        expect(errors).to_contain_text("123")
        expect(page.get_by_role("status").filter(has_text="finished")).to_be_visible()
        page.goto("/dashboard/lists")
        expect(page.get_by_role("link", name="Guests of spring")).to_be_visible()


def test_an_audience_is_counted_while_it_is_put_together(world: Stage) -> None:
    people: list[dict[str, object]] = [
        {"number": "+14155550171", "first_name": "Dee", "tags": ["harp"]},
        {
            "number": "+14155550172",
            "first_name": "Eve",
            "tags": ["harp"],
            "fields": {"city": "Ghent"},
        },
    ]
    world.house.services.contacts.keep(people, OnExisting.UPDATE, "test")
    with world.open(Role.SENDER) as tab:
        page = tab.page
        page.goto("/dashboard/audiences/new")
        page.get_by_label("What", exact=True).select_option("tag")
        page.get_by_label("Value").fill("harp")
        expect(page.locator("[data-counted]")).to_contain_text("2 contacts now")

        page.click("text=Add a condition")
        page.get_by_label("What", exact=True).nth(1).select_option("other")
        page.get_by_label("Name of another field").nth(1).fill("city")
        page.get_by_label("Value").nth(1).fill("Ghent")
        expect(page.locator("[data-counted]")).to_contain_text("1 contact now")
        expect(page.locator("[data-counted]")).to_contain_text("Eve")

        page.get_by_label("Name", exact=True).fill("Harps of Ghent")
        page.get_by_role("button", name="Save").click()
        expect(page.locator("h1")).to_have_text("Harps of Ghent")
        expect(page.locator("[data-counted]")).to_contain_text("1 contact now")
