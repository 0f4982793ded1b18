"""`make demo` as a person sees it, but for the installation."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("app", "demo", "examples", "simulator", "gunicorn.conf.py", "wsgi.py")
WHAT_PASTED_LINES_TELL = ('"recipient_count":200', '"message_uuid"', '"message_uuid"')
LONGEST = 100  # seconds; it takes about fifteen


@dataclass(frozen=True, slots=True)
class Project:
    """A copy of what the demo needs, and ports that are free."""

    folder: Path
    environment: dict[str, str]

    @contextmanager
    def demo(self, *flags: str) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            [sys.executable, "-m", "demo", *flags],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as program:
            try:
                yield program
            finally:
                if program.poll() is None:
                    program.send_signal(signal.SIGINT)

    def left_running(self) -> list[str]:
        """The programs that still work in the folder of the copy."""
        left = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "cwd").readlink() == self.folder:
                    left.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:  # gone meanwhile, or somebody else's
                continue
        return left


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("clone").resolve()
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    names = ("VONAGE_", "SIMULATOR_", "API_KEY", "DATABASE_URL", "PORT", "PYTHONPATH", "DEMO_")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(names)}
    port, simulator_port = free_ports()
    return Project(folder, environment | {"PORT": str(port), "SIMULATOR_PORT": str(simulator_port)})


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture(scope="module")
def first_run(project: Project) -> str:
    """What a first run with --once prints."""
    with project.demo("--once") as program:
        output, _ = program.communicate(timeout=LONGEST)
    assert program.returncode == 0, output
    assert project.left_running() == []
    return output


def numbers(output: str) -> dict[str, int]:
    """The table of the report."""
    rows = re.findall(r"^  ([a-z]+(?: [a-z]+)?) +(\d+)(?:  [a-z].*)?$", output, re.MULTILINE)
    return {name: int(count) for name, count in rows}


def test_a_first_run_accounts_for_every_recipient(first_run: str) -> None:
    table = numbers(first_run)
    assert table.pop("recipients") == 200
    assert sum(table.values()) == 200
    assert table["delivered"] > 150
    assert table["duplicates"] == 3
    assert table["refused"] == 5
    assert table["skipped"] == 1  # who texted STOP while the message was waiting


def test_the_report_names_codes_and_reasons(first_run: str) -> None:
    assert "1240 Illegal number: the recipient has opted out with STOP" in first_run
    assert "opted out" in first_run
    assert "+*********99" in first_run
    assert re.search(r"Price by the carriers' receipts: \d+\.\d+ EUR", first_run)


def test_without_a_terminal_the_progress_is_lines(first_run: str) -> None:
    assert 10 <= first_run.count("\n  [") <= 12
    assert "\r" not in first_run


def test_a_second_run_skips_who_opted_out_and_serves_until_it_is_stopped(
    project: Project, first_run: str
) -> None:
    with project.demo() as program:
        assert program.stdout is not None
        lines = []
        for line in program.stdout:
            lines.append(line)
            if '"STOP"' in line:  # the last of the lines to paste
                break
        output = "".join(lines)
        pasted = [paste(line) for line in lines if line.startswith("  curl") and line.count("'")]
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=LONGEST)
    table = numbers(output)
    assert "Wrote .env" in first_run
    assert "Wrote .env" not in output
    assert table["skipped"] == 6
    assert "6 of them opted out in an earlier campaign" in output
    assert table.pop("recipients") == sum(table.values()) == 200
    for answer, told in zip(pasted, WHAT_PASTED_LINES_TELL, strict=True):
        assert told in answer
    assert rest.strip() == "stopped"
    assert program.returncode == 0
    assert project.left_running() == []


def paste(line: str) -> str:
    """What a line of the demo's prints, pasted into a shell."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl to paste lines for")
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True)
    return done.stdout.replace(": ", ":")
