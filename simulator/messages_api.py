"""POST /v1/messages: accept or refuse, and set in motion what follows."""

import time
from dataclasses import replace
from typing import Any
from uuid import uuid4

from simulator import answers
from simulator.answers import Answer, Manner, Mistakes, RefusedError, json_answer, problem_answer
from simulator.authentication import Authentication
from simulator.behaviours import Behaviour, Refusal, behaviour_of
from simulator.carrier import Carrier
from simulator.conditions import Conditions
from simulator.contract import Message, is_number, parse, read_message
from simulator.ledger import Ledger
from simulator.payloads import Accepted

ACCEPTED = 202
UNREADABLE = Answer(ACCEPTED, b'{"message_uuid": ')
NAMELESS = Answer(ACCEPTED, b"{}")
NOTHING = Answer(0, b"", manner=Manner.CLOSED)


class MessagesApi:
    """The one operation that sends. Each request is in the ledger before its answer leaves."""

    def __init__(
        self,
        authentication: Authentication,
        conditions: Conditions,
        ledger: Ledger,
        carrier: Carrier,
    ) -> None:
        self._authentication = authentication
        self._conditions = conditions
        self._ledger = ledger
        self._carrier = carrier

    def post(self, authorization: str | None, body: bytes) -> Answer:
        now = time.time()
        request = parse(body)
        self._ledger.arrived(_number_in(request), now)
        outage = self._conditions.outage(now)
        try:
            if outage is not None:  # a platform in trouble looks at nothing else first
                self._refuse_as_told(outage.refusal, _number_in(request) or "")
            self._admit(authorization, now)
            message = read_message(request)
            behaviour = outage or behaviour_of(message.to)
            self._refuse_as_told(behaviour.refusal, message.to)
        except RefusedError as refused:
            self._ledger.refused(str(refused.answer.status or "closed"))
            return refused.answer
        return self._accept(message, behaviour)

    def _admit(self, authorization: str | None, now: float) -> None:
        if not self._authentication.admits(authorization, now):
            raise RefusedError(problem_answer(answers.UNAUTHORIZED))
        if not self._conditions.rate.admits(now):
            raise RefusedError(problem_answer(answers.THROTTLED, retry_after=1))

    def _refuse_as_told(self, refusal: Refusal | None, number: str) -> None:
        if refusal is None:
            return
        if refusal.tries is not None and self._ledger.tried(number) > refusal.tries:
            return
        raise RefusedError(_answer_of(refusal))

    def _accept(self, message: Message, behaviour: Behaviour) -> Answer:
        accepted = Accepted.count(message, str(uuid4()))
        is_first = self._ledger.accepted(message, accepted.message_uuid, time.time())
        self._carrier.carry(accepted, behaviour, is_first=is_first)
        if behaviour.problem is not None:
            return problem_answer(behaviour.problem)
        if behaviour.unreadable:
            return UNREADABLE
        if behaviour.nameless:
            return NAMELESS
        answer = json_answer(ACCEPTED, {"message_uuid": accepted.message_uuid})
        return replace(answer, manner=behaviour.manner)


def _number_in(request: dict[str, Any] | None) -> str | None:
    number = (request or {}).get("to")
    return number if is_number(number) else None


def _answer_of(refusal: Refusal) -> Answer:
    if refusal.problem is None:
        return NOTHING
    mistakes: Mistakes = {} if refusal.field is None else {refusal.field: "is refused"}
    return problem_answer(refusal.problem, mistakes, retry_after=refusal.retry_after)
