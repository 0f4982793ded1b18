"""Single messages: sent through the same outbox as campaigns, ahead of them."""

from app.domain.campaign import OPTED_OUT
from app.domain.errors import NotFound
from app.domain.ids import is_id
from app.domain.message import AT_ONCE, OPEN, MessageKind, MessageStatus
from app.domain.phone import PhoneNumber
from app.domain.segments import count_segments
from app.sending.ports import Runner
from app.services import allowances
from app.services.clock import Clock
from app.services.waiting import wait_until
from app.storage import consent, idempotency, message_list, messages, senders
from app.storage.database import Database
from app.storage.idempotency import Reservation
from app.storage.message_list import StoredMessage
from app.storage.messages import NewMessage


class Messages:
    """Send one message, look at any."""

    def __init__(self, database: Database, runner: Runner, clock: Clock) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock

    def send(
        self, to: PhoneNumber, text: str, sender: str, once: Reservation | None = None
    ) -> StoredMessage:
        """Queue one text, or skip it when the person has opted out; returns it as stored."""
        now = self._clock.now()
        message_id = once.resource_id if once else next(self._clock.ids(now))
        with self._database.writing() as session:
            idempotency.mark_done(session, once)
            allowances.check_number(to, "/to")
            allowances.spend(session, 1, now)
            stopped = bool(consent.opted_out(session, [to]))
            senders.add(session, sender)
            message = NewMessage(
                id=message_id,
                kind=MessageKind.SINGLE,
                number=to,
                sender=sender,
                text=text,
                segments=count_segments(text).segments,
                due_at=AT_ONCE,
                status=MessageStatus.SKIPPED if stopped else MessageStatus.QUEUED,
                reason=OPTED_OUT if stopped else None,
            )
            messages.add(session, [message], now)
            # Looked at before the commit: after it, a failing look would ask for a second text.
            stored = message_list.find(session, message_id)
        assert stored is not None
        self._runner.wake()
        return stored

    def find(self, message_id: str) -> StoredMessage:
        """The message with this id; raises NotFound."""
        with self._database.reading() as session:
            message = message_list.find(session, message_id) if is_id(message_id) else None
        if message is None:
            raise NotFound(f"there is no message {message_id}")
        return message

    def wait_until_tried(self, message: StoredMessage, seconds: float) -> StoredMessage:
        """The message once it was tried, or as it was last seen after so many seconds."""
        return wait_until(
            message,
            lambda: self.find(message.id),
            lambda seen: seen.status not in OPEN or self._runner.is_stopping(),
            seconds,
        )
