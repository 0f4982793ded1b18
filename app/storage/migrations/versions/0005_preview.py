"""Prices, previews, estimates, and what was spent by country."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "prices",
        sa.Column("country", sa.String(length=4), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_prices")),
    )
    op.create_table(
        "previews",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("campaign_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_previews_campaign_id")
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_previews")),
    )
    op.create_index("ix_previews_created_at", "previews", ["created_at"], unique=False)
    op.create_table(
        "estimates",
        sa.Column("campaign_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finishes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_estimates_campaign_id")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_estimates")),
    )
    # What was spent before is of no known country: it stays in the sums, and teaches no price.
    op.create_table(
        "spend_by_country",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("country", sa.String(length=4), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("shard", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
    )
    op.execute(
        "INSERT INTO spend_by_country SELECT day, campaign_id, '?', '', shard, amount, messages,"
        " 0, 0 FROM spend"
    )
    op.drop_table("spend")
    op.rename_table("spend_by_country", "spend")
    with op.batch_alter_table("spend", schema=None) as batch_op:
        batch_op.create_primary_key(
            "pk_spend", ["day", "campaign_id", "country", "currency", "shard"]
        )
