"""VonageGateway: one HTTP call, its answers as our outcomes."""

import logging
import re
from datetime import UTC, datetime

from pydantic import ValidationError

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.waits import Waiting
from app.vonage.answers import outcome_of
from app.vonage.lane import Limits
from app.vonage.sdk import Messages, SendMessageResponse, Sms
from app.vonage.tokens import CachedAuth
from app.vonage.transport import AnswerLost, Letter, NotAccepted, NothingLeft, OneAttemptClient
from app.vonage.wording import for_people

_UUID = re.compile(r"[!-~]{1,64}")  # Vonage's ids are UUIDs, but nothing promises that


class VonageGateway:
    """Hands texts to Vonage, or to whatever answers like it at `base_url`.

    One for all threads: they share the token and the connections.
    """

    def __init__(
        self,
        auth: CachedAuth,
        base_url: str,
        connect_timeout: float,
        read_timeout: float,
        *,
        verify: bool | str = True,
    ) -> None:
        # The SDK's logger writes numbers, texts and tokens; what is worth telling is an outcome.
        logging.getLogger("vonage").setLevel(logging.CRITICAL)
        self._auth = auth
        self._client = OneAttemptClient(
            auth, base_url, Limits(connect_timeout, read_timeout, verify)
        )
        self._messages = Messages(self._client)

    def attempt(self, message: ClaimedMessage) -> Waiting[Outcome]:
        """Make exactly one attempt. Never raises: what goes wrong is an outcome too."""
        try:
            return (yield from self._attempt(message))
        except Exception as error:  # noqa: BLE001 - a mistake of ours, at an unknown moment
            reason = f"The request may have left: {type(error).__name__} in this program"
            return Outcome(OutcomeKind.IN_DOUBT, reason=reason)

    def close(self) -> None:
        """Close the connections; to be called when nothing is on its way. Later ones are new."""
        self._client.close()

    def _attempt(self, message: ClaimedMessage) -> Waiting[Outcome]:
        try:
            letter = self._letter(message)
        except ValidationError as error:
            return Outcome(OutcomeKind.REFUSED, reason=_mistakes(error))
        try:
            answer = yield from self._client.deliver(letter)
            return _accepted(SendMessageResponse(**answer).message_uuid)
        except NothingLeft as error:
            reason = f"Vonage was not reached: {error}"
            return Outcome(OutcomeKind.TRY_LATER, reason=reason, unreachable=True)
        except AnswerLost as error:
            return Outcome(OutcomeKind.IN_DOUBT, reason=f"The request left: {error}")
        except ValidationError:  # of the answer: the message itself was found valid
            return _accepted("")
        except NotAccepted as refusal:
            return self._not_accepted(refusal)

    def _letter(self, message: ClaimedMessage) -> Letter:
        """As the SDK writes it. Raises ValidationError."""
        try:
            self._messages.send(_sms(message))
        except Letter as letter:
            return letter.with_traceback(None)  # else it holds, in a circle, whoever asked for it
        raise AssertionError("the SDK posted nothing")

    def _not_accepted(self, refusal: NotAccepted) -> Outcome:
        """A 401 may mean only that the token got old: then it is dropped, and we try later."""
        outcome = outcome_of(refusal.answer, datetime.now(UTC))
        stale = refusal.answer.status == 401 and self._auth.drop_refused(  # noqa: PLR2004 (HTTP)
            refusal.answer.authorization
        )
        if not stale:
            return outcome
        return Outcome(OutcomeKind.TRY_LATER, reason=outcome.reason, code=outcome.code)


def _sms(message: ClaimedMessage) -> Sms:
    """Vonage wants numbers without their plus; the status webhooks in the newest shape."""
    return Sms(
        to=message.to.removeprefix("+"),
        from_=message.sender.removeprefix("+"),
        text=message.text,
        client_ref=message.id,
        webhook_version="v1",
        ttl=message.ttl,
    )


def _accepted(uuid: str) -> Outcome:
    if not _UUID.fullmatch(uuid):
        reason = "The request left: Vonage took the message, but its answer holds no message_uuid"
        return Outcome(OutcomeKind.IN_DOUBT, reason=reason)
    return Outcome(OutcomeKind.ACCEPTED, message_uuid=uuid)


def _mistakes(error: ValidationError) -> str:
    """Which fields, and why; without the values, which are the recipient's number and text."""
    told = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    return for_people(f"not sent, the message is not valid: {'; '.join(told)}")
