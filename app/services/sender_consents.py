"""How senders speak of themselves and listen to those who leave: looked at and set."""

from app.domain.audit import AuditEvent
from app.domain.replies import Programme
from app.domain.sender_consent import SenderConsent, check_texts
from app.services.clock import Clock
from app.storage import audit, sender_consent, senders
from app.storage.database import Database


class SenderConsents:
    """Look at what was decided for a sender, set it."""

    def __init__(self, database: Database, clock: Clock, programme: Programme) -> None:
        self._database = database
        self._clock = clock
        self._programme = programme

    def of(self, sender: str) -> SenderConsent:
        """What was decided for a sender; nothing, unless that was set."""
        with self._database.reading() as session:
            return sender_consent.find(session, sender)

    def programme(self, consent: SenderConsent) -> Programme:
        """What people read who text to a sender for which this was decided."""
        return consent.programme(self._programme)

    def put(self, sender: str, consent: SenderConsent, by: str) -> SenderConsent:
        """Let this hold from now on; raises FixInput where a text lacks what must be in it."""
        check_texts(consent, self._programme)
        now = self._clock.now()
        event_id = next(self._clock.ids(now))
        details = {"opt_out_managed_by": consent.opt_out_managed_by.value}
        with self._database.writing() as session:
            senders.add(session, sender)
            sender_consent.keep(session, sender, consent)
            event = AuditEvent(event_id, now, by, "consent set", "sender", sender, details)
            audit.add(session, event)
        return consent
