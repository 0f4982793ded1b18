"""The consent ledger with the fields that auditors ask for, chained row by row."""

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.domain.consent_chain import BEGINNING, Head, sealed
from app.domain.consent_ledger import ConsentKind, ConsentState, state_after
from app.storage.columns import UtcDateTime

revision = "0006"
down_revision = "0005"

_PERSONAL = (
    *("number", "wording", "ip", "user_agent", "actor", "inbound_uuid", "message_id"),
    *("source_file", "source_row", "evidence_url", "salt"),
)
_FIXED = (
    *("id", "chain", "place", "event", "method", "scope", "wording_version", "at", "expires_at"),
    *("personal_digest", "seal"),
)


def upgrade() -> None:
    before = sa.table(
        "consent_events",
        *(sa.column("id", sa.Uuid(as_uuid=False)), sa.column("at", UtcDateTime())),
        *(sa.column(name) for name in ("number", "event", "method", "wording", "inbound_uuid")),
    )
    rows = op.get_bind().execute(sa.select(before).order_by(before.c.at, before.c.id)).mappings()
    kept = [dict(row) for row in rows]
    op.drop_table("opt_outs")
    op.drop_table("consent_events")
    events, heads = _create_ledger()
    opt_outs = _create_opt_outs()
    _create_others()
    chained, ends, out = _chained(kept)
    for table, filled in ((events, chained), (heads, ends), (opt_outs, out)):
        if filled:
            op.bulk_insert(table, filled)
    for statement in _guards():
        op.execute(statement)


def _create_ledger() -> tuple[sa.Table, sa.Table]:
    events = op.create_table(
        "consent_events",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("chain", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("wording_version", sa.String(length=40), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("wording", sa.Text(), nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("actor", sa.String(length=80), nullable=True),
        sa.Column("inbound_uuid", sa.String(length=64), nullable=True),
        sa.Column("message_id", sa.String(length=64), nullable=True),
        sa.Column("source_file", sa.String(length=200), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("evidence_url", sa.Text(), nullable=True),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("personal_digest", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_events")),
        sa.UniqueConstraint("chain", "place", name=op.f("uq_consent_events_chain_place")),
    )
    op.create_index("ix_consent_events_number", "consent_events", ["number"])
    heads = op.create_table(
        "consent_states",
        sa.Column("chain", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_consent_states")),
        sa.UniqueConstraint("number", name=op.f("uq_consent_states_number")),
    )
    return events, heads


def _create_opt_outs() -> sa.Table:
    opt_outs = op.create_table(
        "opt_outs",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["consent_events.id"], name=op.f("fk_opt_outs_event_id")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_opt_outs")),
    )
    op.create_index("ix_opt_outs_event_id", "opt_outs", ["event_id"])
    return opt_outs


def _create_others() -> None:
    op.create_table(
        "consent_reviews",
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=80), nullable=True),
        sa.Column("is_confirmed", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["consent_events.id"], name=op.f("fk_consent_reviews_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_consent_reviews")),
    )
    op.create_index(
        "ix_consent_reviews_unsettled",
        "consent_reviews",
        ["event_id"],
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "erased_numbers",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_name", sa.String(length=16), nullable=False),
        sa.Column("chain", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased_numbers")),
    )
    op.create_index("ix_erased_numbers_key_name", "erased_numbers", ["key_name"])
    op.create_table(
        "sender_consent",
        sa.Column("sender", sa.String(length=16), nullable=False),
        sa.Column("programme_name", sa.String(length=40), nullable=True),
        sa.Column("support_contact", sa.String(length=60), nullable=True),
        sa.Column("frequency", sa.String(length=80), nullable=True),
        sa.Column("opt_out_text", sa.Text(), nullable=True),
        sa.Column("opt_in_text", sa.Text(), nullable=True),
        sa.Column("help_text", sa.Text(), nullable=True),
        sa.Column("opt_out_managed_by", sa.String(length=16), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_consent")),
    )


def _chained(
    kept: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """What was recorded before there was a chain: sealed as it was found, number by number."""
    heads: dict[str, Head] = {}
    chained: list[dict[str, Any]] = []
    since: dict[str, Any] = {}
    out: dict[str, dict[str, Any]] = {}
    nothing = dict.fromkeys((*_PERSONAL, "wording_version", "expires_at"))
    for old in kept:
        number, kind = old["number"], ConsentKind(old["event"])
        head = heads.get(number) or Head(old["id"], number, ConsentState.NONE, 0, BEGINNING)
        added = {"chain": head.chain, "place": head.place + 1, "scope": "all"}
        row = sealed({**nothing, **old, **added, "salt": secrets.token_hex(10)}, head.seal)
        state = state_after(head.state, kind)
        heads[number] = Head(head.chain, number, state, row["place"], row["seal"])
        if kind is not ConsentKind.HELP:
            since[number] = old["at"]
        if state is not ConsentState.OPTED_OUT:
            out.pop(number, None)
        elif number not in out:
            out[number] = {"number": number, "at": old["at"], "event_id": old["id"]}
        chained.append(row)
    names = Head.__dataclass_fields__
    ends = [
        {name: getattr(head, name) for name in names}
        | {"since": since.get(number, _first_at(chained, head.chain)), "expires_at": None}
        for number, head in heads.items()
    ]
    return chained, ends, list(out.values())


def _first_at(chained: list[dict[str, Any]], chain: str) -> Any:
    return next(row["at"] for row in chained if row["chain"] == chain)


def _guards() -> list[str]:
    """Triggers: a row may only be added, and its personal part may only become null."""
    refused = "the consent ledger is only added to"
    if op.get_bind().dialect.name == "sqlite":
        changed = [f"NEW.{name} IS NOT OLD.{name}" for name in _FIXED]
        changed += [f"(NEW.{n} IS NOT NULL AND NEW.{n} IS NOT OLD.{n})" for n in _PERSONAL]
        refuse = f"BEGIN SELECT RAISE(ABORT, '{refused}'); END"
        on = "ON consent_events FOR EACH ROW"
        return [
            f"CREATE TRIGGER consent_events_change BEFORE UPDATE {on} WHEN {' OR '.join(changed)} {refuse}",
            f"CREATE TRIGGER consent_events_removal BEFORE DELETE {on} {refuse}",
        ]
    changed = [f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _FIXED]
    changed += [f"(NEW.{n} IS NOT NULL AND NEW.{n} IS DISTINCT FROM OLD.{n})" for n in _PERSONAL]
    return [
        (
            "CREATE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{refused}'; END $$"
        ),
        (
            "CREATE TRIGGER consent_events_change BEFORE UPDATE ON consent_events FOR EACH ROW"
            f" WHEN ({' OR '.join(changed)}) EXECUTE FUNCTION refuse_consent_change()"
        ),
        (
            "CREATE TRIGGER consent_events_removal BEFORE DELETE ON consent_events FOR EACH ROW"
            " EXECUTE FUNCTION refuse_consent_change()"
        ),
    ]
