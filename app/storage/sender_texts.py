"""What senders add to the texts of campaigns."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.footer import NO_TEXTS, SenderTexts
from app.storage.text_tables import SenderTextsRow
from app.storage.upsert import insert

_NAMES = tuple(SenderTexts.__dataclass_fields__)
_COLUMNS = [getattr(SenderTextsRow, name) for name in _NAMES]


def of_sender(session: Session, sender: str) -> SenderTexts:
    """What is added to the texts of this sender; nothing, unless that was set."""
    row = session.execute(select(*_COLUMNS).where(SenderTextsRow.sender == sender)).first()
    return SenderTexts(*row) if row else NO_TEXTS


def keep(session: Session, sender: str, texts: SenderTexts) -> None:
    """Keep these in place of any before; the sender exists."""
    values = {name: getattr(texts, name) for name in _NAMES}
    statement = insert(session, SenderTextsRow).values(sender=sender, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["sender"], set_=values))
