"""The proof of consent as people read it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.consent_ledger import ConsentEvent, ConsentKind, ConsentState
from app.domain.proof_words import EVENTS, STATES, facts, moment
from tests.support.builders import consent_event


def told(**changes: Any) -> dict[str, str]:
    event: ConsentEvent = consent_event(**changes)
    return dict(facts(event, UTC))


def test_every_event_and_every_state_has_words() -> None:
    assert set(EVENTS) == set(ConsentKind)
    assert set(STATES) == set(ConsentState)


def test_a_moment_has_its_zone_and_no_fractions() -> None:
    at = datetime(2026, 7, 3, 12, 5, 9, 123_456, tzinfo=UTC)
    assert moment(at, UTC) == "3 July 2026, 12:05:09 UTC"
    assert moment(at, ZoneInfo("Europe/Berlin")) == "3 July 2026, 14:05:09 CEST"


def test_what_is_not_known_is_not_told() -> None:
    assert told() == {
        "How": "Texted a keyword",
        "Wording": "STOP",
        "Holds for": "every text, from every sender",
    }


def test_a_question_holds_for_nothing() -> None:
    assert "Holds for" not in told(event=ConsentKind.HELP, wording="HELP")


@pytest.mark.parametrize(
    ("changes", "name", "text"),
    [
        ({"inbound_uuid": "abc"}, "Words", "STOP"),
        ({"inbound_uuid": "abc"}, "The person's text", "abc (Vonage's id)"),
        ({"method": "web_form"}, "How", "Web form"),
        ({"method": "pigeon_post"}, "How", "pigeon post"),
        ({"scope": "Bells"}, "Holds for", "Bells"),
        ({"source_file": "a.csv", "source_row": 7}, "File", "a.csv, row 7"),
        ({"source_file": "a.csv"}, "File", "a.csv"),
        (
            {"expires_at": datetime(2030, 1, 2, tzinfo=UTC)},
            "Runs out",
            "2 January 2030, 00:00:00 UTC",
        ),
    ],
)
def test_facts_have_names_in_words(changes: dict[str, Any], name: str, text: str) -> None:
    assert told(**changes)[name] == text
