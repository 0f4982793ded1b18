"""The condition builder."""

import re
from typing import Any

from tests.support.people import ANN, BOB, CYD, new_list, three
from tests.support.site import Site
from tests.support.visitors import Visitor, counted_queries

PAGES = "/dashboard/audiences"


def row(place: str, what: str, how: str, value: str = "", field: str = "") -> dict[str, str]:
    names = {"what": what, "how": how, "value": value, "field": field}
    return {f"{place}-{name}": text for name, text in names.items()}


VIP_OF_GHENT = {**row("g0-r0", "tag", "is", "vip"), **row("g0-r1", "other", "is", "Ghent", "city")}


def rows_of(page: str) -> list[str]:
    return re.findall(r'name="(g\d+-r\d+)-what"', page)


def test_buttons_add_and_remove_conditions_without_a_script(sender: Visitor) -> None:
    assert rows_of(sender.get(f"{PAGES}/new").text) == ["g0-r0"]

    def press(button: str) -> Any:
        return sender.post(f"{PAGES}/builder", {**VIP_OF_GHENT, "do": button}).text

    assert rows_of(press("row-0")) == ["g0-r0", "g0-r1", "g0-r2"]
    assert rows_of(press("group")) == ["g0-r0", "g0-r1", "g1-r0"]
    left = press("drop-0-0")
    assert rows_of(left) == ["g0-r0"]
    assert 'value="city"' in left
    assert rows_of(press("drop-9-9")) == ["g0-r0", "g0-r1"]


def test_who_is_chosen_is_counted_and_shown(site: Site, sender: Visitor) -> None:
    three(site)
    counted = sender.post(f"{PAGES}/count", VIP_OF_GHENT).text
    assert '<strong class="figure">1</strong> contact now' in counted
    assert ANN in counted
    either = sender.post(f"{PAGES}/count", {**VIP_OF_GHENT, "g0-joint": "or"}).text
    assert all(number in either for number in (ANN, BOB, CYD))
    others = sender.post(f"{PAGES}/count", {**VIP_OF_GHENT, "g0-negated": "on"}).text
    assert ANN not in others
    assert (
        "names the list" in sender.post(f"{PAGES}/count", row("g0-r0", "list", "is", "Gone")).text
    )


def test_an_audience_is_saved_changed_and_deleted(
    site: Site, sender: Visitor, viewer: Visitor
) -> None:
    three(site)
    new_list(site, "Staff", BOB)
    where = sender.post(PAGES, {**VIP_OF_GHENT, "name": "Close"}).location
    twice = sender.post(PAGES, {**VIP_OF_GHENT, "name": "Close"})
    assert (twice.status_code, 'id="name-error"' in twice.text) == (422, True)

    assert (
        sender.post(where, {**row("g0-r0", "list", "is_not", "Staff"), "name": "Far"}).status_code
        == 303
    )
    saved = site.house.services.audiences.find(where.rpartition("/")[2])
    assert (saved.name, saved.rule) == ("Far", {"not": {"list": "Staff"}})
    shown = viewer.get(where).text
    assert "Add a condition" in shown
    for path in (f"{where}/count", f"{where}?count=1"):
        assert '<strong class="figure">2</strong> contacts now' in viewer.get(path).text
    assert "Far" in viewer.get(PAGES).text
    sender.post(f"{where}/delete")
    assert sender.get(where).status_code == 404


def test_a_mistake_stands_beside_its_condition(sender: Visitor) -> None:
    rule = {**row("g0-r0", "tag", "is", "vip"), **row("g0-r1", "created_at", "after", "soon")}
    answer = sender.post(PAGES, {**rule, "name": "New"})
    assert (answer.status_code, 'id="g0-r1-error"' in answer.text) == (422, True)
    assert 'id="g0-r0-error"' not in answer.text


def test_a_deeper_rule_is_shown_as_it_was_written(site: Site, sender: Visitor) -> None:
    three(site)
    rule = {"not": {"not": {"and": [{"tag": "vip"}, {"field": "city", "exists": False}]}}}
    saved = site.post("/api/audiences", {"name": "Deep", "rule": rule})
    where = f"{PAGES}/{saved.json['id']}"
    shown = sender.get(where).text
    assert 'name="rule"' in shown
    assert CYD in sender.get(f"{where}/count").text
    wrong = sender.post(where, {"name": "Deep", "rule": '{"tag": 3}'})
    assert (wrong.status_code, "must be a text" in wrong.text) == (422, True)
    assert sender.post(where, {"name": "Deep", "rule": '{"tag": "vip"}'}).status_code == 303
    assert rows_of(sender.get(where).text) == ["g0-r0"]


def test_a_saved_audience_opens_without_being_counted(site: Site, sender: Visitor) -> None:
    three(site)
    where = sender.post(PAGES, {**VIP_OF_GHENT, "name": "Close"}).location
    with counted_queries(site.house.database) as seen:
        page = sender.get(where).text

    assert f'data-later="{where}/count"' in page
    assert f'href="{where}?count=1"' in page
    assert ANN not in page
    assert [each for each in seen if "FROM contacts" in each] == []
