"""Templates as pages: written, revised, tried on contacts, archived."""

import re

import pytest

from app.domain.contact import OnExisting
from app.domain.ids import is_id
from tests.support.visitors import Visitor

TEXT = "Hi {{ first_name }},\r\nsee you in {{ city | default: 'town' }}"


@pytest.fixture
def people(sender: Visitor) -> None:
    told: list[dict[str, object]] = [
        {"number": "+14155550101", "first_name": "Ann", "fields": {"city": "Ghent"}},
        {"number": "+14155550102", "first_name": "Bob"},
        {"number": "+14155550103"},
    ]
    sender.site.house.services.contacts.keep(told, OnExisting.UPDATE, "test")


def kept(visitor: Visitor, text: str = TEXT) -> str:
    made = visitor.post("/dashboard/templates/new", {"name": "Greeting", "text": text})
    assert made.status_code == 303, made.text
    path = str(made.location)
    assert is_id(path.rpartition("/")[2])
    return path


def test_a_template_is_kept_without_the_line_breaks_of_browsers(sender: Visitor) -> None:
    path = kept(sender)

    (row,) = sender.site.rows("template_versions")
    assert row["text"] == TEXT.replace("\r\n", "\n")
    assert "Greeting" in sender.get("/dashboard/templates").text
    assert "Greeting" in sender.get(path).text
    (noted,) = sender.site.rows("audit_events")
    assert noted["actor"] == f"user {sender.user.name}"


@pytest.mark.usefixtures("people")
def test_it_is_shown_as_one_contact_after_the_other_would_read_it(sender: Visitor) -> None:
    path = kept(sender)
    first = sender.get(path).text
    assert "Hi Ann,\nsee you in Ghent" in first
    assert "1 segment<" in first
    assert "Previous contact" not in first

    (to_next,) = re.findall(r'href="([^"]+)#preview">Next contact', first)
    second = sender.get(to_next.replace("&amp;", "&")).text
    assert "Hi Bob,\nsee you in town" in second
    assert "Previous contact" in second

    last = sender.get(path, contact="+14155550103").text
    assert "there is no value for first_name" in last
    assert "Next contact" not in last
    assert "+14155550103" in sender.get(path, contact="+9").text  # nobody is behind the last


def test_a_change_makes_a_version_and_an_old_one_can_be_taken_up_again(sender: Visitor) -> None:
    path = kept(sender, "One")
    assert sender.post(path, {"name": "Greeting", "text": "Two"}).status_code == 303

    page = sender.get(path).text
    assert "Version 2" in page
    assert ">\nTwo</textarea>" in page
    assert ">\nOne</textarea>" in sender.get(path, version="1").text


def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(sender: Visitor) -> None:
    wrong = {"name": "", "text": "Hi {{ name"}
    answer = sender.post("/dashboard/templates/new", wrong)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert 'id="text-error"' in answer.text
    assert "Hi {{ name</textarea>" in answer.text
    assert sender.site.rows("templates") == []

    path = kept(sender)
    assert 'id="text-error"' in sender.post(path, {"name": "Greeting", "text": "{% if %}"}).text


def test_an_archived_one_is_offered_no_more_and_cannot_be_changed(sender: Visitor) -> None:
    path = kept(sender)
    assert sender.post(f"{path}/archive").status_code == 303

    assert "Greeting" not in sender.get("/dashboard/templates").text.partition("notices")[0]
    assert "No templates yet" in sender.get("/dashboard/templates").text
    assert "Greeting" in sender.get("/dashboard/templates", archived="1").text
    assert sender.post(path, {"name": "x", "text": "y"}).status_code == 409


def test_a_viewer_reads_templates_and_writes_none(sender: Visitor, viewer: Visitor) -> None:
    path = kept(sender)
    page = viewer.get(path)
    assert page.status_code == 200
    assert "Save as a new version" not in page.text
    assert viewer.post(path, {"name": "x", "text": "y"}).status_code == 403
    assert viewer.get("/dashboard/templates/new").status_code == 403
    assert viewer.get("/dashboard/templates/none").status_code == 404
