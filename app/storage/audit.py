"""The audit trail: events are added and looked at, never changed."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.domain import audit
from app.storage.ledgers import AuditEvent

_NAMES = tuple(audit.AuditEvent.__dataclass_fields__)
_COLUMNS = [getattr(AuditEvent, name) for name in _NAMES]


def add(session: Session, event: audit.AuditEvent) -> None:
    """Write down what was decided, in the transaction that does it."""
    session.execute(insert(AuditEvent), [{name: getattr(event, name) for name in _NAMES}])


def page(
    session: Session, subject: str | None, before: str | None, limit: int
) -> list[audit.AuditEvent]:
    """Events, the newest first: of one subject or of all, those older than id `before`."""
    statement = select(*_COLUMNS).order_by(AuditEvent.id.desc()).limit(limit)
    if subject is not None:
        statement = statement.where(AuditEvent.subject_id == subject)
    if before is not None:
        statement = statement.where(AuditEvent.id < before)
    return [audit.AuditEvent(**row._mapping) for row in session.execute(statement)]
