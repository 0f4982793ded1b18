"""The inbox: what people wrote, by number, and the replies of whoever sits there."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.audit import AuditEvent
from app.domain.errors import Conflict, NotFound
from app.domain.message import AT_ONCE, MessageKind
from app.domain.segments import count_segments
from app.sending.ports import Runner
from app.services import allowances
from app.services.clock import Clock
from app.storage import audit, consent, idempotency, message_list, messages, senders, threads
from app.storage.database import Database, Session
from app.storage.idempotency import Reservation
from app.storage.message_list import StoredMessage
from app.storage.messages import NewMessage
from app.storage.threads import Said, Thread


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread, and a page of what was said in it, the newest first."""

    thread: Thread
    said: list[Said]


class Inbox:
    """Shows threads, marks them, replies."""

    def __init__(self, database: Database, runner: Runner, clock: Clock) -> None:
        self._database = database
        self._runner = runner
        self._clock = clock

    def page(self, before: str | None, limit: int, *, unread: bool = False) -> list[Thread]:
        """Threads, the newest text first: those older than the place `before`."""
        with self._database.reading() as session:
            return threads.page(session, before, limit, unread=unread)

    def conversation(self, number: str, before: datetime | None, limit: int) -> Conversation:
        """What was said with a number before a time; raises NotFound when it never texted us."""
        with self._database.reading() as session:
            return Conversation(
                _thread(session, number), threads.said(session, number, before, limit)
            )

    def mark(self, number: str, *, is_read: bool) -> Thread:
        """Mark a thread as read, or its newest text as unread; raises NotFound."""
        with self._database.writing() as session:
            threads.mark(session, number, 0 if is_read else 1)
            return _thread(session, number)

    def reply(
        self, number: str, text: str, by: str, once: Reservation | None = None
    ) -> StoredMessage:
        """Queue a reply from the sender that was texted, and mark the thread as read.

        Raises NotFound when the number never texted us, and Conflict, with the reason in words,
        when the person has opted out, or is none that can be texted.
        """
        now = self._clock.now()
        message_id = once.resource_id if once else next(self._clock.ids(now))
        with self._database.writing() as session:
            idempotency.mark_done(session, once)
            thread = _thread(session, number)
            _require_right(session, thread)
            senders.add(session, thread.sender)
            allowances.check_number(thread.number, "/number")
            allowances.spend(session, 1, now)
            messages.add(session, [_message(message_id, thread, text)], now)
            threads.mark(session, number, 0)
            event_id = next(self._clock.ids(now))
            audit.add(session, AuditEvent(event_id, now, by, "replied", "message", message_id))
            stored = message_list.find(session, message_id)
        assert stored is not None
        self._runner.wake()
        return stored


def _thread(session: Session, number: str) -> Thread:
    found = threads.find(session, number)
    if found is None:
        raise NotFound(f"nothing came from {number} yet")
    return found


def _require_right(session: Session, thread: Thread) -> None:
    if not thread.number.startswith("+"):
        raise Conflict(f"{thread.number} is a name or a short code: nobody can reply to it")
    if thread.opted_out_at is not None:
        raise Conflict(
            f"{thread.number} opted out on {thread.opted_out_at:%Y-%m-%d at %H:%M} UTC: nobody may"
            " write to it until the person texts START or agrees again"
        )
    if consent.opted_out(session, [thread.number]):
        raise Conflict(f"{thread.number} has opted out: nobody may write to it")


def _message(message_id: str, thread: Thread, text: str) -> NewMessage:
    return NewMessage(
        id=message_id,
        kind=MessageKind.SINGLE,  # and no REPLY: the claim lets those through after a STOP
        number=thread.number,
        sender=thread.sender,
        text=text,
        segments=count_segments(text).segments,
        due_at=AT_ONCE,
    )
