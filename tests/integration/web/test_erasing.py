"""A person who is erased is nowhere any more, and is not texted again."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Text, cast, select, text

from app.domain.message import ClaimedMessage, Outcome, OutcomeKind
from app.domain.phone import PhoneNumber
from app.storage.columns import Table
from tests.support.builders import SENDER, numbers
from tests.support.fakes import FakeGateway
from tests.support.site import LATER, Site, eventually, open_site
from tests.support.webhooks import inbound, receipt

KEY = "a-key-for-tests-only-0123456789-abcdef"
ADA, OTHER, THIRD = numbers(3)
SECRETS = (ADA.removeprefix("+"), "Ada", "Lovelace", "swordfish", "192.0.2.7")


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with open_site(
        database_url, FakeGateway(telling), MAX_RECIPIENTS="50", CONSENT_HASH_KEY=KEY
    ) as opened:
        yield opened


def telling(message: ClaimedMessage) -> Outcome:
    """Texts that mention a ship are refused, with the number in the words."""
    if "ship" in message.text:
        words = f"Invalid number {message.to.removeprefix('+')}"
        return Outcome(OutcomeKind.REFUSED, words, code="1120")
    return Outcome(OutcomeKind.ACCEPTED, message_uuid=f"uuid-of-{message.id}")


def erase(site: Site, number: str = ADA) -> Any:
    return site.client.delete(f"/api/numbers/{number}", headers=site.key)


def found_in(site: Site, secret: str) -> list[str]:
    """Every column of every table that still has it."""
    found = []
    with site.house.database.reading() as session:
        for table in Table.metadata.sorted_tables:
            for column in table.columns:
                values = session.scalars(select(cast(column, Text)).where(column.is_not(None)))
                if any(secret in (value or "") for value in values):
                    found.append(f"{table.name}.{column.name}")
    return found


def live(site: Site) -> None:
    """Everything that can happen to Ada."""
    person = {"to": ADA, "name": "Ada", "surname": "Lovelace"}
    text = "Hi {{ name | default: 'you' }} {{ surname | default: 'all' }}"
    sent = site.campaign([person, OTHER, "+1 (415) 555-0000"], message=text)
    (message, _) = site.messages(sent)
    site.webhook(
        "status", receipt(message, "rejected", error={"title": 1000, "detail": f"{ADA} is away"})
    )
    site.campaign([person, OTHER], message="Your ship")
    site.campaign([person, OTHER], message=text, scheduled_at=LATER)
    draft = {"recipients": [person, OTHER], "message": text}
    assert site.post("/api/campaigns", draft).status_code == 201
    site.post(
        "/api/campaigns/send",
        {"recipients": [ADA, ADA], "message": "Twice"},
        Idempotency_Key="twice",
    )
    site.post("/send-sms", {"to": ADA, "text": "swordfish"})
    consents = [
        {"number": ADA, "event": "opt_in", "wording": "I, Ada, agree", "ip": "192.0.2.7"},
        {"number": OTHER, "event": "opt_in", "wording": "I agree"},
    ]
    assert site.post("/api/consents", {"consents": consents}).status_code == 200
    site.webhook("inbound", inbound("swordfish, and lose my number", ADA))
    site.webhook("inbound", b'{"from": "14155550000", "text": ')  # kept, though nobody can read it


def test_nothing_of_the_person_is_left_anywhere(site: Site) -> None:
    live(site)
    eventually(lambda: _is_idle(site))
    for secret in SECRETS:
        assert found_in(site, secret), secret

    answer = erase(site)

    assert answer.status_code == 200, answer.text
    assert [place for secret in SECRETS for place in found_in(site, secret)] == []
    assert found_in(site, OTHER.removeprefix("+"))  # of the others nothing is gone
    assert "I agree" in str(site.rows("consent_events"))


def _is_idle(site: Site) -> bool:
    states = {row["status"] for row in site.rows("messages")}
    scheduled = [row for row in site.rows("messages") if row["status"] == "queued"]
    return "sending" not in states and len(scheduled) <= 2


def test_the_ledger_still_holds_and_tells_that_somebody_was_erased(site: Site) -> None:
    live(site)

    page = erase(site).json

    assert page["state"] == "opted_out"
    assert [each["event"] for each in page["events"]] == ["opt_in", "opt_out", "erase"]
    assert [each["wording"] for each in page["events"]] == [None] * 3
    assert page["events"][-1]["actor"].startswith("API key ")
    assert site.house.services.consent_proof.verify().flaw is None
    assert site.house.services.consent_proof.rebuild() == 2
    assert site.house.services.consent_proof.verify().flaw is None
    listed = site.get("/api/opt-outs").json["opt_outs"]
    assert [each["number"] for each in listed] == [None]


def test_whoever_names_the_number_again_is_told_that_it_opted_out(site: Site) -> None:
    live(site)
    erase(site)
    before = len(site.gateway.sent)

    launched = site.campaign(
        [{"to": ADA, "name": "Ada"}, THIRD], message="Hi {{ name | default: 'x' }}"
    )
    single = site.post("/send-sms", {"to": ADA, "text": "Hello"})

    assert launched["results"]["opted_out_count"] == 1
    assert single.status_code == 409
    assert [message.to for message in site.gateway.sent[before:]] == [THIRD]
    assert [row["number"] for row in site.rows("contacts")] == []
    assert erase(site).status_code == 200  # and the new traces go as well
    assert found_in(site, ADA.removeprefix("+")) == []


def test_what_was_not_sent_is_skipped_and_the_counts_are_right(site: Site) -> None:
    scheduled = site.campaign([ADA, OTHER], scheduled_at=LATER)
    draft = site.post("/api/campaigns", {"recipients": [ADA, OTHER], "message": "Hi"}).json

    erase(site)

    assert [each["status"] for each in site.messages(scheduled)] == ["skipped", "queued"]
    launched = site.post(f"/api/campaigns/{draft['id']}/launch").json
    results = launched["results"]
    assert (results["accepted_count"], results["rejected_count"]) == (1, 1)


def test_an_opted_out_number_stays_so_and_a_start_brings_the_person_back(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", ADA))
    erase(site)
    refused = site.post(
        "/api/consents", {"consents": [{"number": ADA, "event": "opt_in", "wording": "yes"}]}
    )
    assert refused.status_code == 422
    assert found_in(site, ADA.removeprefix("+")) == []

    site.webhook("inbound", inbound("START", ADA))

    assert site.get(f"/api/numbers/{ADA}/consent").json["state"] == "opted_in"
    assert site.rows("erased_numbers") == []
    assert site.campaign([ADA])["results"]["accepted_count"] == 1
    assert site.house.services.consent_proof.verify().flaw is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_outcome_that_is_being_recorded_is_waited_for(site: Site) -> None:
    site.webhook("inbound", inbound("HELP", ADA))
    eventually(lambda: {row["status"] for row in site.rows("messages")} == {"accepted"})
    database = site.house.database
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )

    def is_waiting() -> bool:
        with database.reading() as other:
            return bool(other.scalar(blocked))

    with ThreadPoolExecutor(1) as pool:
        with database.writing() as session:
            # What the row of an attempt asks of its message, before the message is changed.
            session.execute(text("SELECT 1 FROM messages FOR KEY SHARE"))
            erasing = pool.submit(site.house.services.erasures.erase, PhoneNumber(ADA), "test")
            eventually(is_waiting)
            session.execute(text("UPDATE messages SET status_at = status_at"))
        erasing.result(timeout=10)

    assert found_in(site, ADA.removeprefix("+")) == []


def test_somebody_whom_we_never_knew_is_kept_from_being_texted_too(site: Site) -> None:
    assert erase(site).status_code == 200

    assert site.campaign([ADA])["results"]["opted_out_count"] == 1


def test_a_doubt_about_somebody_who_is_erased_is_never_sent_again(database_url: str) -> None:
    def doubt(_: ClaimedMessage) -> Outcome:
        return Outcome(OutcomeKind.IN_DOUBT, "no answer")

    with open_site(database_url, FakeGateway(doubt), CONSENT_HASH_KEY=KEY) as site:
        site.webhook("inbound", inbound("HELP", ADA))
        launched = site.campaign([ADA])
        eventually(lambda: {row["status"] for row in site.rows("messages")} == {"in_doubt"})
        assert len(site.gateway.sent) == 2
        erase(site)

        for row in site.rows("messages"):
            path = f"/api/messages/{uuid.UUID(str(row['id']))}/resolve"
            answer = site.post(path, {"as": "resend", "confirm": True})
            assert answer.status_code == 200, answer.text
        eventually(lambda: not {row["status"] for row in site.rows("messages")} & {"queued"})

        assert len(site.gateway.sent) == 2
        assert launched["results"]["accepted_count"] == 1


def test_without_a_key_nobody_is_erased_by_halves(database_url: str) -> None:
    with open_site(database_url) as site:
        site.campaign([{"to": ADA, "name": "Ada"}], message="Hi {{ name }}")

        answer = erase(site)

        assert answer.status_code == 409
        assert "CONSENT_HASH_KEY" in answer.json["detail"]
        assert [row["number"] for row in site.rows("contacts")] == [ADA]
        assert site.rows("consent_events") == []


def test_a_new_key_is_added_before_the_old_one_and_none_may_be_lost(database_url: str) -> None:
    with open_site(database_url, CONSENT_HASH_KEY=KEY) as site:
        erase(site)
    with open_site(database_url, CONSENT_HASH_KEY=f"{KEY[::-1]},{KEY}") as site:
        assert site.campaign([ADA])["results"]["opted_out_count"] == 1
        erase(site, OTHER)
    with open_site(database_url, CONSENT_HASH_KEY=KEY) as site:
        order = {"recipients": [THIRD], "message": "Hi"}
        answer = site.post("/api/campaigns/send", order)
        assert answer.status_code == 409
        assert "lacks a key" in answer.json["detail"]
        assert site.webhook("inbound", inbound("STOP", THIRD)).status_code == 200


def test_the_sender_that_was_texted_is_no_person(site: Site) -> None:
    site.webhook("inbound", inbound("STOP", ADA))

    erase(site)

    assert [row["to"] for row in site.rows("inbound_messages")] == [SENDER]
