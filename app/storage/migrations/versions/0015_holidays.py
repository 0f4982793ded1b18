"""Hours of operators may be closed on public holidays."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column(
        "hour_presets",
        sa.Column("closed_on_holidays", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
