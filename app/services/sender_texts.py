"""What senders add to the texts of campaigns: looked at and set."""

from app.domain.audit import AuditEvent
from app.domain.footer import SenderTexts
from app.services.clock import Clock
from app.storage import audit, sender_texts, senders
from app.storage.database import Database


class TextsOfSenders:
    """Look at what a sender adds, set it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, sender: str) -> SenderTexts:
        """What is added to its texts; nothing, unless that was set."""
        with self._database.reading() as session:
            return sender_texts.of_sender(session, sender)

    def put(self, sender: str, texts: SenderTexts, by: str) -> SenderTexts:
        """Add this from now on, to what is planned from now on."""
        now = self._clock.now()
        details = {"programme_name": texts.name, "opt_out_line": texts.line}
        event_id = next(self._clock.ids(now))
        with self._database.writing() as session:
            senders.add(session, sender)
            sender_texts.keep(session, sender, texts)
            audit.add(
                session, AuditEvent(event_id, now, by, "texts set", "sender", sender, details)
            )
        return texts
