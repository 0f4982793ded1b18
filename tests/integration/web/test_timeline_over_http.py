"""GET /api/numbers/{number}/timeline, and `flask why`."""

import io
import json
import logging
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from app import logs
from app.cli import commands
from tests.support.builders import SENDER
from tests.support.site import Site, eventually
from tests.support.webhooks import inbound, receipt

NUMBER = "+14155550101"
PATH = f"/api/numbers/{NUMBER}/timeline"


def tell_a_story(site: Site) -> None:
    """A campaign that arrives, a STOP, and a campaign that is skipped."""
    campaign = site.campaign([{"to": NUMBER, "name": "Ann"}], name="Spring")
    (message,) = site.messages(campaign)
    assert site.webhook("status", receipt(message, "delivered")).status_code == 200
    assert site.webhook("inbound", inbound("Stop, please!", NUMBER)).status_code == 200
    eventually(lambda: len(site.rows("attempts")) == 2)  # the answer to the STOP was sent, too
    site.campaign([NUMBER], name="Summer")


def why(site: Site, *arguments: str) -> Result:
    command = next(each for each in commands(site.house) if each.name == "why")
    return CliRunner().invoke(command, list(arguments))


def test_the_story_of_a_number(site: Site) -> None:
    tell_a_story(site)

    answer = site.get(PATH)

    assert answer.status_code == 200
    body = answer.get_json()
    assert (body["number"], body["opted_out"], body["note"]) == (NUMBER, True, None)
    told = {entry["what"]: entry for entry in body["entries"]}
    assert {"contact", "planned", "claimed", "attempted", "receipt", "opted_out"} <= told.keys()
    assert [entry["at"] for entry in body["entries"]] == sorted(
        entry["at"] for entry in body["entries"]
    )
    assert told["receipt"]["detail"]["vonage_at"] == "2026-03-02T12:00:00Z"
    assert told["receipt"]["evidence"].keys() == {
        *("campaign_id", "message_id", "message_uuid", "webhook_event_id"),
    }
    assert told["opted_out"]["source"] == "recipient"
    assert told["skipped"]["sentence"].endswith("by texting “Stop, please!”")
    by_campaign = {verdict["campaign_name"]: verdict for verdict in body["summary"]}
    assert by_campaign["Spring"]["sentence"] == "delivered at 2026-03-02 12:00:00 UTC"
    assert by_campaign["Summer"]["status"] == "skipped"


@pytest.mark.parametrize("written", ["1 (415) 555-0101", "00 1 415 555 0101", "tel:+1-415-5550101"])
def test_the_number_is_read_as_people_write_it(site: Site, written: str) -> None:
    site.campaign([NUMBER])

    answer = site.get(f"/api/numbers/{quote(written)}/timeline")

    assert answer.status_code == 200
    assert answer.get_json()["number"] == NUMBER
    assert len(answer.get_json()["summary"]) == 1


@pytest.mark.parametrize("written", ["12", "nobody", "0171 555"])
def test_what_is_no_number_is_a_mistake(site: Site, written: str) -> None:
    answer = site.get(f"/api/numbers/{quote(written)}/timeline")

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/number"
    assert answer.mimetype == "application/problem+json"


def test_of_an_unknown_number_nothing_is_known(site: Site) -> None:
    answer = site.get(PATH)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "number": NUMBER,
        "opted_out": False,
        "note": "nothing is known about this number",
        "summary": [],
        "entries": [],
    }


def test_it_wants_a_key(site: Site) -> None:
    assert site.client.get(PATH).status_code == 401


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What our own log lines are written to, for as long as a test takes."""
    root = logging.getLogger()
    level = root.level
    logs.configure("json")
    (ours,) = root.handlers
    assert isinstance(ours, logging.StreamHandler)
    stream = io.StringIO()
    ours.setStream(stream)
    yield stream
    root.removeHandler(ours)  # the others are pytest's, which puts them there for each phase
    root.setLevel(level)


@pytest.mark.parametrize("written", [NUMBER, "1 415 555 0101", "1.415.555-01-01", "(1)4155550101"])
def test_no_log_line_shows_the_number(site: Site, written: str, log: io.StringIO) -> None:
    site.get(f"/api/numbers/{quote(written)}/timeline")
    site.client.get(f"/api/numbers/{quote(written)}/timeline")
    site.get(f"/api/numbers/{quote(written)}")

    lines = [json.loads(line) for line in log.getvalue().splitlines()]

    assert [line["event"] for line in lines] == ["request", "not_authentic", "request", "request"]
    for line in lines:
        assert line["path"].startswith("/api/numbers/")
        assert not any(digits in line["path"] for digits in ("415", "555"))


def test_the_command_tells_the_story_at_a_terminal(site: Site) -> None:
    tell_a_story(site)

    result = why(site, "1 415 555 0101")

    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{NUMBER}  (opted out)"
    assert "  [1]  Spring: delivered at 2026-03-02 12:00:00 UTC" in lines
    starts = {line.index("rule: ") for line in lines if line.lstrip().startswith("rule: ")}
    (column,) = starts
    told = [line for line, after in pairwise(lines) if "rule: " in after]
    assert all(line[column - 1] == " " != line[column] for line in told)


def test_the_command_prints_what_the_api_answers(site: Site) -> None:
    tell_a_story(site)

    result = why(site, NUMBER, "--json")

    assert result.exit_code == 0
    assert json.loads(result.output) == site.get(PATH).get_json()


def test_the_command_knows_nothing_of_an_unknown_number(site: Site) -> None:
    result = why(site, NUMBER)

    assert result.exit_code == 0
    assert result.output.splitlines() == [NUMBER, "nothing is known about this number"]


def test_the_command_names_what_is_no_number(site: Site) -> None:
    result = why(site, "12")

    assert result.exit_code == 2
    assert "too short" in result.output


def test_our_own_number_has_no_timeline_of_what_it_sent(site: Site) -> None:
    site.campaign(1)

    assert site.get(f"/api/numbers/{SENDER}/timeline").get_json()["entries"] == []
