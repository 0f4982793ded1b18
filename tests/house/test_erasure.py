"""Every column that could name a person is either erased, or kept for a reason."""

from sqlalchemy import JSON, String, Text

from app.storage import migrate
from app.storage.columns import Number, Table

ERASED = {
    *("contacts.number", "contacts.first_name", "contacts.last_name", "contacts.fields"),
    *("contact_tags.number", "contact_tags.tag", "list_members.number"),
    *("contacts.language", "contacts.time_zone", "contacts.postal_code"),
    *(
        "messages.number",
        "messages.text",
        "messages.reason",
        "messages.hold_note",
        "attempts.reason",
    ),
    *("inbound_messages.from_number", "inbound_messages.text", "inbox_threads.number"),
    *("webhook_events.body", "webhook_events.receipt"),
    *("refusals.number", "refusals.value", "order_parts.recipients", "idempotency_keys.body"),
    *("opt_outs.number", "consent_states.number", "links.url", "links.slug", "clicks.slug"),
    *("consent_events.number", "consent_events.wording", "consent_events.ip"),
    *("consent_events.user_agent", "consent_events.actor", "consent_events.evidence_url"),
    *("consent_events.source_file", "consent_events.inbound_uuid", "consent_events.message_id"),
    *("consent_events.salt", "import_problems.value"),
    *("hook_deliveries.number", "hook_deliveries.body", "hook_deliveries.excerpt"),
    *("hook_deliveries.problem", "hook_deliveries.tries"),
}
KEPT = {
    "what operators wrote about themselves and to everybody": {
        *("campaigns", "campaign_events", "senders", "sender_consent", "sender_texts"),
        *("templates", "template_versions", "contact_lists", "audiences", "hour_presets"),
    },
    "who decided what about campaigns": {"audit_events"},
    "counts and times": {
        "message_counts",
        "campaign_deliveries",
        "spend",
        "heartbeats",
        "campaign_paces",
        "clicks",
        "prices",
    },
    "sums and digests of a plan": {"previews", "estimates"},
    "imports by the operator's name for the file": {"imports"},
    "who may use the dashboard, and who is signed in": {"users", "sign_ins"},
    "endpoints by the operator's names": {"hook_endpoints"},
    "keys by the operator's names, and what they queued": {"api_keys", "key_usage"},
    "keyed hashes, which is what an erasure leaves": {"erased_numbers"},
    "hashes of who asked, for minutes": {"rate_counts"},
}
SHORT = 40  # characters: statuses, codes and languages
HARMLESS = {
    *("messages.sender", "messages.message_uuid", "attempts.message_uuid"),  # ours, Vonage's
    *("inbound_messages.message_uuid", "inbound_messages.to", "refusals.reason"),
    "inbox_threads.last_uuid",
    *("webhook_events.event_key", "webhook_events.message_uuid", "idempotency_keys.headers"),
    *("idempotency_keys.id", "idempotency_keys.body_digest"),
    *("consent_events.scope", "consent_events.personal_digest", "consent_events.seal"),
    *("import_problems.column", "import_problems.problem"),
    *("consent_states.seal", "consent_reviews.settled_by"),
}


def could_name(kind: object) -> bool:
    if isinstance(kind, JSON | Text):
        return True
    is_number = repr(kind) == repr(Number)
    return is_number or (isinstance(kind, String) and (kind.length or 0) > SHORT)


def test_somebody_has_thought_about_every_column() -> None:
    assert migrate.newest()  # every table is known
    whole = set().union(*KEPT.values())
    names = {
        f"{table.name}.{column.name}"
        for table in Table.metadata.sorted_tables
        for column in table.columns
        if could_name(column.type) and table.name not in whole
    }
    statuses = {name for name in names if name.rpartition(".")[2] in STATUSES}

    assert names - statuses - ERASED - HARMLESS == set()


STATUSES = {"status", "kind", "event", "method", "state", "reading", "outcome", "key_name"}
