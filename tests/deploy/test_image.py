"""The image, as far as it can be made here: what its Dockerfile says, run without rights."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from app.settings import Settings
from tests.deploy.conftest import DEPLOY
from tests.support.builders import API_KEY, environment
from tests.support.processes import ROOT, Process, free_port, wait_for
from tests.support.workbooks import write_workbook

PROGRAMS = ("simulator", "app")
FOREIGN = {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PIP_NO_CACHE_DIR"}
NAMES = {str(each.alias) for each in Settings.model_fields.values()}
NOBODY = "10001"
# Memory that is written is never executed, as MemoryDenyWriteExecute= of the units has it:
# prctl(PR_SET_MDWE) of Linux 6.3, which an older one refuses without harm.
CONFINED = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0);"
    " os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)


@dataclass
class Stage:
    """One stage of the Dockerfile: its instructions, those that it builds on included."""

    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [words for instruction, words in self.steps if instruction == name]


def stages() -> dict[str, Stage]:
    text = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    found: dict[str, Stage] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        instruction, words = line.split(maxsplit=1)
        if instruction == "FROM":
            base, _, name = words.partition(" AS ")
            now = found[name] = Stage(list(found[base].steps) if base in found else [])
        elif found:
            now.steps.append((instruction, words))
    return found


def copied(stage: Stage) -> Iterator[tuple[str, str]]:
    """What it takes from the project's folder, and whereto."""
    for words in stage.all("COPY"):
        if not words.startswith("--from"):
            *sources, target = words.split()
            for source in sources:
                yield source, target


def test_what_is_copied_is_there_and_reaches_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    named = {rule[1:] for rule in rules if rule.startswith("!")}
    taken = {source for stage in stages().values() for source, _ in copied(stage)}

    assert rules[0] == "*"  # everything is left out, unless it is named
    assert named == taken
    for source in taken:
        assert (ROOT / source).exists(), source
    assert {"**/.env", "**/.env.*", "**/*.key", "**/*.pem", "**/*.db"} <= set(rules)
    for name in (".env", "private.key", "var", ".git", "deploy", "tests"):
        assert name not in named


def test_it_ends_as_the_service_and_never_as_root() -> None:
    found = stages()

    assert list(found)[-1] == "service"  # what is built unless another is asked for
    for name in ("service", "simulator"):
        assert found[name].all("USER") == [NOBODY]
        steps = [instruction for instruction, _ in found[name].steps]
        assert "RUN" not in steps[steps.index("USER") :]
    assert "simulator" not in dict(copied(found["service"]))


def test_packages_are_those_whose_hashes_are_known() -> None:
    (installing,) = stages()["packages"].all("RUN")

    assert "--require-hashes" in installing
    locked = (ROOT / "requirements-scale.txt").read_text(encoding="utf-8")
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if "==" in line:
            assert line in locked, "requirements-scale.txt lacks or differs: make lock"


@pytest.mark.parametrize("name", ["service", "simulator"])
def test_what_it_starts_and_what_it_asks_exist(name: str) -> None:
    stage = stages()[name]
    (command,) = (ast.literal_eval(words) for words in stage.all("CMD"))
    (check,) = stage.all("HEALTHCHECK")
    (port,) = stage.all("EXPOSE")

    assert command in (["gunicorn", "wsgi:app"], ["python", "-m", "simulator"])
    (url,) = re.findall(r"urlopen\('([^']+)'", check)
    assert urlsplit(url).port == int(port)
    assert urlsplit(url).path in {"service": ("/health/live",), "simulator": ("/health",)}[name]
    told = {each.partition("=")[0] for words in stage.all("ENV") for each in words.split()}
    assert {each for each in told - FOREIGN if not each.startswith("SIMULATOR_")} <= NAMES


class Container:
    """The image's files, its packages and nothing else, a root that is read-only, and a user
    without rights: by namespaces of the kernel, as Docker does it.
    """

    PYTHON, PACKAGES = "/mnt", "/srv"  # empty folders of every Debian, to see through

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self._name = folder, name
        for each in ("files", "tmp", "image", "venv/bin"):
            (folder / each).mkdir(parents=True)
        for each in ("files", "tmp"):
            os.chown(folder / each, int(NOBODY), int(NOBODY))
        for source, target in copied(stages()[name]):
            self._copy(ROOT / source, folder / "image" / (target if target != "./" else source))
        self._install()
        for parent in (folder, *folder.parents):
            if parent.is_relative_to(tempfile.gettempdir()) and parent.stat().st_mode & 0o055 == 0:
                parent.chmod(0o755)  # pytest keeps its folders to whoever runs it

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)

    def _install(self) -> None:
        """The packages of requirements-scale.txt, of those that the tests run with."""
        venv = self.folder / "venv"
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        (venv / "pyvenv.cfg").write_text(f"home = {self.PYTHON}/bin\n")
        (venv / "bin/python").symlink_to(f"{self.PYTHON}/bin/{version}")
        packages = venv / "lib" / version / "site-packages"
        packages.mkdir(parents=True)
        for top in sorted(tops()):
            (packages / top).symlink_to(f"{self.PACKAGES}/{top}")

    def start(self, words: Sequence[str], environ: dict[str, str], log: Path) -> Process:
        told = {
            **environ,
            "TMPDIR": str(self.folder / "tmp"),
            "HOME": "/nonexistent",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LD_LIBRARY_PATH": f"{self.PYTHON}/lib",
            "IMPORT_DIR": str(self.folder / "files/imports"),
        }
        script = (
            f"set -e; mount --make-rprivate /; mount --bind {sys.base_prefix} {self.PYTHON};"
            f" mount --bind {site_packages()} {self.PACKAGES};"
            f" cd {self.folder}; for each in files tmp; do mount --bind $each $each; done;"
            f" mount -o remount,bind,ro /; cd {self.folder}/image; shift;"  # `Process` says python
            f" exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --no-new-privs"
            f" --bounding-set=-all --inh-caps=-all {self.folder}/venv/bin/python"
            f' -c "{CONFINED}" "$@"'
        )
        return Process(list(words), told, log, ["unshare", "--mount", "sh", "-c", script, "sh"])


def site_packages() -> Path:
    return Path(importlib.metadata.distribution("flask").locate_file("")).resolve()  # type: ignore[arg-type]  # a path, as its documentation says


def tops() -> set[str]:
    """What the packages of requirements-scale.txt have at the top of site-packages."""
    locked = (ROOT / "requirements-scale.txt").read_text(encoding="utf-8")
    found: set[str] = set()
    for name in re.findall(r"^([\w.-]+)==", locked, re.MULTILINE):
        try:
            files = importlib.metadata.distribution(name).files or []
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system, or Python
        found |= {each.parts[0] for each in files if each.parts[0] != ".."}
    return found - {"__pycache__"}


def can_confine() -> bool:
    """May this user make what Docker makes?"""
    tools = all(map(shutil.which, ("unshare", "setpriv", "mount")))
    trying = ["unshare", "--mount", "mount", "--make-rprivate", "/"]
    return tools and os.geteuid() == 0 and not subprocess.run(trying, check=False).returncode


@pytest.mark.skipif(not can_confine(), reason="NO MOUNT NAMESPACES: the image was only read (root)")
def test_it_runs_without_rights_and_writes_nowhere_but_where_it_may(
    sqlite_template: Path, tmp_path: Path
) -> None:
    service = Container(tmp_path / "service", "service")
    carrier = Container(tmp_path / "simulator", "simulator")
    port, carrier_port = free_port(), free_port()
    data = service.folder / "files"
    shutil.copy(sqlite_template, data / "service.db")
    os.chown(data / "service.db", int(NOBODY), int(NOBODY))
    environ = environment(
        DATABASE_URL=f"sqlite:///{data / 'service.db'}",
        PORT=str(port),
        VONAGE_API_URL=f"http://127.0.0.1:{carrier_port}",
        SIMULATOR_PORT=str(carrier_port),
        SIMULATOR_WEBHOOK_URL=f"http://127.0.0.1:{port}",
        LOG_FORMAT="json",
        PATH=os.environ["PATH"],
    )
    commands = {name: ast.literal_eval(stages()[name].all("CMD")[0]) for name in PROGRAMS[:1]}
    assert commands["simulator"][:2] == ["python", "-m"]
    simulator = carrier.start(commands["simulator"][2:], environ, tmp_path / "simulator.log")
    web = service.start(["gunicorn", "wsgi:app"], environ, tmp_path / "web.log")
    try:
        simulator.wait_until_answering(f"http://127.0.0.1:{carrier_port}/health")
        web.wait_until_answering(f"http://127.0.0.1:{port}/health/ready")
        for pid in web.pids():
            status = Path(f"/proc/{pid}/status").read_text()
            assert re.search(rf"^Uid:\s+{NOBODY}\s+{NOBODY}\s+{NOBODY}", status, re.MULTILINE)
            assert re.search(r"^CapBnd:\s+0+$", status, re.MULTILINE)
            assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
            mounts = Path(f"/proc/{pid}/mounts").read_text().splitlines()
            (options,) = [line.split()[3] for line in mounts if line.split()[1] == "/"][-1:]
            assert options.startswith("ro")
        texts_somebody(f"http://127.0.0.1:{port}")
        rows = [["phone"], ["+14155550102"]]
        reads_a_sheet(f"http://127.0.0.1:{port}", write_workbook(tmp_path / "people.xlsx", rows))
        assert web.stop() == 0, web.output()[-2000:]
        assert simulator.stop() in (0, -15, 143)
    finally:
        web.stop()
        simulator.stop()
    assert not list((service.folder / "image").rglob("__pycache__"))


def texts_somebody(url: str) -> None:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    body = {"recipients": ["+14155550101"], "message": "Hello"}
    answer = requests.post(f"{url}/api/campaigns/send", json=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text
    path = f"{url}/api/campaigns/{answer.json()['campaign']['id']}"

    def delivered() -> bool:
        counts = requests.get(path, headers=headers, timeout=10).json()["messages"]
        return bool(counts["delivered"] == 1)

    wait_for(delivered, 30)


def reads_a_sheet(url: str, workbook: Path) -> None:
    """A workbook is read in a child process, which limits itself and needs a folder of its own."""
    answer = requests.post(
        f"{url}/api/imports?filename=people.xlsx",
        data=workbook.read_bytes(),
        headers={
            "Authorization": f"Bearer {API_KEY}",
            "Content-Type": "application/octet-stream",
        },
        timeout=60,
    )
    assert answer.status_code == 202, answer.text
    assert "+14155550102" in answer.text or "4155550102" in answer.text
