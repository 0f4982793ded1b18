"""What deploy/ holds, as far as it can be run here."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.processes import ROOT

DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what deploy/prepare.sh writes."""
    folder = tmp_path_factory.mktemp("deploy")
    prepare(folder)
    return folder


def prepare(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run deploy/prepare.sh for a folder of tests."""
    return subprocess.run(
        ["sh", str(DEPLOY / "prepare.sh"), str(folder)],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
