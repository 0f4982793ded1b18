"""What came of campaigns by the minute, and the texts that answered them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_MINUTE = {
    "sqlite": "CAST(strftime('%s', status_at) AS INTEGER) / 60",
    "postgresql": "CAST(floor(extract(epoch FROM status_at) / 60) AS BIGINT)",
}
_CODED = sa.text("error_code IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "campaign_deliveries",
        sa.Column("campaign_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_deliveries_campaign_id")
        ),
        sa.PrimaryKeyConstraint(
            *("campaign_id", "minute", "status", "code", "shard"),
            name=op.f("pk_campaign_deliveries"),
        ),
    )
    op.add_column(
        "campaigns",
        sa.Column("inbound_after", sa.Integer(), server_default="0", nullable=False),
    )
    op.create_index(
        "ix_messages_error_code",
        "messages",
        ["campaign_id", "error_code", "id"],
        sqlite_where=_CODED,
        postgresql_where=_CODED,
    )
    minute = _MINUTE[op.get_bind().dialect.name]
    # What is there is counted once; from here on every change keeps it.
    op.execute(
        "INSERT INTO campaign_deliveries (campaign_id, minute, status, code, shard, count)"  # noqa: S608 (words of ours)
        f" SELECT campaign_id, {minute}, status, coalesce(error_code, ''), 0, count(*)"
        " FROM messages WHERE campaign_id IS NOT NULL AND status IN ('accepted', 'submitted',"
        " 'delivered', 'failed', 'undeliverable', 'rejected') GROUP BY 1, 2, 3, 4"
    )
