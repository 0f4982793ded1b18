"""`make audit` against a service for vulnerabilities on loopback, and against none."""

import json
import os
import re
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOBODY = "http://127.0.0.1:9/"  # the port that discards, on which nobody listens
VULNERABLE = {"id": "TEST-2026-1", "summary": "It opens every door.", "affected": []}


@contextmanager
def service(vulnerable: str) -> Iterator[str]:
    """One that speaks as OSV does, and knows something about one package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = asked["package"]["name"] == vulnerable
            body = json.dumps({"vulns": [VULNERABLE]} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Tests speak for themselves."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    """Two packages, as in our own lists."""
    hashed = "--hash=sha256:" + "0" * 64
    path = tmp_path / "requirements.txt"
    path.write_text(f"flask==3.1.3 {hashed}\nlimits==5.8.0 {hashed}\n", encoding="ascii")
    return path


def audited(requirements: Path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci/audit", "--vulnerability-service", "osv", "--osv-url", url],
        env={**os.environ, "AUDITED": str(requirements)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_known_vulnerability_fails_the_check(requirements: Path) -> None:
    with service(vulnerable="limits") as url:
        told = audited(requirements, url)

    assert told.returncode == 1
    assert "TEST-2026-1" in told.stderr
    assert "limits" in told.stderr


def test_without_one_all_is_well(requirements: Path) -> None:
    with service(vulnerable="another") as url:
        told = audited(requirements, url)

    assert (told.returncode, told.stderr) == (0, "")
    assert "no known vulnerability" in told.stdout


def test_without_a_network_it_fails_nothing_and_is_loud(requirements: Path) -> None:
    told = audited(requirements, NOBODY)

    assert told.returncode == 0
    assert told.stderr.startswith("NOT AUDITED: no service for vulnerabilities answers")
    assert "no known vulnerability" not in told.stdout


def test_a_stranger_in_the_place_of_the_service_counts_as_no_network(requirements: Path) -> None:
    """As where a proxy breaks TLS open with a certificate that nobody knows."""
    with service(vulnerable="limits") as url:
        told = audited(requirements, url.replace("http:", "https:"))

    assert told.returncode == 0
    assert told.stderr.startswith("NOT AUDITED: no service for vulnerabilities answers")


def test_what_cannot_be_read_is_no_lack_of_network(tmp_path: Path) -> None:
    unlocked = tmp_path / "requirements.txt"
    unlocked.write_text("flask\n", encoding="ascii")

    told = audited(unlocked, NOBODY)

    assert told.returncode != 0
    assert "NOT AUDITED" not in told.stderr


def test_the_rules_about_security_hold_for_what_is_deployed() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["ruff"]["lint"]
    ignored = {rule for rule in lint["ignore"] if re.fullmatch(r"S\d*", rule)}
    elsewhere = {
        rule
        for pattern, rules in lint["per-file-ignores"].items()
        if not pattern.startswith(("tests/", "bench/"))
        for rule in rules
        if re.fullmatch(r"S\d*", rule)
    }

    assert lint["select"] == ["ALL"]
    assert ignored == {"S101"}  # assert narrows types
    assert elsewhere == set()
