"""Idempotency-Key: one request, one campaign, one answer, whatever is repeated and whoever dies."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from app.domain.errors import KeyReused, StillRunning, TryAgain
from app.domain.ids import is_id
from app.domain.message import ClaimedMessage, MessageStatus, Outcome, OutcomeKind
from app.domain.phone import PhoneNumber
from app.services.campaigns import Campaigns
from app.services.idempotency import Idempotency
from app.storage import idempotency
from app.storage.idempotency import KEPT, LEASE, Answer, KnownKey, Reservation
from tests.support.builders import API_KEY, SENDER, numbers, order
from tests.support.desk import Desk
from tests.support.fakes import FakeGateway, accepted
from tests.support.posters import post_from_processes
from tests.support.site import LATER, Site, open_site

SEND = "/api/campaigns/send"
CAMPAIGNS = "/api/campaigns"
HELLO: dict[str, Any] = {"recipients": numbers(3), "message": "Hello", "scheduled_at": LATER}
TEXT = {"to": numbers(1)[0], "text": "Hello"}


def same(one: Any, other: Any) -> bool:
    """Was it the same answer?"""
    names = ("Content-Type", "Location", "Preference-Applied")
    return bool(
        one.status_code == other.status_code
        and one.data == other.data
        and [one.headers.get(name) for name in names] == [other.headers.get(name) for name in names]
    )


def campaigns(site: Site) -> int:
    return len(site.get(CAMPAIGNS).json["campaigns"])


@pytest.mark.parametrize(("path", "status"), [(SEND, 202), (CAMPAIGNS, 201)])
def test_the_same_request_again_gets_the_same_answer(site: Site, path: str, status: int) -> None:
    first = site.post(path, HELLO, Idempotency_Key="8e03978e")
    site.post(f"{first.headers['Location']}/cancel")  # it is the stored answer, not a new look
    again = site.post(path, HELLO, Idempotency_Key="8e03978e")

    assert first.status_code == status
    assert same(first, again)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert campaigns(site) == 1


def test_a_single_message_is_sent_once(site: Site) -> None:
    first = site.post("/send-sms", TEXT, Idempotency_Key="one")
    again = site.post("/send-sms", TEXT, Idempotency_Key="one")

    assert first.status_code == 200
    assert same(first, again)
    assert len(site.gateway.sent) == 1


def test_a_message_that_vonage_refused_keeps_its_answer(database_url: str) -> None:
    refused = Outcome(OutcomeKind.REFUSED, "no such number", code="1120")
    with open_site(database_url, FakeGateway(lambda _: refused)) as site:
        first = site.post("/send-sms", TEXT, Idempotency_Key="one")
        again = site.post("/send-sms", TEXT, Idempotency_Key="one")

        assert first.status_code == 422
        assert same(first, again)
        assert again.mimetype == "application/problem+json"
        assert len(site.gateway.sent) == 1


@pytest.mark.parametrize("action", ["launch", "schedule"])
def test_a_campaign_is_moved_once(site: Site, action: str) -> None:
    here = site.post(CAMPAIGNS, HELLO).json["links"]["self"]

    first = site.post(f"{here}/{action}", Idempotency_Key="one")
    again = site.post(f"{here}/{action}", Idempotency_Key="one")

    assert first.status_code == 200
    assert same(first, again)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_with_another_body_a_key_is_refused(site: Site) -> None:
    site.post(SEND, HELLO, Idempotency_Key="one")

    answer = site.post(SEND, HELLO | {"message": "Other"}, Idempotency_Key="one")

    assert answer.status_code == 422
    assert answer.json["type"] == "urn:carillon:problem:idempotency-key-reused"
    assert campaigns(site) == 1


def test_the_order_of_fields_makes_no_other_body(site: Site) -> None:
    first = site.post(SEND, HELLO, Idempotency_Key="one")
    again = site.post(SEND, dict(reversed(HELLO.items())), Idempotency_Key="one")

    assert same(first, again)


def test_a_key_is_of_its_path_and_caller(database_url: str) -> None:
    other = "another-key-for-tests-0123456789"
    with open_site(database_url, API_KEYS=f"{API_KEY},{other}") as site:
        site.post(SEND, HELLO, Idempotency_Key="one")
        site.post(CAMPAIGNS, HELLO, Idempotency_Key="one")
        site.key = {"Authorization": f"Bearer {other}"}
        site.post(SEND, HELLO, Idempotency_Key="one")

        assert campaigns(site) == 3


def test_quotes_around_a_key_are_no_part_of_it(site: Site) -> None:
    first = site.post(SEND, HELLO, Idempotency_Key='"one"')

    assert same(first, site.post(SEND, HELLO, Idempotency_Key="one"))


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "a\tb", "ä"])
def test_a_key_has_1_to_255_printable_characters(site: Site, key: str) -> None:
    answer = site.post(SEND, HELLO, Idempotency_Key=key)

    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json["errors"]] == ["Idempotency-Key"]
    assert campaigns(site) == 0


@pytest.mark.parametrize("key", ["x", "x" * 255, " spaces and ~!@#$%^&*() "])
def test_any_other_key_is_taken(site: Site, key: str) -> None:
    assert site.post(SEND, HELLO, Idempotency_Key=key).status_code == 202


def test_mistakes_do_not_use_a_key_up(site: Site) -> None:
    past = HELLO | {"scheduled_at": None, "not_after": "2020-01-01T00:00:00Z"}
    for wrong in (HELLO | {"recipients": []}, past):
        assert site.post(SEND, wrong, Idempotency_Key="one").status_code == 422

    assert site.post(SEND, HELLO, Idempotency_Key="one").status_code == 202


def test_a_conflict_does_not_use_a_key_up(site: Site) -> None:
    here = site.post(SEND, HELLO).json["campaign"]["links"]["self"]
    site.post(f"{here}/pause")
    assert site.post(f"{here}/launch", Idempotency_Key="one").status_code == 409

    site.post(f"{here}/resume")
    assert site.post(f"{here}/launch", Idempotency_Key="one").status_code == 200


def test_a_fault_of_ours_does_not_use_a_key_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr("app.services.planning.queue", fails)
        assert site.post(SEND, HELLO, Idempotency_Key="one").status_code == 500

    assert site.post(SEND, HELLO, Idempotency_Key="one").status_code == 202
    assert campaigns(site) == 1


def test_while_it_is_worked_on_it_is_to_be_asked_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = threading.Event(), threading.Event()
    launch = Campaigns.launch

    def slowly(*given: Any) -> Any:
        began.set()
        go_on.wait(10)
        return launch(*given)

    monkeypatch.setattr(Campaigns, "launch", slowly)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(
            site.app.test_client().post,
            SEND,
            headers={**site.key, "Idempotency-Key": "one"},
            json=HELLO,
        )
        began.wait(10)
        meanwhile = site.post(SEND, HELLO, Idempotency_Key="one")
        go_on.set()

    assert meanwhile.status_code == 409
    assert meanwhile.json["type"] == "urn:carillon:problem:still-running"
    assert int(meanwhile.headers["Retry-After"]) >= 1
    assert same(first.result(), site.post(SEND, HELLO, Idempotency_Key="one"))
    assert campaigns(site) == 1


def test_while_the_first_waits_for_the_end_the_second_learns_what_was_stored(
    database_url: str,
) -> None:
    gate = threading.Event()

    def waits(message: ClaimedMessage) -> Outcome:
        gate.wait(10)
        return accepted(message)

    body = {"recipients": [*numbers(2), "x"], "message": "Hello"}
    with open_site(database_url, FakeGateway(waits)) as site, ThreadPoolExecutor(1) as pool:
        headers = {**site.key, "Idempotency-Key": "one", "Prefer": "wait=10"}
        first = pool.submit(site.app.test_client().post, SEND, headers=headers, json=body)
        while not campaigns(site):
            pass
        meanwhile = site.post(SEND, body, Idempotency_Key="one")
        gate.set()

        assert meanwhile.status_code == 202
        assert meanwhile.headers["Idempotency-Replayed"] == "true"
        assert meanwhile.json["results"]["refused_total"] == 1
        answered: Any = first.result()
        assert answered.json["campaign"]["id"] == meanwhile.json["campaign"]["id"]
        assert campaigns(site) == 1


def test_of_many_threads_one_does_the_work(site: Site) -> None:
    def post(_: int) -> Any:
        headers = {**site.key, "Idempotency-Key": "one"}
        return site.app.test_client().post(SEND, headers=headers, json=HELLO)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))

    assert {answer.status_code for answer in answers} <= {202, 409}
    ids = {answer.json["campaign"]["id"] for answer in answers if answer.status_code == 202}
    assert len(ids) == campaigns(site) == 1
    assert all(
        answer.json["type"].endswith("still-running")
        for answer in answers
        if answer.status_code == 409
    )


def test_of_two_processes_one_does_the_work_with_a_key_and_without(
    emptied_postgres_url: str,  # on SQLite one process serves
) -> None:
    keyed = [(HELLO | {"allow_duplicate": True}, f"key {place}") for place in range(10)]
    other = HELLO | {"message": "Without a key"}

    posted = post_from_processes(
        2, emptied_postgres_url, SEND, [*keyed, (other, None), (other, None)]
    )

    assert {each.status for each in posted} <= {202, 409}
    ids = {each.body["campaign"]["id"] for each in posted if each.status == 202}
    with open_site(emptied_postgres_url) as site:
        launched = site.get(CAMPAIGNS, limit=100).json["campaigns"]
        assert {each["id"] for each in launched} == ids
        assert Counter(each["message"] for each in launched) == {"Hello": 10, "Without a key": 1}


# Crashes, by the hand of a desk: what was committed is there, and nothing else.


def reserved(desk: Desk, key: str = "key", body: str = "body") -> Reservation:
    found = desk.idempotency.begin(key, body)
    assert isinstance(found, Reservation)
    return found


def known(desk: Desk, key: str = "key", body: str = "body") -> KnownKey:
    found = desk.idempotency.begin(key, body)
    assert isinstance(found, KnownKey)
    return found


def test_who_dies_before_the_work_is_replaced_when_the_lease_is_over(desk: Desk) -> None:
    dead = reserved(desk)

    desk.clock.forward(LEASE.total_seconds() - 1)
    with pytest.raises(StillRunning):
        desk.idempotency.begin("key", "body")
    desk.clock.forward(1)
    again = reserved(desk)

    assert again.resource_id == dead.resource_id
    assert is_id(again.resource_id)
    with pytest.raises(StillRunning):
        desk.idempotency.begin("key", "body")


def test_who_dies_after_the_work_is_found_out_by_the_id_at_once(desk: Desk) -> None:
    launched = desk.campaigns.launch(order(2), reserved(desk))

    found = known(desk)

    assert found.is_done
    assert found.answer is None
    assert found.reservation.resource_id == launched.state.campaign.id


def test_who_was_replaced_while_slow_does_not_do_the_work_again(desk: Desk) -> None:
    slow = reserved(desk)
    desk.clock.forward(LEASE.total_seconds())
    launched = desk.campaigns.launch(order(2), reserved(desk))

    with pytest.raises(StillRunning):
        desk.campaigns.launch(order(2), slow)
    desk.idempotency.release(slow)  # as it does when its work failed: the key is not its own

    assert known(desk).reservation.resource_id == launched.state.campaign.id
    assert [state.campaign.id for state in desk.campaigns.page(None, 10)] == [
        launched.state.campaign.id
    ]


def test_single_messages_and_moves_are_found_out_alike(desk: Desk) -> None:
    text = desk.messages.send(PhoneNumber(numbers(1)[0]), "Hello", SENDER, reserved(desk, "sms"))
    drafted = desk.orders.draft(order(2), reserved(desk, "draft")).state.campaign.id
    moving = desk.idempotency.begin("launch", "body", drafted)
    assert isinstance(moving, Reservation)
    desk.orders.launch(drafted, "Ann", once=moving)

    assert known(desk, "sms").reservation.resource_id == text.id
    assert known(desk, "draft").reservation.resource_id == drafted
    assert known(desk, "launch").reservation.resource_id == drafted
    assert desk.messages.find(text.id).status is MessageStatus.QUEUED


def test_the_answer_is_kept_with_the_campaign_that_it_tells_of(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise TryAgain("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr(Idempotency, "keep_answer", dies)
        first = site.post(SEND, HELLO | {"scheduled_at": LATER}, Idempotency_Key="one")
    site.post(f"{first.headers['Location']}/cancel")  # it is the stored answer, not a new look
    again = site.post(SEND, HELLO | {"scheduled_at": LATER}, Idempotency_Key="one")

    assert first.status_code == 202
    assert same(first, again)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_crash_after_the_work_is_answered_over_http(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: Any) -> None:
        raise TryAgain("the database went away")

    here = site.post(CAMPAIGNS, HELLO | {"message": "Draft"}).json["links"]["self"]
    requests = [(SEND, HELLO), (CAMPAIGNS, HELLO), ("/send-sms", TEXT), (f"{here}/launch", None)]
    with monkeypatch.context() as broken:
        broken.setattr(Idempotency, "keep_answer", dies)
        first = [site.post(path, body, Idempotency_Key="one") for path, body in requests]
    again = [site.post(path, body, Idempotency_Key="one") for path, body in requests]
    third = [site.post(path, body, Idempotency_Key="one") for path, body in requests]

    for one, two, three in zip(first, again, third, strict=True):
        assert one.status_code == two.status_code
        assert two.headers["Idempotency-Replayed"] == "true"
        assert two.headers.get("Location") == one.headers.get("Location")
        assert same(two, three)
    for one, two in zip(first[:3], again[:3], strict=True):
        assert one.json == two.json
    assert again[3].json["id"] == first[3].json["id"]
    assert campaigns(site) == 3


def test_a_key_is_kept_for_a_week_and_then_forgotten(desk: Desk) -> None:
    desk.campaigns.launch(order(2), reserved(desk))
    desk.idempotency.keep_answer("key", Answer(202, {"Location": "/here"}, "{}"))

    desk.clock.forward(KEPT.total_seconds() - 1)
    assert known(desk).answer == Answer(202, {"Location": "/here"}, "{}")
    with pytest.raises(KeyReused):
        desk.idempotency.begin("key", "other")
    desk.clock.forward(1)

    assert reserved(desk, body="other").resource_id


def test_expired_keys_are_deleted_when_new_ones_come(desk: Desk) -> None:
    for place in range(5):
        reserved(desk, f"old {place}")
    desk.clock.forward(timedelta(days=8).total_seconds())
    reserved(desk, "new")

    with desk.database.reading() as session:
        assert idempotency.find(session, "old 0", desk.clock() - timedelta(days=8)) is None
        assert idempotency.find(session, "new", desk.clock()) is not None
