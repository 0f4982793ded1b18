import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

import pytest

from demo.local import Local
from demo.processes import Running, programs, require_free
from demo.trouble import Trouble

ROOT = Path(__file__).parents[3]
SLEEP = ["-c", "import time; time.sleep(60)"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def start_and_raise(folder: Path, number: int) -> Running:
    """A program that runs when the signal arrives; the block is left by what is raised."""
    running: list[Running] = []
    with suppress(KeyboardInterrupt), programs(folder, ENVIRONMENT) as children:
        running.append(children.start("sleeper", SLEEP))
        signal.raise_signal(number)
        running.clear()  # not reached
    return running[0]


def test_programs_end_with_the_block_whatever_happens(tmp_path: Path) -> None:
    started = []

    def fail() -> None:
        with programs(tmp_path, ENVIRONMENT) as children:
            started.append(children.start("sleeper", SLEEP))
            raise ValueError("mistake")

    with pytest.raises(ValueError, match="mistake"):
        fail()
    assert started[0].process.poll() == -signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_signal_to_end_is_a_keyboard_interrupt_within_the_block(
    tmp_path: Path, number: int
) -> None:
    before = signal.getsignal(number)
    assert start_and_raise(tmp_path, number).process.poll() is not None
    assert signal.getsignal(number) == before


def test_a_program_that_ended_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with programs(tmp_path, ENVIRONMENT) as children:
        running = children.start("poet", ["-c", "print('my last words')"])
        running.process.wait(30)
        with pytest.raises(Trouble, match=r"The poet has ended\.[\s\S]*my last words"):
            children.check()
        with pytest.raises(Trouble, match="my last words"):
            children.wait_for(running, Local(1), "/")


def test_a_step_that_went_wrong_is_told(tmp_path: Path) -> None:
    with (
        programs(tmp_path, ENVIRONMENT) as children,
        pytest.raises(Trouble, match=r"The step went wrong\.[\s\S]*no such luck"),
    ):
        children.run("step", ["-c", "raise SystemExit('no such luck')"])


def test_a_port_that_is_taken_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Trouble, match=rf"Port {port} cannot be used[\s\S]*PORT=\d+ make demo"):
            require_free("PORT", port)
    require_free("PORT", port)
