"""The main job with everything real: gunicorn, the simulator, plain HTTP, both databases."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import World, wait_for, world

CODES = ("040", "050", "210", "240", "300", "360", "490")
DELIVERED = ("200", "429", "502", "610", "620", "630", "640", "650", "700", "710", "720")
DELIVERED_TOO = ("730", "770", "780", "800", "810", "820", "830")
UNANSWERED = ("600", "602", "611", "621", "631", "641", "651")

EXPECTED: dict[str, tuple[str, str | None]] = {
    **dict.fromkeys(DELIVERED + DELIVERED_TOO, ("delivered", None)),
    **{code: ("rejected", f"1{code}") for code in CODES},
    **dict.fromkeys(UNANSWERED, ("in_doubt", None)),
    "422": ("failed", "1130"),
    "500": ("in_doubt", "500"),
    "501": ("in_doubt", "500"),
    "503": ("in_doubt", "503"),
    "504": ("in_doubt", "503"),
    "740": ("submitted", None),
    "750": ("accepted", None),
    "760": ("undeliverable", "1260"),
    "998": ("rejected", "1000"),
    "999": ("rejected", "1999"),
}
"""What becomes of a number +1 555 KIND xxxx: its status at the end, and Vonage's code."""

FEW = {"429": 2, "610": 8, "611": 8}  # these take their time, each


def everybody() -> dict[str, str]:
    """A thousand numbers, each with its kind."""
    numbers = {
        f"+1555{kind}{place:04}": kind for kind in EXPECTED for place in range(FEW.get(kind, 20))
    }
    ordinary = (f"+1556{place:07}" for place in range(1000 - len(numbers)))
    return numbers | dict.fromkeys(ordinary, "200")


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Any:
    with world(database_url, tmp_path) as made:
        yield made


def settled(running: World, campaign_id: str, people: dict[str, str]) -> bool:
    """Has every message come to where it will stay?"""
    wanted: dict[str, int] = {}
    for kind in people.values():
        status = EXPECTED[kind][0]
        wanted[status] = wanted.get(status, 0) + 1
    return running.counts(campaign_id) == wanted


def test_a_thousand_recipients_of_every_kind(running: World) -> None:
    people = everybody()
    campaign_id = running.send(list(people))

    wait_for(lambda: settled(running, campaign_id, people), 60, "the end of each", pause=0.5)

    messages = {message["number"]: message for message in running.messages(campaign_id)}
    assert messages.keys() == people.keys()
    for number, kind in people.items():
        message = messages[number]
        assert (message["status"], message["error_code"]) == EXPECTED[kind], message
        assert message["reason"] or message["status"] in {"accepted", "submitted", "delivered"}
    # Nobody was texted twice: whatever was accepted has an id of ours that was accepted once.
    for entry in running.ledger()["numbers"].values():
        assert entry["accepted"] == len(set(entry["client_refs"]))
    campaign = running.get(f"/api/campaigns/{campaign_id}")
    assert campaign["status"] == "finished"
    assert_nobody_who_stopped_is_texted_again(running, people)
    assert_the_log_shows_no_number(running)


def assert_nobody_who_stopped_is_texted_again(running: World, people: dict[str, str]) -> None:
    stopped = [number for number, kind in people.items() if kind in {"240", "810"}]
    wait_for(
        lambda: len(confirmations(running, people)) == 20,
        20,
        "one confirmation for each STOP",
        pause=0.5,
    )
    before = {number: arrived(running, number) for number in stopped}

    again = running.send(list(people)[:200] + stopped, "Hello again")

    running.wait_until_finished(again, 60)
    skipped = [m for m in running.messages(again) if m["number"] in stopped]
    assert {(message["status"], message["reason"]) for message in skipped} == {
        ("skipped", "opted out")
    }
    assert before == {number: arrived(running, number) for number in stopped}


def confirmations(running: World, people: dict[str, str]) -> list[str]:
    """Numbers that replied STOP and got an answer to it."""
    return [
        number
        for number, kind in people.items()
        if kind == "810" and "unsubscribed" in running.ledger(f"/{number[1:]}")["last_text"]
    ]


def arrived(running: World, number: str) -> int:
    return int(running.ledger(f"/{number[1:]}")["arrived"])


def assert_the_log_shows_no_number(running: World) -> None:
    log = running.service.output()
    assert "+1555" not in log
    assert "+1556" not in log
    assert "Bearer" not in log
