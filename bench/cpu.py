"""What a recipient of a POST and a receipt cost in CPU: one process, past gunicorn and sockets.

    python -m bench.cpu [--recipients 10000] [--messages 4000] [--together 16] [--runs 5]
                        [--usual] [--database URL] [--profile post|receipts]

Without --database a new SQLite file is used; another database must be empty. What counts is the CPU
of this process, which a busy machine changes less than the time by the clock; shown are the median
and the least of the runs, in microseconds.
"""

import argparse
import cProfile
import io
import itertools
import json
import logging
import os
import pstats
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app import logs
from app.domain.message import MessageStatus
from app.factory import create_app, house_of
from app.settings import read_settings
from app.storage import messages, migrate
from app.storage.tables import Message
from app.vonage.webhooks import read_status
from app.web.context import options_of, services_of
from app.web.webhooks import as_text
from bench import webhooks
from bench.send import TEXT
from bench.service import KEY, environment

_AT_ONCE = 500  # messages that are made accepted in one transaction
_SHOWN = 45  # lines of a profile
_numbers = itertools.count(15_550_000_000)


def main() -> None:
    """Measure both, by turns."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="carillon-cpu-") as folder, _unread_log():
        environ = environment(Path(folder), 1, 1, arguments.database)
        if arguments.usual:
            del environ["QUIET_HOURS"], environ["FREQUENCY_CAP"]
        app = create_app(read_settings(environ))
        house_of(app).begin_no_more()  # nothing is sent
        migrate.upgrade(house_of(app).database)
        try:
            _measure(app, arguments)
        finally:
            house_of(app).close(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.cpu")
    parser.add_argument("--recipients", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=4_000, help="two receipts for each")
    parser.add_argument("--together", type=int, default=16, help="threads that take receipts")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--usual", action="store_true", help="with quiet hours and frequency cap")
    parser.add_argument("--database", help="an empty PostgreSQL database")
    parser.add_argument("--profile", choices=["post", "receipts"], help="show where the time goes")
    return parser.parse_args()


@contextmanager
def _unread_log() -> Iterator[None]:
    """Log lines are made and written, and nobody reads them."""
    with Path(os.devnull).open("w") as nowhere:
        logs.configure("json", "INFO")
        for handler in logging.getLogger().handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(nowhere)
        yield


def _measure(app: Flask, arguments: argparse.Namespace) -> None:
    _post(app, 100)
    _take(app, _calls(app, 100), arguments.together)
    if arguments.profile == "post":
        _profiled(lambda: _post(app, arguments.recipients))
        return
    if arguments.profile == "receipts":
        calls = _calls(app, arguments.messages)
        _profiled(lambda: _take_in_groups(app, calls, arguments.together))
        return
    posts, receipts = [], []
    for _ in range(arguments.runs):
        posts.append(_cpu(lambda: _post(app, arguments.recipients)) / arguments.recipients)
        calls = _calls(app, arguments.messages)
        receipts.append(_cpu(lambda: _take(app, calls, arguments.together)) / len(calls))  # noqa: B023 (called here)
    _show("a recipient of a POST", posts)
    _show("a receipt", receipts)


def _post(app: Flask, count: int) -> list[str]:
    """Post a campaign; the numbers that it is for."""
    numbers = [f"+{next(_numbers)}" for _ in range(count)]
    body = json.dumps({"recipients": numbers, "message": TEXT}).encode()
    headers = {"HTTP_AUTHORIZATION": f"Bearer {KEY}"}
    _ask(app, "/api/campaigns/send", body, headers, "202")
    return numbers


def _ask(app: Flask, path: str, body: bytes, headers: dict[str, str], wanted: str) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "bench",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **headers,
    }
    answers: list[str] = []
    told = app(environ, lambda status, *_: answers.append(status))  # type: ignore[arg-type]  # nothing is written by it
    answer = b"".join(told)
    if not answers[0].startswith(wanted):
        raise RuntimeError(f"{path} answered {answers[0]}: {answer[:500]!r}")


def _calls(app: Flask, count: int) -> list[tuple[bytes, dict[str, str]]]:
    """Signed receipts, two for each message of a new campaign that Vonage has accepted."""
    numbers = _post(app, count)
    database = house_of(app).database
    with database.reading() as session:
        first = session.scalar(select(Message.id).where(Message.number == numbers[0]))
        wanted = select(Message.id, Message.number).where(Message.id >= first)
        rows = session.execute(wanted.order_by(Message.id).limit(count)).all()
    known = [
        {"id": row.id, "number": row.number, "message_uuid": str(uuid.uuid4())} for row in rows
    ]
    for start in range(0, count, _AT_ONCE):
        accepted = [
            messages.Heard(
                *(each["id"], MessageStatus.ACCEPTED, datetime.now(UTC)),
                message_uuid=each["message_uuid"],
            )
            for each in known[start : start + _AT_ONCE]
        ]
        with database.writing() as session:
            messages.advance(session, accepted)
    return [
        (body, {"HTTP_AUTHORIZATION": f"Bearer {webhooks.token_for(body)}"})
        for body in webhooks.receipts(known)
    ]


def _take(app: Flask, calls: list[tuple[bytes, dict[str, str]]], threads: int) -> None:
    """Bring the receipts on so many threads, as gunicorn does."""
    waiting = iter(calls)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                call = next(waiting, None)
            if call is None:
                return
            _ask(app, "/webhooks/status", *call, "200")

    crew = [threading.Thread(target=work) for _ in range(threads)]
    for each in crew:
        each.start()
    for each in crew:
        each.join()


def _take_in_groups(app: Flask, calls: list[tuple[bytes, dict[str, str]]], size: int) -> None:
    """The same on one thread, which a profile sees: read and check each, apply so many at once."""
    options, services = options_of(app), services_of(app)
    told = []
    for body, headers in calls:
        now = datetime.now(UTC)
        options.signature.verify(headers["HTTP_AUTHORIZATION"], body, now)
        receipt = read_status(body, now)
        assert receipt is not None
        told.append((as_text(body), receipt))
        if len(told) == size:
            services.receipts.apply_known(told)
            told = []


def _cpu(work: Callable[[], object]) -> float:
    """Microseconds of this process."""
    before = time.process_time()
    work()
    return (time.process_time() - before) * 1e6


def _profiled(work: Callable[[], object]) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    shown = io.StringIO()
    pstats.Stats(profile, stream=shown).sort_stats("tottime").print_stats(_SHOWN)
    print(shown.getvalue())


def _show(what: str, runs: list[float]) -> None:
    load = os.getloadavg()[0]
    print(f"{what}: {statistics.median(runs):.1f} us, at least {min(runs):.1f}; load {load:.0f}")


if __name__ == "__main__":
    main()
