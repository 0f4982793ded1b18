import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.domain.campaign import read_addressees
from app.domain.template import read_template
from demo import posting
from demo.local import Local
from demo.trouble import Trouble

ROOT = Path(__file__).parents[3]


@pytest.fixture
def campaign() -> Any:
    return json.loads((ROOT / posting.CAMPAIGN).read_text())


def test_the_example_names_two_hundred_recipients(campaign: Any) -> None:
    addressees = read_addressees(campaign["recipients"], read_template(campaign["message"]))
    assert len(campaign["recipients"]) == 200
    assert (len(addressees.people), addressees.duplicate_count, addressees.rejected_count) == (
        192,
        3,
        5,
    )


def test_the_example_says_how_to_opt_out(campaign: Any) -> None:
    assert campaign["message"].endswith("Reply STOP to opt out.")


def test_the_first_and_the_last_phone_are_told_as_numbers() -> None:
    assert posting.phones(ROOT) == ("+14155550100", "+12025550199")


def test_the_command_is_what_the_script_ends_with() -> None:
    command = posting.command(ROOT)
    assert command.startswith("curl -sS ")
    assert command.endswith("-d @examples/campaign.json")


def test_without_curl_the_same_request_is_sent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[tuple[str, bytes]] = []

    def post(_: Local, path: str, body: bytes) -> Any:
        sent.append((path, body))
        return {"campaign": {"id": "one"}}

    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(Local, "post", post)
    assert posting.post(ROOT, {}, Local(1))["campaign"]["id"] == "one"
    assert sent == [("/api/campaigns/send", (ROOT / posting.CAMPAIGN).read_bytes())]
    assert "no curl" in capsys.readouterr().out


def test_an_answer_that_is_no_campaign_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(Local, "post", lambda *_: {"detail": "no"})
    with pytest.raises(Trouble, match="not taken"):
        posting.post(ROOT, {}, Local(1))
