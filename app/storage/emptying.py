"""Takes all rows of a database away, also those that the ledger of consent refuses to give."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.storage.columns import Table

_LEDGER = "consent_events"
_TRIGGERS = text(
    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :ledger"
)


def empty(session: Session) -> None:
    """TRUNCATE would make new files for each table of PostgreSQL, most of which are empty."""
    tables = reversed(Table.metadata.sorted_tables)
    emptying = [f"DELETE FROM {table.name}" for table in tables]  # noqa: S608 (our own names)
    if session.get_bind().dialect.name == "sqlite":
        _without_triggers(session, emptying)
    else:
        switch = f"ALTER TABLE {_LEDGER} {{}} TRIGGER USER"
        statements = [switch.format("DISABLE"), *emptying, switch.format("ENABLE")]
        session.execute(text("; ".join(statements)))  # one way there and back


def _without_triggers(session: Session, statements: list[str]) -> None:
    triggers = session.execute(_TRIGGERS, {"ledger": _LEDGER}).all()
    dropping = [f"DROP TRIGGER {name}" for name, _ in triggers]
    for statement in [*dropping, *statements, *(sql for _, sql in triggers)]:
        session.connection().exec_driver_sql(statement)
