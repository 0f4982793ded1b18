"""The units of systemd: it reads them, and says how far they are open."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.settings import Settings
from tests.deploy.conftest import DEPLOY

UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
MOST_OPEN = 1.5  # of 10, as systemd counts
STOP = Settings.model_fields["stop_timeout"].default + 5  # seconds that gunicorn may take
ANALYZE = shutil.which("systemd-analyze")
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
