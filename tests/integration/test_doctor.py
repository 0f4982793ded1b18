"""`flask doctor` in installations that are broken in a real way."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from werkzeug.serving import make_server

from app.cli_doctor import diagnosed, doctor
from app.settings import InvalidSettings
from app.storage import migrate
from app.storage.database import connect
from app.vonage.tokens import read_private_key
from tests.support.builders import private_key
from tests.support.site import LATER, Site, open_site

NOBODY = "http://127.0.0.1:9"  # the port that discards, on which nobody listens

Findings = dict[str, list[dict[str, Any]]]
Answer = Callable[[BaseHTTPRequestHandler], tuple[dict[str, str], bytes]]


def seen(site: Site) -> tuple[int, Findings]:
    told = CliRunner().invoke(doctor(site.house), ["--json"])
    by_name: Findings = {}
    for each in json.loads(told.output)["findings"]:
        by_name.setdefault(each["name"], []).append(each)
    return told.exit_code, by_name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    (tmp_path / "test.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path / 'test.db'}"


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """An address that answers every GET and HEAD so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers, body = answer(self)
            self.send_response_only(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 (http.server names it)

        def log_message(self, *_arguments: object) -> None:
            """Tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_good_installation_is_well(database_url: str) -> None:
    now = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    with (
        answering(lambda _: ({"Date": now}, b"")) as url,
        open_site(database_url, VONAGE_API_URL=url) as site,
    ):
        code, found = seen(site)

    assert code == 0
    for name in ("settings", "key", "signature", "clock", "database", "migrations", "backlog"):
        assert [each["level"] for each in found[name]] == ["ok"] * len(found[name]), found[name]


def test_a_key_that_others_can_read(sqlite_url: str, tmp_path: Path) -> None:
    key = tmp_path / "private.key"
    key.write_text(private_key(), encoding="ascii")
    key.chmod(0o644)
    files: dict[str, Any] = {"VONAGE_PRIVATE_KEY_BASE64": "", "VONAGE_PRIVATE_KEY_PATH": str(key)}
    with open_site(sqlite_url, VONAGE_API_URL=NOBODY, **files) as site:
        _, found = seen(site)

    assert found["key"][0]["level"] == "warn"
    assert found["key"][0]["mend"] == f"chmod 600 {key}"
    assert found["carrier"][0]["level"] == "warn"  # nobody answers, which takes no time


@pytest.mark.parametrize("is_ours", [True, False])
def test_the_key_is_compared_with_the_one_that_vonage_has(sqlite_url: str, is_ours: bool) -> None:  # noqa: FBT001 (a case)
    public = read_private_key(private_key()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    body = json.dumps({"keys": {"public_key": pem if is_ours else pem.replace("A", "B")}})
    with (
        answering(lambda _: ({}, body.encode())) as url,
        open_site(sqlite_url, VONAGE_API_URL=url, VONAGE_API_SECRET="not-asked") as site,
    ):
        code, found = seen(site)

    assert found["key"][0]["level"] == ("ok" if is_ours else "fail")
    assert code == (0 if is_ours else 1)


def test_a_clock_that_is_wrong(sqlite_url: str) -> None:
    date = "Tue, 01 Jan 2030 00:00:00 GMT"
    with (
        answering(lambda _: ({"Date": date}, b"")) as url,
        open_site(sqlite_url, VONAGE_API_URL=url) as site,
    ):
        code, found = seen(site)

    assert code == 1
    assert "NTP" in found["clock"][0]["mend"]


def test_a_database_that_was_not_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    with open_site(url, is_migrated=False, VONAGE_API_URL=NOBODY) as site:
        code, found = seen(site)

    assert code == 1
    assert found["migrations"][0]["mend"].endswith("db upgrade")
    assert migrate.newest() in found["migrations"][0]["said"]


def test_a_database_that_is_away() -> None:
    url = "postgresql://nobody@127.0.0.1:9/none"
    with open_site(url, is_migrated=False, VONAGE_API_URL=NOBODY) as site:
        code, found = seen(site)

    assert code == 1
    assert found["database"][0]["level"] == "fail"
    assert "DATABASE_URL" in found["database"][0]["mend"]


def test_the_public_address_must_lead_to_this_very_service(sqlite_url: str) -> None:
    with open_site(sqlite_url, VONAGE_API_URL=NOBODY) as site:
        server = make_server("127.0.0.1", 0, site.app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        with open_site(sqlite_url, VONAGE_API_URL=NOBODY, NGROK_URL=url) as same:
            code, found = seen(same)
            assert (code, found["webhooks"][0]["level"]) == (0, "ok")
        with open_site(sqlite_url, VONAGE_API_URL=NOBODY, NGROK_URL=NOBODY, PUBLIC_URL=url) as same:
            assert seen(same)[1]["webhooks"][0]["level"] == "ok"
        other: dict[str, Any] = {"VONAGE_SIGNATURE_SECRET": "another-secret-altogether"}
        with open_site(sqlite_url, VONAGE_API_URL=NOBODY, NGROK_URL=url, **other) as stranger:
            code, found = seen(stranger)
            assert code == 1
            assert "is not this service" in found["webhooks"][0]["said"]
        server.shutdown()
        thread.join()
        server.server_close()
        with open_site(sqlite_url, VONAGE_API_URL=NOBODY, NGROK_URL=NOBODY) as alone:
            assert "does not answer" in seen(alone)[1]["webhooks"][0]["said"]


def test_nobody_sends_what_is_due(sqlite_url: str) -> None:
    with open_site(sqlite_url, VONAGE_API_URL=NOBODY) as before:
        before.campaign(2, scheduled_at=LATER)
    database = connect(sqlite_url)
    with database.writing() as session:
        began = "UPDATE campaigns SET status = 'sending', started_at = '2026-01-01 00:00:00'"
        session.connection().exec_driver_sql(began)
        session.connection().exec_driver_sql("DELETE FROM heartbeats")
    database.close()
    with open_site(sqlite_url, VONAGE_API_URL=NOBODY) as site:  # nothing in it was started
        code, found = seen(site)

    assert code == 1
    assert "flask worker" in found["workers"][0]["mend"]
    assert found["backlog"][0]["level"] == "warn"
    assert found["backlog"][0]["said"].startswith("2 wait")


def test_settings_with_which_nothing_can_start(capsys: pytest.CaptureFixture[str]) -> None:
    mistakes = InvalidSettings("API_KEYS: is not set\nPORT: must be a number")

    assert diagnosed(mistakes, as_json=False) == 1
    told = capsys.readouterr().out
    assert told.count("fail") == told.count("mend:") == 2
