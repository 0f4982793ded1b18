"""Lists, audiences, templates, segments and hours at a terminal, as they are over HTTP."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from app.cli import commands
from tests.support.site import Site, open_site
from tests.support.webhooks import inbound

Run = Callable[..., Result]


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(database_url) as opened:
        yield opened


@pytest.fixture
def run(site: Site) -> Run:
    known = {command.name: command for command in commands(site.house)}

    def run(name: str, *arguments: str) -> Result:
        return CliRunner().invoke(known[name], list(arguments))

    return run


def test_lists_and_audiences(site: Site, run: Run) -> None:
    people = [{"number": "+14155550101", "tags": ["vip"]}, {"number": "+14155550102"}]
    site.post("/api/contacts", {"contacts": people})
    list_id = run("lists", "add", "Staff").output.strip()
    site.post(f"/api/lists/{list_id}/members", {"numbers": ["+14155550101"]})

    assert run("lists", "list").output == f"{list_id}         1  Staff\n"
    assert "of that name already" in run("lists", "add", "Staff").output
    assert run("audiences", "count", '{"tag": "vip"}').output == "1\n"
    saved = run("audiences", "save", "VIPs", '{"tag": "vip"}').output.strip()
    assert run("audiences", "list").output == f'{saved}  VIPs: {{"tag": "vip"}}\n'
    for subject in (list_id, saved):
        (made, *_) = site.get("/api/audit", subject=subject).json["events"][::-1]
        assert (made["actor"], made["action"]) == ("command line", "created")


@pytest.mark.parametrize("rule", ["vip", "[]", '{"tag": 1}', '{"list": "no"}'])
def test_a_wrong_rule_is_told(run: Run, rule: str) -> None:
    told = run("audiences", "count", rule)

    assert told.exit_code != 0
    assert "must be" in told.output or "names the list 'no'" in told.output


def test_templates(site: Site, run: Run) -> None:
    template_id = run("templates", "save", "Hello", "Hi {{ name }}").output.strip()

    assert run("templates", "revise", template_id, "Hello {{ name }}").output == "version 2\n"
    assert "Hello (version 2): Hello {{ name }}" in run("templates", "list").output
    assert site.get(f"/api/templates/{template_id}").json["version"] == 2
    assert run("templates", "save", "Bad", "Hi {{").exit_code == 1
    assert run("templates", "revise", "nobody's", "Hi").exit_code == 1


def test_segments_and_hours(site: Site, run: Run) -> None:
    told = run("segments", "It’s").output

    assert '"UCS-2"' in told
    assert "US-TX" in run("hours").output
    days = ("--weekdays", "09:30-19:00", "--saturday", "closed", "--sunday", "closed")
    assert "09:30-19:00, closed, closed" in run("hours", "set", "office", *days).output
    assert "office" in run("hours", "set", "office", *days, "--title", "Office").output
    assert run("hours", "set", "US-TX", *days).exit_code == 1
    assert run("hours", "set", "late", *days[:-1], "20:00-09:00").exit_code == 2
    assert len(run("hours").output.splitlines()) == len(
        site.get("/api/hours/presets").json["presets"]
    )
    assert "keep its hours" in run("hours", "delete", "office").output
    assert run("hours", "delete", "office").exit_code == 1


def test_consent_that_a_person_settles(site: Site, run: Run) -> None:
    number = "+14155550101"
    told = run("opt-in", number, "--wording", "Yes, texts please", "--version", "2")
    assert told.output == f"{number}: opted_in\n"
    site.webhook("inbound", inbound("please take me off your list", from_number=number))

    event_id, whose, _ = run("reviews", "list").output.split(maxsplit=2)
    assert whose == number
    assert run("opt-in", number, "--wording", "Again").exit_code == 1
    assert run("reviews", "reverse", event_id).output == "Settled.\n"
    assert run("reviews", "list").output == ""
    assert run("reviews", "confirm", event_id).exit_code == 1
    assert run("opt-in", "12", "--wording", "Yes").exit_code == 2
