"""What was decided about consent for each sender."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.consent import OwnWords, Reply
from app.domain.sender_consent import COMMON, ManagedBy, SenderConsent
from app.storage.consent_tables import SenderConsent as Row
from app.storage.upsert import insert

_AS_THEY_ARE = tuple(
    name
    for name in SenderConsent.__dataclass_fields__
    if name not in ("words", "opt_out_managed_by")
)
_COLUMNS = (*(getattr(Row, name) for name in _AS_THEY_ARE), Row.opt_out_managed_by, Row.words)


def find(session: Session, sender: str) -> SenderConsent:
    """What holds for a sender; COMMON where nothing was decided."""
    row = session.execute(select(*_COLUMNS).where(Row.sender == sender)).first()
    if row is None:
        return COMMON
    words = OwnWords({word: Reply(reply) for word, reply in row.words.items()})
    plain = {name: getattr(row, name) for name in _AS_THEY_ARE}
    return SenderConsent(**plain, opt_out_managed_by=ManagedBy(row.opt_out_managed_by), words=words)


def keep(session: Session, sender: str, consent: SenderConsent) -> None:
    """Decide for a sender, in place of whatever was decided before."""
    row: dict[str, Any] = {name: getattr(consent, name) for name in _AS_THEY_ARE}
    row |= {
        "opt_out_managed_by": consent.opt_out_managed_by,
        "words": {word: reply.value for word, reply in consent.words.meaning.items()},
    }
    statement = insert(session, Row).values(sender=sender, **row)
    session.execute(statement.on_conflict_do_update(index_elements=["sender"], set_=row))
