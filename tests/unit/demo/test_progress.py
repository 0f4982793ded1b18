from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from demo import progress
from demo.trouble import Trouble


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def campaign(status: str = "sending", **counts: int) -> dict[str, Any]:
    every = dict.fromkeys(
        ("queued", "sending", "skipped", "accepted", "submitted", "rejected", "delivered"), 0
    )
    return {"status": status, "status_reason": "why", "messages": every | counts}


def script(*campaigns: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Shows one after the other, and the last one for ever."""
    waiting = list(campaigns)
    return lambda: waiting.pop(0) if len(waiting) > 1 else waiting[0]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.001)
    monkeypatch.setattr(progress, "QUIET", 0.02)


def test_without_a_terminal_there_is_a_line_for_every_ten_per_cent() -> None:
    output = StringIO()
    steps = [campaign(queued=100 - done, delivered=done) for done in range(0, 101, 2)]
    progress.follow(script(*steps), output)
    lines = output.getvalue().splitlines()
    assert [line.split("] ")[1].split()[0] for line in lines] == [
        *[f"{done}/100" for done in range(0, 100, 10)],
        "100/100",
    ]


def test_on_a_terminal_the_bar_stays_in_its_line() -> None:
    output = Terminal()
    progress.follow(script(campaign(queued=2), campaign(delivered=2)), output)
    drawn = output.getvalue()
    assert drawn.count("\r") == 2
    assert drawn.count("\n") == 1
    assert drawn.endswith("\n")


def test_the_bar_tells_what_became_of_the_messages() -> None:
    told = progress.line(campaign(queued=5, delivered=3, rejected=1, skipped=1))
    assert told == f"  [{'#' * 20}{'.' * 20}] 5/10  3 delivered, 1 rejected, 1 skipped"


def test_it_waits_for_receipts_that_still_come() -> None:
    last = campaign("finished", delivered=2)
    looks = script(
        campaign("finished", accepted=2), campaign("finished", accepted=1, submitted=1), last
    )
    assert progress.follow(looks, StringIO()) == last


def test_it_does_not_wait_for_ever_for_receipts_that_never_come() -> None:
    never = campaign("finished", submitted=1, delivered=1)
    assert progress.follow(script(never), StringIO()) == never


def test_a_campaign_that_paused_is_an_error_with_its_reason() -> None:
    with pytest.raises(Trouble, match="paused: why"):
        progress.follow(script(campaign("paused", queued=1)), StringIO())


def test_a_campaign_that_never_ends_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LONGEST", 0.01)
    with pytest.raises(Trouble, match="not done"):
        progress.follow(script(campaign(queued=1)), StringIO())
