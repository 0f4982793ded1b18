"""A gateway whose attempts are spans."""

from app.domain.message import ClaimedMessage, Outcome
from app.domain.waits import Waiting
from app.sending.ports import Gateway
from app.tracing import Tracing


class Traced:
    """Another gateway (`ports.Gateway`); a span says which message it was, not to whom."""

    def __init__(self, gateway: Gateway, tracing: Tracing) -> None:
        self._gateway = gateway
        self._tracing = tracing

    def close(self) -> None:
        self._gateway.close()

    def attempt(self, message: ClaimedMessage) -> Waiting[Outcome]:
        with self._tracing.span("send", "client") as note:
            outcome = yield from self._gateway.attempt(message)
            note(
                carillon__message_id=message.id,
                carillon__campaign_id=message.campaign_id,
                carillon__attempt=message.attempt,
                carillon__outcome=outcome.kind.value,
                carillon__code=outcome.code,
            )
        return outcome
