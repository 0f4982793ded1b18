"""GET /metrics: who may read it, and what it says of a service at work."""

from app.domain.api_keys import KeyWish
from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.scopes import Scope
from tests.support.builders import SENDER
from tests.support.fakes import FakeGateway
from tests.support.site import LATER, Site, open_site
from tests.support.webhooks import inbound, receipt
from tests.unit.test_meters import value

KEY = "a-key-that-reads-metrics-only"


def page_of(site: Site) -> str:
    answer = site.get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=")
    return str(answer.text)


def test_nobody_reads_it_without_a_key_not_even_from_this_machine(site: Site) -> None:
    answer = site.client.get("/metrics", environ_base={"REMOTE_ADDR": "127.0.0.1"})

    assert answer.status_code == 401
    assert "carillon_" not in answer.text


def test_a_key_for_metrics_opens_nothing_else(database_url: str) -> None:
    bearer = {"Authorization": f"Bearer {KEY}"}
    with open_site(database_url, METRICS_KEY=f"another-key-of-this-length,{KEY}") as site:
        assert site.client.get("/metrics", headers=bearer).status_code == 200
        assert site.client.get("/api/campaigns", headers=bearer).status_code == 401
        assert (
            site.client.get("/metrics", headers={"Authorization": f"Basic {KEY}"}).status_code
            == 401
        )


def test_a_key_of_the_api_needs_the_scope_to_read(site: Site) -> None:
    for scope, status in ((Scope.READ, 200), (Scope.SEND, 403)):
        secret = site.house.services.keys.create(KeyWish(scope, frozenset({scope})), "test").secret
        headers = {"Authorization": f"Bearer {secret}"}
        assert site.client.get("/metrics", headers=headers).status_code == status, scope


def test_without_a_key_for_metrics_an_empty_one_opens_nothing(site: Site) -> None:
    assert site.client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 401


def test_it_tells_what_became_of_sends(database_url: str) -> None:
    def answer(message: ClaimedMessage) -> Outcome:
        if message.to.endswith("0"):
            return Outcome(OutcomeKind.REFUSED, "not a mobile", code="1130")
        if message.to.endswith("1"):
            return Outcome(OutcomeKind.IN_DOUBT, "no answer")
        return Outcome(OutcomeKind.ACCEPTED, message_uuid=message.id)

    with open_site(database_url, FakeGateway(answer)) as site:
        site.campaign([f"+1415555010{digit}" for digit in range(5)])
        page = page_of(site)

    assert value(page, "carillon_sends_total", outcome="refused", code="1130") == 1
    assert value(page, "carillon_sends_total", outcome="in_doubt", code="none") == 1
    assert value(page, "carillon_sends_total", outcome="accepted", code="none") == 3
    assert value(page, "carillon_sender_sends_total", sender="*1111") == 5
    assert value(page, "carillon_in_doubt_messages") == 1
    assert value(page, "carillon_sender_configured_rate", sender="*1111") == 1000
    assert value(page, "carillon_sender_allowed_rate", sender="*1111") == 1000
    seen = value(page, "carillon_dispatcher_seen_timestamp_seconds")
    assert seen is not None
    assert seen > 1_700_000_000
    assert SENDER.removeprefix("+") not in page
    assert "415555" not in page


def test_it_tells_what_waits(site: Site) -> None:
    site.campaign(4, scheduled_at=LATER)
    page = page_of(site)

    assert value(page, "carillon_campaigns", status="scheduled") == 1
    assert value(page, "carillon_queued_messages", lane="scheduled") == 4
    assert value(page, "carillon_queued_messages", lane="sending") == 0
    assert value(page, "carillon_oldest_due_age_seconds", lane="campaign") == 0  # not due
    assert value(page, "carillon_build_info", version="0.1.0") == 1
    assert value(page, "carillon_database_up") == 1


def test_it_tells_of_webhooks_receipts_and_opt_outs(site: Site) -> None:
    (message,) = site.messages(site.campaign(1))
    delivered = receipt(message, "delivered")
    for body in (delivered, delivered, b"{"):
        assert site.webhook("status", body).status_code == 200
    site.webhook("inbound", inbound("STOP", message["number"]))
    site.webhook("inbound", inbound("STOP", message["number"]))
    wrong = {"Authorization": "Bearer e30.e30.wrong"}
    assert site.client.post("/webhooks/status", data=b"{}", headers=wrong).status_code == 401
    page = page_of(site)

    assert value(page, "carillon_webhooks_total", kind="status", result="taken") == 2
    assert value(page, "carillon_webhooks_total", kind="status", result="unread") == 1
    assert value(page, "carillon_webhooks_total", kind="status", result="not_authentic") == 1
    assert value(page, "carillon_webhook_duration_seconds_count", kind="status") == 4
    told = {"status": "delivered", "code": "none"}
    assert value(page, "carillon_receipts_total", reception="matched", **told) == 1
    assert value(page, "carillon_receipts_total", reception="repeated", **told) == 1
    assert value(page, "carillon_receipt_lag_seconds_count") == 1
    assert value(page, "carillon_opt_outs_total", method="keyword") == 1
    assert value(page, "carillon_http_requests_total", method="POST", status="401") == 1


def test_connections_that_are_lent_come_back(site: Site) -> None:
    with site.house.database.reading() as session:
        session.connection()
        lent = value(page_of(site), "carillon_database_connections_in_use")
    site.house.crew.stop(timeout=10)
    limit = value(page_of(site), "carillon_database_connections_limit")

    assert lent is not None
    assert lent >= 1
    assert limit is not None
    assert limit >= 30


def test_without_a_database_it_tells_the_rest() -> None:
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    bearer = {"Authorization": f"Bearer {KEY}"}
    with open_site(nowhere, is_migrated=False, METRICS_KEY=KEY) as site:
        page = site.client.get("/metrics", headers=bearer).text

    assert value(page, "carillon_database_up") == 0
    assert value(page, "carillon_build_info") == 1
    assert value(page, "carillon_queued_messages") is None
