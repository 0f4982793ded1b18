"""Run by alembic: applies migrations on the connection that `app.storage.migrate` opened."""

from typing import Any, Literal

from alembic import context

from app.storage import engine_schema
from app.storage.columns import Money, Table, UtcDateTime

_NAMES = {UtcDateTime: "sa.DateTime(timezone=True)", Money: "sa.BigInteger()"}


def _render_item(kind: str, item: object, _context: Any) -> str | Literal[False]:
    """Migrations outlive our own types, so they name the database's."""
    return _NAMES.get(type(item), False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    render_item=_render_item,
    compare_type=True,
    include_name=engine_schema.is_ours,
)
with context.begin_transaction():
    context.run_migrations()
