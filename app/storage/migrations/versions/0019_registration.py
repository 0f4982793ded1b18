"""What is known of the registration of a sender."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("senders", sa.Column("registration", sa.JSON(), nullable=True))
