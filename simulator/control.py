"""The addresses that Vonage does not have: the ledger, the magic numbers, phones and conditions."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from simulator import answers
from simulator.answers import Answer, json_answer, problem_answer
from simulator.behaviours import magic_table
from simulator.carrier import Carrier
from simulator.conditions import Conditions, WrongConditionError
from simulator.contract import is_number, parse
from simulator.ledger import Ledger
from simulator.payloads import TEXT_SHAPES, Text
from simulator.phones import Phones
from simulator.webhooks import Webhooks

WELCOME = b"""This is a simulator of the Vonage Messages API for SMS. Nothing is really sent.

POST   /v1/messages          as at Vonage; the answer can depend on the number
GET    /phones               the phones, in a browser: what arrived, and a box to reply
GET    /magic-numbers        which numbers behave how
GET    /ledger               what arrived and what was accepted, number by number
GET    /ledger/{number}      one number
GET    /ledger/summary       the sums
GET    /ledger/arrivals      when requests came in, whatever their number
DELETE /ledger               forget all of it
POST   /simulator/inbound    {"from", "to", "text", "shape"}: a phone sends a text to the service
GET    /simulator/settings   the pace, the delays, the outage
POST   /simulator/settings   {"rate", "latency_ms", "outage", ...}: change them
GET    /health               is it there?
"""
LEDGER = "/ledger/"


class Control:
    """Answers everything but POST /v1/messages; without credentials, for it is a tool."""

    def __init__(
        self,
        ledger: Ledger,
        webhooks: Webhooks,
        carrier: Carrier,
        conditions: Conditions,
        phones: Phones,
    ) -> None:
        self._ledger = ledger
        self._webhooks = webhooks
        self._carrier = carrier
        self._conditions = conditions
        self._phones = phones
        self._routes: dict[tuple[str, str], Callable[[bytes], Answer]] = {
            ("GET", "/"): lambda _: Answer(200, WELCOME, "text/plain; charset=utf-8"),
            ("GET", "/health"): lambda _: json_answer(200, {"status": "ok"}),
            ("GET", "/magic-numbers"): lambda _: json_answer(200, magic_table()),
            ("GET", "/ledger"): self._all_numbers,
            ("GET", "/ledger/summary"): lambda _: json_answer(200, self._totals()),
            ("GET", "/ledger/arrivals"): lambda _: json_answer(200, self._ledger.arrivals()),
            ("DELETE", "/ledger"): self._reset,
            ("POST", "/simulator/inbound"): self._send_text,
            ("GET", "/simulator/settings"): self._show_conditions,
            ("POST", "/simulator/settings"): self._change_conditions,
        }

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        route = self._routes.get((method, path))
        if route is not None:
            return route(body)
        number = path.removeprefix(LEDGER).removeprefix("+")
        if method == "GET" and path.startswith(LEDGER) and is_number(number):
            return json_answer(200, self._ledger.number(number))
        return problem_answer(answers.NOT_FOUND)

    def _totals(self) -> dict[str, Any]:
        return self._ledger.totals() | {"webhooks": self._webhooks.totals()}

    def _all_numbers(self, _: bytes) -> Answer:
        return json_answer(200, {"totals": self._totals(), "numbers": self._ledger.numbers()})

    def _reset(self, _: bytes) -> Answer:
        self._ledger.reset()
        self._webhooks.reset_totals()
        self._phones.forget()
        return json_answer(200, self._totals())

    def _show_conditions(self, _: bytes) -> Answer:
        return json_answer(200, self._conditions.as_json(time.time()))

    def _change_conditions(self, body: bytes) -> Answer:
        changes = parse(body)
        if changes is None:
            return problem_answer(answers.INVALID_JSON)
        try:
            self._conditions.change(changes, time.time())
        except WrongConditionError as mistake:
            return problem_answer(answers.INVALID_PARAMETERS, {"settings": str(mistake)})
        return self._show_conditions(body)

    def _send_text(self, body: bytes) -> Answer:
        request = parse(body)
        if request is None:
            return problem_answer(answers.INVALID_JSON)
        mistakes = _mistakes_in_text(request)
        if mistakes:
            return problem_answer(answers.INVALID_PARAMETERS, mistakes)
        text = _read_text(request)
        self._carrier.send_text(text)
        return json_answer(202, {"message_uuid": text.message_uuid})


def _number(value: object) -> str:
    """People at a terminal may write the plus."""
    return str(value).removeprefix("+")


def _mistakes_in_text(request: dict[str, Any]) -> answers.Mistakes:
    mistakes = {
        name: "must be a number with its country code"
        for name in ("from", "to")
        if not is_number(_number(request.get(name)))
    }
    if not isinstance(request.get("text"), str):
        mistakes["text"] = "must be a text"
    if request.get("shape", "v1") not in TEXT_SHAPES:
        mistakes["shape"] = f"must be one of {', '.join(TEXT_SHAPES)}"
    return mistakes


def _read_text(request: dict[str, Any]) -> Text:
    return Text(
        sender=_number(request["from"]),
        to=_number(request["to"]),
        text=request["text"],
        message_uuid=str(uuid4()),
        shape=request.get("shape", "v1"),
    )
