"""Requests from processes of their own, at the same moment, to one database."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from threading import Barrier
from typing import Any

from tests.support.site import open_site

_UNTIL_READY = 60.0  # seconds; a busy machine imports slowly


@dataclass(frozen=True, slots=True)
class Posted:
    """What a process was answered."""

    status: int
    body: Any


def post_from_processes(
    processes: int, database_url: str, path: str, orders: Sequence[tuple[Any, str | None]]
) -> list[Posted]:
    """Each process posts every body with its key, and at the same time as the others."""
    spawn = get_context("spawn")
    with spawn.Manager() as manager, ProcessPoolExecutor(processes, spawn) as pool:
        ready = manager.Barrier(processes, timeout=_UNTIL_READY)
        running = [
            pool.submit(_post_when, ready, database_url, path, list(orders))
            for _ in range(processes)
        ]
        return [posted for each in running for posted in each.result(60)]


def _post_when(
    ready: Barrier, database_url: str, path: str, orders: list[tuple[Any, str | None]]
) -> list[Posted]:
    with open_site(database_url) as site:
        ready.wait()
        posted = []
        for body, key in orders:
            headers = {} if key is None else {"Idempotency_Key": key}
            answer = site.post(path, body, **headers)
            posted.append(Posted(answer.status_code, answer.json))
        return posted
