"""Contacts, lists and one number, as pages."""

from typing import Any

from sqlalchemy import text

from app.domain.phone import PhoneNumber
from tests.support.people import ANN, BOB, CYD, new_list, three
from tests.support.site import Site
from tests.support.visitors import Visitor, counted_queries

PAGES = "/dashboard"


def ledger(site: Site) -> list[tuple[Any, ...]]:
    with site.house.database.reading() as session:
        rows = session.execute(text("SELECT event, actor, wording FROM consent_events ORDER BY id"))
        return [tuple(row) for row in rows]


def test_people_are_found_by_name_number_tag_and_list(site: Site, viewer: Visitor) -> None:
    three(site)
    list_id = new_list(site, "Guests", BOB)

    def found(**query: str) -> set[str]:
        page = viewer.get(f"{PAGES}/contacts", **query).text
        return {number for number in (ANN, BOB, CYD) if f"<span>{number}" in page}

    assert found() == {ANN, BOB, CYD}
    assert found(q="an") == {ANN}
    assert found(q="(415) 555-0102") == {BOB}
    assert found(tag="vip") == {ANN, CYD}
    assert found(list=list_id) == {BOB}
    assert found(q="nobody\0") == set()


def test_no_query_more_for_more_people(site: Site, viewer: Visitor) -> None:
    three(site)
    with counted_queries(site.house.database) as few:
        viewer.get(f"{PAGES}/contacts", q=ANN)
    with counted_queries(site.house.database) as many:
        viewer.get(f"{PAGES}/contacts")
    assert len(many) <= len(few) <= 8


def test_a_new_contact_is_kept_and_mistakes_stand_beside_their_fields(
    site: Site, sender: Visitor
) -> None:
    wrong = {"number": "12", "time_zone": "Moon/Sea", "fields": "no colon"}
    answer = sender.post(f"{PAGES}/contacts", wrong)
    assert answer.status_code == 422
    assert 'id="fields-error"' in answer.text
    answer = sender.post(f"{PAGES}/contacts", {**wrong, "fields": "city: Ghent"})
    assert 'id="number-error"' in answer.text
    assert 'id="time_zone-error"' in answer.text

    right = {
        "number": "+1 415 555 0101",
        "first_name": "Ann",
        "tags": "vip, new",
        "fields": "city: Ghent",
    }
    assert sender.post(f"{PAGES}/contacts", right).location == f"{PAGES}/numbers/{ANN}"
    assert "is known already" in sender.post(f"{PAGES}/contacts", right).text

    change = {"last_name": "Lee", "tags": "new", "fields": "pet: cat"}
    assert sender.post(f"{PAGES}/contacts/{ANN}/edit", change).status_code == 303
    person = site.house.services.contacts.find(PhoneNumber(ANN)).person
    assert (person.first_name, person.last_name) == (None, "Lee")
    assert person.tags == {"new"}
    assert person.fields == {"pet": "cat"}


def test_lists_are_made_filled_renamed_and_deleted(site: Site, sender: Visitor) -> None:
    three(site)
    where = sender.post(f"{PAGES}/lists", {"name": "Guests"}).location
    assert "a list of that name already" in sender.post(f"{PAGES}/lists", {"name": "Guests"}).text

    refused = sender.post(f"{where}/members", {"numbers": f"{ANN}\n+14155550199"})
    assert "+14155550199 is no contact yet" in refused.text
    sender.post(f"{where}/members", {"numbers": f"{ANN}\n{BOB}"})
    sender.post(f"{PAGES}/contacts/on-list", {"number": [CYD], "list": where.rpartition("/")[2]})
    sender.post(f"{where}/members/remove", {"number": [BOB]})
    sender.post(where, {"name": "Friends", "description": "of the house"})

    shown = sender.get(where).text
    assert "<h1>Friends</h1>" in shown
    assert ANN in shown
    assert CYD in shown
    assert BOB not in shown
    sender.post(f"{where}/delete")
    assert sender.get(where).status_code == 404
    assert ANN in sender.get(f"{PAGES}/contacts").text


def test_an_opt_out_by_hand_is_shown_and_an_opt_in_needs_its_proof(
    site: Site, sender: Visitor
) -> None:
    three(site)
    here = f"{PAGES}/numbers/{ANN}"
    assert sender.post(f"{here}/opt-out", {"wording": "called us"}).status_code == 303
    assert "Nobody may write to this number" in sender.get(here).text
    assert "opted out" in sender.get(f"{PAGES}/contacts", q=ANN).text

    refused = sender.post(f"{here}/opt-in", {"wording": "signed again"})
    assert (refused.status_code, "tick this if the person" in refused.text) == (422, True)
    again = {"wording": "signed again", "after_opt_out": "on"}
    assert sender.post(f"{here}/opt-in", again).status_code == 303
    assert ledger(site) == [
        ("opt_out", "user sender", "called us"),
        ("re_opt_in", "user sender", "signed again"),
    ]
    assert "signed again" in sender.get(f"{here}/consent").text


def test_a_number_tells_why_it_got_nothing(site: Site, viewer: Visitor, sender: Visitor) -> None:
    sender.post(f"{PAGES}/numbers/{ANN}/opt-out")
    site.post("/api/campaigns/send", {"recipients": [ANN, BOB], "message": "Hi", "name": "Spring"})

    found = viewer.get(f"{PAGES}/numbers", q="+1 (415) 555-0101")
    assert found.location == f"{PAGES}/numbers/{ANN}"
    shown = viewer.get(found.location).text
    assert "<strong>Spring</strong>" in shown
    assert "opted out on" in shown
    assert "nobody has such a name" in viewer.get(f"{PAGES}/numbers", q="zzz").text


def test_only_an_admin_erases_and_only_with_the_number_typed(
    site: Site, sender: Visitor, admin: Visitor
) -> None:
    three(site)
    here = f"{PAGES}/numbers/{ANN}"
    assert "Erase this person" not in sender.get(here).text
    assert sender.post(f"{here}/erase", {"typed": ANN}).status_code == 403
    refused = admin.post(f"{here}/erase", {"typed": BOB})
    assert (refused.status_code, "nothing was erased" in refused.text) == (422, True)
    assert admin.post(f"{here}/erase", {"typed": "+1 415 555 0101"}).status_code == 303
    assert admin.get(f"{PAGES}/contacts", q="Ann").text.count(ANN) == 0
    assert ("erase", "user admin", None) in ledger(site)
