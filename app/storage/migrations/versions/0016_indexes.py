"""indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_PAUSED = sa.text("status = 'paused'")


def upgrade() -> None:
    op.create_index(
        "ix_campaigns_paused",
        "campaigns",
        ["id"],
        sqlite_where=_PAUSED,
        postgresql_where=_PAUSED,
    )
    op.create_index("ix_opt_outs_at", "opt_outs", ["at"])
