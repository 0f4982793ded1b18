"""Who decided what: the trail, to be looked at."""

from collections.abc import Mapping
from typing import Any

from app.domain.audit import AuditEvent, SubjectKind
from app.services.clock import Clock
from app.storage import audit
from app.storage.database import Database, Session


class Audit:
    """Looks at the trail; whatever is decided is written down where it is done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, subject: str | None, before: str | None, limit: int) -> list[AuditEvent]:
        """Events, the newest first: of one subject, or of all."""
        with self._database.reading() as session:
            return audit.page(session, subject, before, limit)


class AuditNotes:
    """Writes down what is decided about one kind of thing, in the transaction that does it."""

    def __init__(self, clock: Clock, kind: SubjectKind) -> None:
        self._clock = clock
        self._kind = kind

    def add(
        self,
        session: Session,
        by: str,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down who did what to which."""
        now = self._clock.now()
        event_id = next(self._clock.ids(now))
        told = dict(details or {})
        audit.add(session, AuditEvent(event_id, now, by, action, self._kind, subject, told))
