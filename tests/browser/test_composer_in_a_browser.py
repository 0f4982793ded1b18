"""The composer in a real browser: its counter agrees with ours, and it shows what people read."""

import json
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.domain.contact import OnExisting
from app.domain.phone import read_number
from app.domain.segments import BASIC, EXTENSION, count_segments, part_units, room_left
from app.domain.unicode_cost import REPLACEMENTS, cost_of, in_plain
from app.domain.users import Role
from tests.browser.test_every_page import findings
from tests.support.browser import NARROW, WIDE, Stage
from tests.unit.domain.test_segments import FAMILY, FLAG, RAINBOW, VECTORS, WINK

NEW = "/dashboard/campaigns/new"
_COUNT = """async ([alphabet, texts]) => {
  const { counter } = await import("/dashboard/static/segments.js");
  const counts = counter(alphabet);
  const more = (text) => ({ plain: counts.plain(text), after: counts.after(text) });
  return texts.map((text) => ({ ...counts.count(text), ...more(text) }));
}"""
_ALPHABETS = (
    *("abc 123", "ab€[", "€", "aé" + WINK, WINK, "ąb", "".join(sorted(BASIC | EXTENSION))),
    *("".join(REPLACEMENTS), "ab" + "".join(REPLACEMENTS), WINK + FLAG + RAINBOW + FAMILY + "a["),
)


def random_texts(seed: int, count: int) -> list[str]:
    """Texts of the alphabets in which counters go wrong, and of any characters at all."""
    draw = Random(seed)  # noqa: S311 (no secret)
    everything = [chr(each) for each in range(1, 0x11000) if not 0xD800 <= each < 0xE000]
    return [
        "".join(draw.choices(draw.choice([*_ALPHABETS, everything]), k=draw.randint(1, 700)))
        for _ in range(count)
    ]


def counted_here(text: str) -> dict[str, Any]:
    counted = count_segments(text)
    return {
        "encoding": counted.encoding,
        "units": counted.units,
        "segments": counted.segments,
        "parts": part_units(text),
        "remaining": room_left(text),
        "culprits": list(counted.culprits),
        "plain": in_plain(text),
        "after": cost_of(text).plain,
    }


def counted_there(page: Page, texts: list[str]) -> list[dict[str, Any]]:
    alphabet = json.loads(page.locator("[data-counter]").get_attribute("data-alphabet") or "")
    found: list[dict[str, Any]] = page.evaluate(_COUNT, [alphabet, texts])
    return found


@pytest.mark.parametrize("path", [NEW, "/dashboard/templates/new"])
def test_the_counter_agrees_with_the_server_on_every_text(world: Stage, path: str) -> None:
    texts = [*(text for text, *_ in VECTORS), *random_texts(20261126, 600)]
    with world.open(Role.SENDER) as tab:
        tab.page.goto(path)
        for text, there in zip(texts, counted_there(tab.page, texts), strict=True):
            assert there == counted_here(text), text


def friends(world: Stage) -> str:
    people: list[dict[str, object]] = [
        {"number": "+14155550181", "first_name": "Ann", "fields": {"city": "Ghent"}},
        {"number": "+14155550182", "first_name": "Bob", "fields": {"city": "Łódź"}},
    ]
    services = world.house.services
    services.contacts.keep(people, OnExisting.UPDATE, "test")
    known = {each.name: each.id for each in services.contact_lists.page("", 100)}
    list_id = known.get("Friends") or services.contact_lists.add("Friends", None, "test").id
    numbers = [read_number(str(each["number"])) for each in people]
    services.contact_lists.put_on(list_id, numbers, "test")
    return list_id


def test_a_text_is_shown_as_people_read_it_while_it_is_written(world: Stage) -> None:
    friends(world)
    with world.open(Role.SENDER) as tab:
        page = tab.page
        page.goto(NEW)
        expect(page.get_by_label("Numbers", exact=True)).to_be_hidden()
        page.get_by_label("Friends").check()
        page.get_by_label("Message").fill("See you in , it\u2019s fun")
        page.get_by_label("Message").evaluate("each => each.setSelectionRange(11, 11)")
        page.get_by_role("button", name="city").click()

        phone = page.get_by_role("group", name="On a phone")
        expect(phone).to_contain_text("See you in Ghent, it\u2019s fun")
        page.get_by_role("button", name="Next").click()
        expect(phone).to_contain_text("See you in Łódź")
        expect(page.get_by_role("button", name="Previous")).to_be_focused()
        expect(page.locator(".reach")).to_contain_text("2 people")

        costly = page.locator(".counter-costly")
        expect(costly).to_contain_text("right single quotation mark → '")
        page.get_by_role("button", name="Replace what can be").click()
        expect(costly).to_be_hidden()
        expect(page.get_by_label("Message")).to_have_value("See you in {{ city }}, it's fun")
        expect(phone).to_contain_text("it's fun")


def test_a_mistake_is_marked_and_nothing_typed_is_lost(world: Stage) -> None:
    with world.open(Role.SENDER) as tab:
        page = tab.page
        page.goto(NEW)
        page.get_by_label("Numbers that I paste").check()
        page.get_by_label("Numbers", exact=True).fill("+14155550183")
        page.get_by_label("Message").fill("Hi {{ name")
        page.get_by_role("button", name="Save, and see the dry run").click()

        expect(page.locator("#message-error")).to_contain_text("line 1")
        expect(page.get_by_label("Message")).to_have_value("Hi {{ name")
        expect(page.get_by_label("Numbers", exact=True)).to_have_value("+14155550183")
        tab.complaints = [each for each in tab.complaints if "422" not in each]  # it was refused


def test_without_scripts_it_is_the_same_form(world: Stage) -> None:
    friends(world)
    with world.open(Role.SENDER, java_script_enabled=False) as tab:
        page = tab.page
        page.goto(NEW)
        page.get_by_label("Friends").check()
        page.get_by_label("Message").fill("“Hi” {{ first_name }}")
        page.get_by_role("button", name="Count and preview").click()
        expect(page.get_by_role("group", name="On a phone")).to_contain_text("“Hi” Ann")
        expect(page.locator(".counter-sum")).to_contain_text("1 segment")

        page.get_by_role("button", name="Replace what can be").click()
        expect(page.get_by_label("Message")).to_have_value('"Hi" {{ first_name }}')
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("group", name="On a phone")).to_contain_text('"Hi" Bob')


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_narrow_screen_and_a_screen_reader(world: Stage, scheme: str) -> None:
    friends(world)
    with world.open(Role.SENDER, color_scheme=scheme, viewport=NARROW) as tab:
        page = tab.page
        page.goto(NEW)
        page.get_by_label("Friends").check()
        page.get_by_label("Message").fill("Ça va? “Non” – ok")
        expect(page.locator(".counter-costly")).to_be_visible()
        expect(page.get_by_role("group", name="On a phone")).to_contain_text("Ça va")

        sound(page, NARROW)


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", NARROW)])
def test_pages_of_one_template_and_one_draft_are_sound(
    world: Stage, scheme: str, size: dict[str, int]
) -> None:
    list_id = friends(world)
    keeper = world.house.services.templates
    saved = keeper.create("Greeting", "Hi {{ first_name }}, it\u2019s time", "somebody").template
    keeper.revise(saved.id, None, "Hi {{ first_name }}, it\u2019s high time", "somebody")
    with world.open(Role.ADMIN, color_scheme=scheme, viewport=size) as tab:
        page = tab.page
        page.goto(f"/dashboard/lists/{list_id}")
        page.get_by_role("link", name="Write to them").click()
        page.get_by_label("Template").select_option(label="Greeting")
        expect(page.get_by_label("Message")).to_be_hidden()
        expect(page.get_by_role("group", name="On a phone")).to_contain_text(
            "Hi Ann, it\u2019s high"
        )
        page.get_by_label("At a time that I choose").check()
        page.get_by_label("Begin at").fill("2099-12-24T09:00")
        page.get_by_role("button", name="Save, and see the dry run").click()
        expect(page.get_by_role("button", name="Schedule for 24 Dec 2099, 09:00")).to_be_visible()
        page.get_by_role("link", name="Change it").click()
        expect(page.get_by_label("Begin at")).to_have_value("2099-12-24T09:00")
        sound(page, size)
        page.goto(f"/dashboard/templates/{saved.id}")
        sound(page, size)
        page.goto("/dashboard/api-keys")
        page.get_by_label("Name", exact=True).fill(f"shop {scheme}")
        page.get_by_label("send", exact=True).check()
        page.get_by_role("button", name="Make key").click()
        expect(page.get_by_text("It is shown this once")).to_be_visible()
        sound(page, size)


def sound(page: Page, size: dict[str, int]) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert findings(page) == []
