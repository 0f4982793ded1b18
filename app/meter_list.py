"""Every metric that `/metrics` shows: its name, kind, labels, and what it says.

No label is ever a telephone number, and none has more values than a person could list.
docs/operations.md has the same list; a test compares them.
"""

from dataclasses import dataclass

_CARRIER = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 20, 30)  # SEND_TIMEOUT is 20
_WEBHOOK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)  # Vonage waits 15
_CALL = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)  # an endpoint has 10, and 5 to connect
_LAG = (0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 86_400)  # Vonage repeats for 24 hours


@dataclass(frozen=True, slots=True)
class Metric:
    """One of them; `buckets` are the upper ends of a histogram's, in seconds."""

    name: str
    kind: str  # counter, histogram, live (a gauge that each process sets), gauge (of the database)
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def type(self) -> str:
        """As Prometheus calls it."""
        return "gauge" if self.kind == "live" else self.kind


COUNTED = (
    Metric(
        "carillon_sends_total",
        "counter",
        "Attempts to hand a message to the carrier, by what came of them",
        ("outcome", "code"),
    ),
    Metric(
        "carillon_sender_sends_total",
        "counter",
        "The same by sender: names as they are, numbers by their last four digits",
        ("sender",),
    ),
    Metric(
        "carillon_carrier_duration_seconds",
        "histogram",
        "From the beginning of an attempt to the carrier's answer, or to the end of our patience",
        buckets=_CARRIER,
    ),
    Metric(
        "carillon_messages_left_in_doubt_total",
        "counter",
        "Messages whose process died before it recorded an answer",
    ),
    Metric(
        "carillon_webhooks_total",
        "counter",
        "Calls of webhooks by kind (status, inbound) and what they were answered",
        ("kind", "result"),
    ),
    Metric(
        "carillon_webhook_duration_seconds",
        "histogram",
        "From the arrival of a webhook to our answer, which is after the commit",
        ("kind",),
        _WEBHOOK,
    ),
    Metric(
        "carillon_receipts_total",
        "counter",
        "Delivery receipts by status and error code, and what they were to us",
        ("status", "code", "reception"),
    ),
    Metric(
        "carillon_receipt_lag_seconds",
        "histogram",
        "From the time that a receipt names to its commit here, receipts heard before left out",
        buckets=_LAG,
    ),
    Metric(
        "carillon_opt_outs_total",
        "counter",
        "People who opted out and had not before, by how: by a text, carrier, import, client",
        ("method",),
    ),
    Metric(
        "carillon_outgoing_webhook_tries_total",
        "counter",
        "Calls of clients' endpoints by result: delivered, try_again, given_up",
        ("result",),
    ),
    Metric(
        "carillon_outgoing_webhook_duration_seconds",
        "histogram",
        "From the beginning of such a call to the endpoint's answer, or to the end of our patience",
        buckets=_CALL,
    ),
    Metric(
        "carillon_http_requests_total",
        "counter",
        "Answers to HTTP requests of all kinds, by method and status",
        ("method", "status"),
    ),
    Metric(
        "carillon_database_connections_in_use",
        "live",
        "Database connections that are lent to somebody, in each process",
    ),
    Metric(
        "carillon_database_connections_limit",
        "live",
        "How many connections each process may have open",
    ),
)
"""What processes count as they work; the sums of dead ones are kept."""

ASKED = (
    Metric(
        "carillon_build_info",
        "gauge",
        "Always 1; the version that answers",
        ("version", "python"),
    ),
    Metric(
        "carillon_database_up",
        "gauge",
        "1 when the database answered this scrape; 0: the gauges that it tells are left out",
    ),
    Metric(
        "carillon_queued_messages",
        "gauge",
        "Messages in the queue, by where: sending, scheduled or paused campaigns, or single texts",
        ("lane",),
    ),
    Metric(
        "carillon_campaigns",
        "gauge",
        "Campaigns that are not at their end, by status: sending, scheduled, paused",
        ("status",),
    ),
    Metric(
        "carillon_oldest_due_age_seconds",
        "gauge",
        "For how long the oldest message has waited that may leave now; 0: none is due",
        ("lane",),
    ),
    Metric(
        "carillon_in_doubt_messages",
        "gauge",
        "Messages of which nobody can say whether they were sent",
    ),
    Metric(
        "carillon_sender_configured_rate",
        "gauge",
        "Messages a second that a sender may send, as set",
        ("sender",),
    ),
    Metric(
        "carillon_sender_allowed_rate",
        "gauge",
        "The same as it is now: lower for a while after the carrier answered 429",
        ("sender",),
    ),
    Metric(
        "carillon_dispatcher_seen_timestamp_seconds",
        "gauge",
        "When a dispatcher, on whichever machine, last looked at the outbox; 0: never",
    ),
    Metric(
        "carillon_outgoing_webhook_waiting_deliveries",
        "gauge",
        "Events that clients' endpoints have not taken yet, up to 20000 of each endpoint",
    ),
    Metric(
        "carillon_outgoing_webhook_oldest_due_age_seconds",
        "gauge",
        "How long ago the oldest of them happened, or was to be tried again; 0: none is due",
    ),
    Metric(
        "carillon_outgoing_webhook_disabled_endpoints",
        "gauge",
        "Endpoints that failed for too long and are called no more, until a person enables them",
    ),
)
"""What is asked for at each scrape: the truth of the database, the same from every process."""

METRICS = COUNTED + ASKED

BEGUN = (
    *(("carillon_sends_total", kind, "none") for kind in ("accepted", "campaign_must_pause")),
    *(
        ("carillon_webhooks_total", kind, result)
        for kind in ("status", "inbound")
        for result in ("taken", "unread", "not_authentic", "failed", "try_again", "too_large")
    ),
    *(
        ("carillon_outgoing_webhook_tries_total", result)
        for result in ("delivered", "try_again", "given_up")
    ),
    *(("carillon_http_requests_total", method, "500") for method in ("GET", "POST")),
)
"""Counters that are shown at 0 from the start: nobody sees how much the first of a kind added."""
