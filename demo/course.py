"""The demo from its beginning to its end."""

import json
import os
import time
from pathlib import Path
from typing import Any

from demo import hints, posting, progress, report
from demo.environment import Environment, prepare
from demo.local import Local
from demo.processes import Programs, programs, require_free
from demo.trouble import Trouble

CONFIRMED = "you are unsubscribed"  # what the service answers to STOP
LOOK_EVERY = 0.5  # seconds


def run(folder: Path, *, once: bool) -> None:
    """Raises Trouble when anything is off, KeyboardInterrupt when it is stopped."""
    environment, done = prepare(folder, os.environ)
    _say(*done)
    require_free("PORT", environment.port)
    require_free("SIMULATOR_PORT", environment.simulator_port)
    with programs(folder, environment.of_programs(os.environ)) as children:
        demo = _Demo(environment, children)
        demo.start()
        campaign_id = demo.post()
        facts = demo.watch(campaign_id)
        _say(*report.lines(facts), "")
        if not facts.is_whole:
            raise Trouble("The numbers do not add up, or something is left to do: see var/demo/.")
        if not once:
            _say(*hints.lines(environment, campaign_id, posting.phones(folder)[0]))
            _serve(children)


class _Demo:
    """One campaign on two programs."""

    def __init__(self, environment: Environment, children: Programs) -> None:
        self._environment = environment
        self._children = children
        self._service = Local(environment.port, environment.api_key)
        self._simulator = Local(environment.simulator_port)

    def start(self) -> None:
        """Returns when both programs answer."""
        began = time.monotonic()
        simulator = self._children.start("simulator", ["-m", "simulator"])
        self._children.run("migration", ["-m", "demo.migration"])
        service = self._children.start("service", ["-m", "gunicorn", "wsgi:app"])
        self._children.wait_for(simulator, self._simulator, "/health")
        self._children.wait_for(service, self._service, "/health/ready")
        _say(
            f"The simulator is at {self._simulator.url}, the service at {self._service.url} "
            f"(after {time.monotonic() - began:.1f} s)."
        )

    def post(self) -> str:
        """Post the campaign; returns its id."""
        folder = self._environment.folder
        _say("", "A campaign of 200 recipients:", "", _indented(posting.command(folder)), "")
        answer = posting.post(folder, self._programs_environment(), self._service)
        stopped = answer["results"]["opted_out_count"]
        if stopped:
            _say(f"{stopped} of them opted out in an earlier campaign, and are skipped.")
        else:
            self._stop_from(posting.phones(folder)[-1])
        return str(answer["campaign"]["id"])

    def watch(self, campaign_id: str) -> report.Facts:
        """Draw the progress; returns all that is known at the end."""
        here = f"/api/campaigns/{campaign_id}"

        def look() -> progress.Campaign:
            self._children.check()
            found: progress.Campaign = self._service.get(here)
            return found

        campaign = dict(progress.follow(look))
        _say("")
        return report.Facts(
            campaign,
            list(self._service.pages(f"{here}/messages?limit=1000", "messages")),
            list(self._service.pages(f"{here}/refusals?limit=1000", "refusals")),
            self._opted_out(),
        )

    def _stop_from(self, number: str) -> None:
        """Whoever texts STOP while the message is still waiting does not get it."""
        text = {"from": number, "to": self._environment.sender, "text": "STOP"}
        self._simulator.post("/simulator/inbound", json.dumps(text).encode())
        _say(f"Meanwhile {report.masked(number)}, whose turn comes last, texts STOP.")

    def _opted_out(self) -> list[str]:
        """The phones that were told that they are unsubscribed."""
        numbers: dict[str, Any] = self._simulator.get("/ledger")["numbers"]
        return [
            f"+{number}"
            for number, entry in numbers.items()
            if CONFIRMED in (entry["last_text"] or "")
        ]

    def _programs_environment(self) -> dict[str, str]:
        return self._environment.of_programs(os.environ)


def _serve(children: Programs) -> None:
    """Until a Ctrl-C, or until a program ends by itself."""
    while True:
        children.check()
        time.sleep(LOOK_EVERY)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _say(*lines: str) -> None:
    for line in lines:
        print(line, flush=True)
