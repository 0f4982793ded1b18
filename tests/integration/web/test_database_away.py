"""A database that cannot be reached: nothing is lost, and everybody is told to come again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.builders import numbers
from tests.support.site import Site, open_site
from tests.support.webhooks import inbound, receipt


@pytest.fixture(params=["sqlite", "postgresql"])
def stranded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A site whose database is not there."""
    nowhere = {
        "sqlite": f"sqlite:///{tmp_path}",  # a folder
        "postgresql": "postgresql://user:password@127.0.0.1:1/nothing?connect_timeout=2",
    }
    with open_site(nowhere[request.param], is_migrated=False) as site:
        yield site


def test_the_api_answers_503_and_when_to_come_again(stranded: Site) -> None:
    answers = [
        stranded.get("/api/campaigns"),
        stranded.get("/api/campaigns/01a20284-46ec-7085-90b1-3294384bf7a9"),
        stranded.get("/api/messages/01a20284-46ec-7085-90b1-3294384bf7a9"),
        stranded.post("/api/campaigns/send", {"recipients": numbers(1), "message": "x"}),
        stranded.post("/send-sms", {"to": numbers(1)[0], "text": "x"}),
    ]

    for answer in answers:
        assert answer.status_code == 503
        assert answer.mimetype == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        assert "password" not in answer.text
    assert not stranded.house.crew.alive()  # nothing was stored, so nobody was woken


def test_webhooks_answer_503_so_that_vonage_sends_them_again(stranded: Site) -> None:
    message = {
        "id": "01a20284-46ec-7085-90b1-3294384bf7a9",
        "message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "number": numbers(1)[0],
    }

    assert stranded.webhook("status", receipt(message, "delivered")).status_code == 503
    assert stranded.webhook("inbound", inbound("STOP")).status_code == 503
    assert stranded.webhook("status", b'{"unreadable": true}').status_code == 503


def test_mistakes_are_still_named(stranded: Site) -> None:
    assert stranded.post("/api/campaigns/send", {}).status_code == 422


def test_it_lives_but_is_not_ready(stranded: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert stranded.client.get("/").status_code == 200
    assert stranded.client.get("/health/live").status_code == 200
    ready = stranded.client.get("/health/ready")

    assert ready.status_code == 503
    assert ready.json["checks"]["database"] == "the database cannot be used now"
    assert "password" not in ready.text + caplog.text


def test_the_log_says_why(stranded: Site, caplog: pytest.LogCaptureFixture) -> None:
    stranded.get("/api/campaigns")

    (line,) = [record for record in caplog.records if record.getMessage() == "try_again"]
    assert "Error" in line.__dict__["cause"]
    assert "\n" not in line.__dict__["cause"]
