"""What happens to a message after its acceptance: receipts, and the phone that may reply."""

import time
from threading import Event
from uuid import uuid4

from simulator.behaviours import Behaviour, Receipt, When
from simulator.conditions import Conditions
from simulator.error_codes import REASONS
from simulator.payloads import Accepted, Text, receipt_payload, text_payload
from simulator.phones import Bubble, Phones
from simulator.segments import count_segments
from simulator.settings import Settings
from simulator.webhooks import Webhooks

LONGEST_WAIT = 2.0  # seconds an answer waits for a receipt that is to overtake it


class Carrier:
    """Turns behaviours into webhooks."""

    def __init__(
        self, settings: Settings, conditions: Conditions, webhooks: Webhooks, phones: Phones
    ) -> None:
        self._settings = settings
        self._conditions = conditions
        self._webhooks = webhooks
        self._phones = phones

    def carry(self, accepted: Accepted, behaviour: Behaviour, *, is_first: bool) -> None:
        """Schedules all that follows; returns after the receipts that precede the answer."""
        now = time.time()
        self._phones.show(_arrival(accepted, behaviour, now))
        for receipt in behaviour.receipts:
            attempted = self._send_receipt(accepted, receipt, now, behaviour.shape)
            if receipt.when is When.AT_ONCE and attempted is not None:
                attempted.wait(LONGEST_WAIT)
        # Once: the service confirms a STOP by a text, and a phone that replies to that never ends.
        if behaviour.reply is not None and is_first:
            self._reply(accepted, behaviour.reply)

    def send_text(self, text: Text, after: float = 0) -> None:
        """A phone sends a text to the service."""
        at = time.time() + after
        parts = count_segments(text.text)
        self._phones.show(
            Bubble(
                is_ours=True, sender=text.sender, to=text.to, text=text.text, at=at, segments=parts
            )
        )
        payload = text_payload(text, at)
        self._webhooks.send(self._settings.inbound_url, payload, after)

    def _send_receipt(
        self, accepted: Accepted, receipt: Receipt, now: float, shape: str | None
    ) -> Event | None:
        message = accepted.message
        after = self._conditions.delay_until(receipt.when)
        # Told late or not, it was submitted before anything else happened to it.
        at = now if receipt.status == "submitted" else now + after
        payload = receipt_payload(accepted, receipt, at, shape or message.webhook_version)
        url = message.webhook_url or self._settings.status_url
        return self._webhooks.send(url, payload, after)

    def _reply(self, accepted: Accepted, words: str) -> None:
        """Only to a number: nobody can reply to a name."""
        message = accepted.message
        if message.sender.isdigit():
            text = Text(message.to, message.sender, words, str(uuid4()))
            self.send_text(text, self._conditions.seconds("reply_ms"))


def _arrival(accepted: Accepted, behaviour: Behaviour, now: float) -> Bubble:
    """What the phone shows; of a text that the carrier gives up, why it is not there."""
    message = accepted.message
    last = behaviour.receipts[-1] if behaviour.receipts else None
    return Bubble(
        is_ours=False,
        sender=message.sender,
        to=message.to,
        text=message.text,
        at=now,
        segments=accepted.segments,
        trouble=_trouble(last) if last else None,
    )


def _trouble(last: Receipt) -> str | None:
    if last.code is not None:
        return f"Not delivered: {last.code} {REASONS[last.code]}"
    return "Not delivered" if last.status == "undeliverable" else None
