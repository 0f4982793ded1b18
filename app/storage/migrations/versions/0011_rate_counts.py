"""rate counts."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    # Without a log PostgreSQL need not wait for its disk; what is lost in a crash is a minute's count.
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "rate_counts",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_rate_counts")),
        prefixes=["UNLOGGED"] if is_postgresql else [],
    )
    op.create_index("ix_rate_counts_ends_at", "rate_counts", ["ends_at"])
