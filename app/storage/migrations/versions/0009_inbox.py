"""inbox: a thread for each number that texted us. What came before counts as read."""

import sqlalchemy as sa
from alembic import op

from app.domain.ids import time_ordered_ids
from app.domain.suppression import is_pseudonym
from app.storage.columns import UtcDateTime

revision = "0009"
down_revision = "0008"

_AT_ONCE = 1_000


def upgrade() -> None:
    op.create_table(
        "inbox_threads",
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("place", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("last_uuid", sa.String(length=64), nullable=False),
        sa.Column("unread", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_inbox_threads")),
        sa.UniqueConstraint("place", name=op.f("uq_inbox_threads_place")),
    )
    op.create_index(
        "ix_inbox_threads_unread",
        "inbox_threads",
        ["place"],
        sqlite_where=sa.text("unread > 0"),
        postgresql_where=sa.text("unread > 0"),
    )
    _fill()


def _fill() -> None:
    """The newest text of each number; forgotten people have none."""
    texts = sa.table(
        "inbound_messages",
        sa.column("message_uuid", sa.String),
        sa.column("from_number", sa.String),
        sa.column("received_at", UtcDateTime),
    )
    threads = sa.table(
        "inbox_threads",
        sa.column("number", sa.String),
        sa.column("place", sa.Uuid(as_uuid=False)),
        sa.column("last_uuid", sa.String),
        sa.column("unread", sa.Integer),
    )
    rank = sa.func.row_number().over(
        partition_by=texts.c.from_number,
        order_by=(texts.c.received_at.desc(), texts.c.message_uuid),
    )
    ranked = sa.select(texts, rank.label("rank")).subquery()
    newest = sa.select(ranked).where(ranked.c.rank == 1).order_by(ranked.c.received_at)
    connection = op.get_bind()
    found = connection.execute(newest).all()
    rows = [
        {
            "number": row.from_number,
            # The row's own place keeps the ids of one moment apart.
            "place": next(time_ordered_ids(row.received_at, place.to_bytes(10, "big"))),
            "last_uuid": row.message_uuid,
            "unread": 0,
        }
        for place, row in enumerate(found)
        if not is_pseudonym(row.from_number)
    ]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(sa.insert(threads), rows[start : start + _AT_ONCE])
