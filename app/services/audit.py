"""Who decided what: the trail, to be looked at."""

from app.domain.audit import AuditEvent
from app.storage import audit
from app.storage.database import Database


class Audit:
    """Looks at the trail; whatever is decided is written down where it is done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, subject: str | None, before: str | None, limit: int) -> list[AuditEvent]:
        """Events, the newest first: of one subject, or of all."""
        with self._database.reading() as session:
            return audit.page(session, subject, before, limit)
