"""The units of systemd: it reads them, and says how far they are open."""

import contextlib
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest
import requests

from app.settings import Settings
from tests.deploy.conftest import DEPLOY
from tests.support.processes import Process, World, free_port, wait_for

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
MOST_OPEN = 1.5  # of 10, as systemd counts
STOP = Settings.model_fields["stop_timeout"].default + 5  # seconds that gunicorn may take
ANALYZE = shutil.which("systemd-analyze")
ACTIVATE = shutil.which("systemd-socket-activate")
needs_systemd = pytest.mark.skipif(
    ANALYZE is None, reason="NO SYSTEMD-ANALYZE: units were not verified (apt-get install systemd)"
)


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *words], capture_output=True, text=True, check=False)


@needs_systemd
def test_systemd_reads_every_unit(tmp_path: Path) -> None:
    """With programs that exist in place of those that are installed on a server."""
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace("/opt/carillon/.venv/bin/", "/usr/bin/env ")
        (tmp_path / path.name).write_text(text.replace("/opt/carillon", "/"))
    for path in UNITS:
        done = analyze("verify", "--man=no", str(tmp_path / path.name))
        assert (done.returncode, done.stderr) == (0, ""), path.name

    broken = tmp_path / "carillon-web.service"
    broken.write_text(broken.read_text().replace("KillMode=mixed", "KillMode=some"))
    assert "kill mode" in analyze("verify", "--man=no", str(broken)).stderr  # the check can fail


@needs_systemd
@pytest.mark.parametrize("path", SERVICES, ids=lambda path: str(path.name))
def test_a_service_is_hardly_open(path: Path) -> None:
    done = analyze("security", "--offline=true", "--threshold=15", str(path))

    (level,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) <= MOST_OPEN, done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: str(path.name))
def test_a_service_has_rights_to_nothing(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()

    for wanted in (
        "DynamicUser=yes",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "StateDirectory=carillon",
        "EnvironmentFile=/etc/carillon/carillon.env",
        "LoadCredential=private.key:/etc/carillon/private.key",
    ):
        assert wanted in lines, wanted


@pytest.mark.parametrize("name", ["carillon-web", "carillon-worker@"])
def test_a_stop_leaves_time_to_record_what_is_in_flight(name: str) -> None:
    text = (DEPLOY / f"systemd/{name}.service").read_text(encoding="utf-8")
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)

    assert int(seconds) > STOP
    assert "KillMode=mixed" in text
    assert "KillSignal=SIGTERM" in text
    assert "Requires=carillon-migrate.service" in text


@pytest.mark.skipif(ACTIVATE is None, reason="NO SYSTEMD-SOCKET-ACTIVATE: the socket was not tried")
def test_connections_wait_for_it_and_systemd_hears_when_it_is_there(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """`ListenStream=` and `Type=notify`, with systemd's own tool in place of systemd."""
    assert ACTIVATE is not None
    shutil.copy(sqlite_template, tmp_path / "service.db")
    port = free_port()
    with (
        tempfile.TemporaryDirectory() as short,  # names of sockets have 107 characters at most
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd,
    ):
        systemd.bind(f"{short}/notify")
        systemd.settimeout(60)
        environ = World.settings(
            tmp_path,
            DATABASE_URL=f"sqlite:///{tmp_path / 'service.db'}",
            PORT="1",  # what it would listen at by itself, and may not
            NOTIFY_SOCKET=f"{short}/notify",
        )
        told = [word for name in environ for word in ("-E", name)]
        inside = [ACTIVATE, "-l", f"127.0.0.1:{port}", *told]
        web = Process(["gunicorn", "wsgi:app"], environ, tmp_path / "web.log", inside)
        try:
            wait_for(lambda: "Listening on" in web.output(), 30)
            # The first request starts it: only the one who holds the socket listens yet.
            assert requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=60).ok
            assert systemd.recv(4096).startswith(b"READY=1")
            assert web.stop() == 0
        finally:
            with contextlib.suppress(subprocess.TimeoutExpired):
                web.stop()
