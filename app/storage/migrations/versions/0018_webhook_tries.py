"""Every try of a delivery to a client's endpoint, not its last one alone."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column("hook_deliveries", sa.Column("tries", sa.JSON(), nullable=True))
