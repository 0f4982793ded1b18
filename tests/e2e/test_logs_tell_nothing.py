"""Every line that a whole run logs, read for numbers, texts and secrets; in full in both formats.

They are masked before the format is chosen (tests/unit/test_logs.py).
"""

import base64
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.builders import API_KEY, SENDER, SIGNATURE_SECRET, numbers, private_key
from tests.support.faults import scaled
from tests.support.processes import ROOT, World, wait_for, world
from tests.support.webhooks import inbound, receipt, signed

METRICS_KEY = "a-key-that-reads-metrics-only"
PASSWORD, WRONG = "correct horse battery", "incorrect donkey battery"
TEXT, REPLY, NAME = "Confidential autumn sale", "Never write to me, please", "Ada-Lovelace-Byron"
ELSEWHERE = "+442071838750"
PEOPLE = numbers(12)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def everything(running: World, database: Path) -> None:
    """What a service goes through in its life."""
    campaign = running.send([*PEOPLE, "not a number +1415555"], TEXT)
    running.wait_until_finished(campaign, 60)
    wait_for(lambda: running.counts(campaign).get("delivered"), 30, "receipts")
    running.phone_says(PEOPLE[0], "STOP")
    running.phone_says(PEOPLE[1], REPLY)
    wait_for(lambda: running.get("/api/opt-outs")["opt_outs"], 20, "the STOP")
    strangers(running)
    asked_for(running)
    at_the_dashboard(running)
    broken(running, database)


def strangers(running: World) -> None:
    wrong = {"Authorization": f"Bearer {API_KEY}-but-wrong"}
    assert requests.get(f"{running.url}/api/campaigns", headers=wrong, timeout=9).status_code == 401
    body = {"to": PEOPLE[2].removeprefix("+"), "text": TEXT}
    for secret, sent in (
        ("another-secret-than-ours-of-some-length", body),
        (SIGNATURE_SECRET, b"{" + TEXT.encode()),
    ):
        headers = signed(sent, secret)
        data = sent if isinstance(sent, bytes) else json.dumps(sent)
        requests.post(f"{running.url}/webhooks/status", data=data, headers=headers, timeout=9)
    unknown = receipt({"message_uuid": "u", "id": "x", "number": PEOPLE[3]}, "delivered")
    for name, told in (("status", unknown), ("inbound", inbound(REPLY, ELSEWHERE))):
        url = f"{running.url}/webhooks/{name}"
        told_as = json.dumps(told)
        assert requests.post(url, data=told_as, headers=signed(told), timeout=9).ok


def asked_for(running: World) -> None:
    """Numbers in paths, in queries and in bodies, and in what is wrong with them."""
    for written in (PEOPLE[4], PEOPLE[4].removeprefix("+"), "+1 (415) 555-0005"):
        running.http.get(f"{running.url}/api/numbers/{written}/timeline", timeout=9)
        running.http.get(f"{running.url}/api/contacts", params={"q": written}, timeout=9)
        running.http.get(f"{running.url}/api/contacts/{written}", timeout=9)
        running.post("/send-sms", {"to": written, "message": TEXT})
    running.post("/send-sms", {"to": [PEOPLE[5]], "message": TEXT, "api_key": API_KEY})
    metrics = {"Authorization": f"Bearer {METRICS_KEY}"}
    assert requests.get(f"{running.url}/metrics", headers=metrics, timeout=9).ok
    made = running.post("/api/keys", {"name": "one", "scopes": ["read"]})
    secret = made.json()["secret"]
    SECRETS.append(secret)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert requests.post(f"{running.url}/send-sms", headers=bearer, timeout=9).status_code == 403


def at_the_dashboard(running: World) -> None:
    create = [sys.executable, "-m", "flask", "--app", "wsgi", "users", "create", "ann"]
    subprocess.run(
        create, cwd=ROOT, env=running.environ, input=f"{PASSWORD}\n", text=True, check=True
    )
    browser = requests.Session()
    for password in (WRONG, PASSWORD):
        page = browser.get(f"{running.url}/dashboard/sign-in", timeout=9).text
        token = TOKEN.search(page)
        assert token
        form = {"csrf_token": token[1], "name": "ann", "password": password}
        browser.post(f"{running.url}/dashboard/sign-in", data=form, timeout=9)
    assert "carillon" in browser.cookies
    SECRETS.append(browser.cookies["carillon"])
    assert browser.get(f"{running.url}/dashboard/numbers/{PEOPLE[6]}", timeout=9).ok


def broken(running: World, database: Path) -> None:
    """A bug, with a traceback: a table that is not as the code thinks, which names its values."""
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute(
            "CREATE TRIGGER broken BEFORE INSERT ON contacts"
            " BEGIN SELECT RAISE(ABORT, 'it is broken'); END"
        )
    person = {"number": PEOPLE[7], "fields": {"name": NAME}}
    answer = running.post("/api/contacts", {"contacts": [person]})
    assert answer.status_code == 500, answer.text


SECRETS: list[str] = []
"""Those that are made up on the way."""


def pieces_of_the_key() -> list[str]:
    """Any line of the key, as it is and in base64."""
    pem = private_key()
    encoded = base64.b64encode(pem.encode()).decode()
    return [*pem.splitlines()[1:-1], *(encoded[at : at + 60] for at in range(0, len(encoded), 60))]


@pytest.mark.parametrize("log_format", scaled(["json"], ["json", "console"]))
def test_no_line_of_a_whole_run_tells_a_number_a_text_or_a_secret(
    sqlite_template: Path, tmp_path: Path, log_format: str
) -> None:
    SECRETS.clear()
    database = tmp_path / "run.db"
    shutil.copy(sqlite_template, database)
    with world(
        f"sqlite:///{database}",
        tmp_path,
        LOG_FORMAT=log_format,
        LOG_LEVEL="DEBUG",
        METRICS_KEY=METRICS_KEY,
        METRICS_DIR=str(tmp_path / "metrics"),
    ) as running:
        everything(running, database)
    lines = running.service.output()

    events = ("request", "status_webhook", "inbound_message", "not_authentic", "webhook_unread")
    for event in (*events, "receipt_unmatched", "sign_in_refused", "unhandled_error"):
        assert event in lines, event
    assert "Traceback" in lines
    told = [*PEOPLE, SENDER, ELSEWHERE]
    digits = re.sub(r"[ ().+-]", "", lines)  # however a number is written
    assert [number for number in told if number.removeprefix("+") in digits] == []
    secrets = [API_KEY, SIGNATURE_SECRET, METRICS_KEY, PASSWORD, WRONG, *SECRETS]
    assert [each for each in (*secrets, *pieces_of_the_key()) if each in lines] == []
    assert [each for each in (TEXT, REPLY, NAME) if each in lines] == []
    assert not re.search(r"\beyJ[\w-]{10,}", lines)  # every JWT begins so
    if log_format == "json":
        assert {"event", "level", "logger", "timestamp"} <= set.intersection(
            *map(keys_of, lines.splitlines())
        )


def keys_of(line: str) -> set[str]:
    told: dict[str, Any] = json.loads(line)
    return set(told)
