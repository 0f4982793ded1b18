"""Where the processes of one machine keep what they count, and what is left of dead ones.

Each process writes files of its own; whoever is scraped adds them up. What a dead process counted
is moved to one file for all of them, so that sums never fall and files do not pile up. What it had
at the moment (its connections) is forgotten.

Each machine, and each container, has a folder of its own: processes are told apart by numbers.
"""

import fcntl
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KINDS = ("counter", "histogram", "gauge_liveall")
_ROOM = 1 << 18  # bytes: a thousand combinations of labels
NOBODY = 0  # in the place of a process: those that are gone
_WORLD = Path("/proc/self/ns/pid")  # Linux: the processes that see each other's numbers
_FILE = re.compile(r"(?P<kind>counter|histogram|gauge_[a-z]+)_(?P<process>\d+)\.db")


@contextmanager
def locked(folder: Path, *, alone: bool) -> Iterator[None]:
    """Nobody moves sums while they are read; `alone`: and nobody reads."""
    with (folder / "lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield  # closing gives it back


def prepare(base: Path) -> Path:
    """Make the folder of this machine, or of this container, below `base`, for nobody but us.

    Containers that share a disk do not share the numbers of processes. Raises OSError.
    """
    world = _WORLD.stat().st_ino if _WORLD.exists() else 0
    folder = base / f"{socket.gethostname()}-{world}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(folder, alone=True):
        forget_moments(folder)
    return folder


def allocate(folder: Path, process: int) -> None:
    """Take the room that a process needs before it writes by memory map.

    A full disk would end the process there. Raises OSError.
    """
    for kind in KINDS:
        with (folder / f"{kind}_{process}.db").open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, _ROOM)


def forget_moments(folder: Path) -> None:
    """What dead processes had at the moment of their death."""
    for path, kind, _ in of_the_dead(folder):
        if kind.startswith("gauge"):
            path.unlink(missing_ok=True)


def of_the_dead(folder: Path) -> Iterator[tuple[Path, str, int]]:
    """(file, kind, process) of processes that are gone."""
    for path in sorted(folder.glob("*.db")):
        found = _FILE.fullmatch(path.name)
        if found and (process := int(found["process"])) != NOBODY and not _lives(process):
            yield path, found["kind"], process


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, under a number that was ours
    return True
