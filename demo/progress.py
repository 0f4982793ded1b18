"""A progress bar from nothing but GET /api/campaigns/{id}."""

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from demo.trouble import Trouble

Campaign = Mapping[str, Any]
Look = Callable[[], Campaign]

OPEN = ("queued", "sending")
EVERY = 0.2  # seconds between two looks
LONGEST = 120.0  # seconds for the whole campaign
QUIET = 1.5  # seconds without news after which no more is expected
LONGEST_SETTLING = 6.0  # seconds; the simulator's late receipts come after five
WIDTH = 40
STEP = 10  # per cent between two lines where there is no terminal


def follow(look: Look, output: TextIO = sys.stdout) -> Campaign:
    """Draw until every message was tried and the receipts are in; returns the campaign then."""
    bar = Bar(output)
    until = time.monotonic() + LONGEST
    while is_open(campaign := look()):
        bar.draw(campaign)
        if campaign["status"] == "paused":
            raise Trouble(f"The campaign paused: {campaign['status_reason']}")
        if time.monotonic() > until:
            raise Trouble(f"The campaign is not done after {LONGEST:.0f} seconds.")
        time.sleep(EVERY)
    return _settled(look, bar)


def _settled(look: Look, bar: "Bar") -> Campaign:
    """Sent is not yet delivered: wait until no more receipts come."""
    started = changed = time.monotonic()
    campaign = look()
    while not _is_heard_of(campaign) and time.monotonic() - changed < QUIET:
        bar.draw(campaign)
        if time.monotonic() - started > LONGEST_SETTLING:
            break
        time.sleep(EVERY)
        before, campaign = campaign, look()
        if campaign["messages"] != before["messages"]:
            changed = time.monotonic()
    bar.finish(campaign)
    return campaign


def is_open(campaign: Campaign) -> bool:
    """Is there a message that was not tried yet?"""
    return any(campaign["messages"].get(status, 0) for status in OPEN)


def _is_heard_of(campaign: Campaign) -> bool:
    return not campaign["messages"]["accepted"] and not campaign["messages"]["submitted"]


def line(campaign: Campaign) -> str:
    """The bar, how many of how many, and what became of them so far."""
    counts = campaign["messages"]
    total = sum(counts.values())
    tried = total - sum(counts.get(status, 0) for status in OPEN)
    filled = WIDTH * tried // total if total else WIDTH
    told = ", ".join(
        f"{number} {status.replace('_', ' ')}"
        for status, number in reversed(counts.items())
        if number and status not in OPEN
    )
    return f"  [{'#' * filled}{'.' * (WIDTH - filled)}] {tried}/{total}  {told}"


class Bar:
    """In place on a terminal; elsewhere a line for every ten per cent."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._in_place = output.isatty()
        self._told = -1

    def draw(self, campaign: Campaign) -> None:
        if self._in_place:
            columns = shutil.get_terminal_size().columns - 1  # a full line would wrap
            self._write(f"\r{line(campaign)[:columns]:<{columns}}")
            return
        counts = campaign["messages"]
        total = sum(counts.values()) or 1
        waiting = sum(counts.get(status, 0) for status in OPEN)
        steps = (total - waiting) * 100 // total // STEP
        if steps > self._told:
            self._told = steps
            self._write(f"{line(campaign)}\n")

    def finish(self, campaign: Campaign) -> None:
        self._told = -1
        self.draw(campaign)
        self._write("\n" if self._in_place else "")

    def _write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()
