"""Vonage's ids have an index without the messages that have none yet, as a new campaign."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_NAMED = sa.text("message_uuid IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_messages_message_uuid", "messages")
    op.create_index(
        "ix_messages_message_uuid",
        "messages",
        ["message_uuid"],
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    )
