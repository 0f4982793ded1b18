"""What a process holds after its start: each of these would come back without anybody noticing."""

import base64
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from app.storage.database import connect
from tests.support.builders import private_key

ROOT = Path(__file__).parents[2]

# Only for what was asked for: pages, commands, migrations, placeholders, another database, an
# engine, a watcher;
# and what libraries load if it is there, to translate or to guess encodings.
NOT_FOR_ALL = {
    "alembic",
    "app.cli",
    "app.web.dashboard",
    "babel",
    "charset_normalizer",
    "limits",
    "liquid",
    "opentelemetry",
    "openpyxl",
    "procrastinate",
    "psycopg",
    "sentry_sdk",
    "sqlalchemy.dialects.postgresql",
    "wtforms",
}

_A_LINE = 100  # characters
_A_FEW = 10  # kinds of bodies that are told of within others, of two hundred

_LOOK = """
import ctypes, json, re, sys, threading
import wsgi
from pydantic import BaseModel
from app.hooks import caller
together = threading.Barrier(8)
def allocate():
    together.wait(5)
    kept.append(bytearray(4_000))
    together.wait(5)
kept = []
crew = [threading.Thread(target=allocate) for _ in range(8)]
for each in crew: each.start()
for each in crew: each.join()
def kinds(of):
    for each in of.__subclasses__():
        yield each
        yield from kinds(each)
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = libc.fopen(sys.argv[1].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
print(json.dumps({
    "modules": sorted(sys.modules),
    "described": len(wsgi.app.paths),
    "told": len(sys.modules["sqlalchemy"].select.__doc__),
    "checked": sorted({
        f"{each.__module__}.{each.__name__}" for each in kinds(BaseModel)
        if each.__module__.startswith(("app.web", "vonage_messages")) and each.__pydantic_complete__
    }),
    "trusted": caller._trust_of_this_machine.cache_info().currsize,
    "arenas": len(re.findall("<heap nr=", open(sys.argv[1]).read())),
}))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="not glibc")
def test_a_process_holds_what_it_needs(tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "VONAGE_APPLICATION_ID": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
        "VONAGE_PRIVATE_KEY_BASE64": base64.b64encode(private_key().encode()).decode(),
        "VONAGE_API_KEY": "abcd1234",
        "VONAGE_NUMBER": "15550000001",
        "VONAGE_SIGNATURE_SECRET": "s" * 32,
        "API_KEYS": "k" * 32,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'small.db'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, str(tmp_path / "arenas.xml")],
        env=environ,
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    found = json.loads(done.stdout)
    assert not NOT_FOR_ALL & set(found["modules"])
    assert found["described"] == 0
    assert found["told"] < _A_LINE
    assert len(found["checked"]) < _A_FEW, found["checked"]
    assert found["trusted"] == 0
    assert found["arenas"] == 1


def test_sqlite_connections_are_not_taken_in_turns(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'turns.db'}")
    one, other = database.engine.raw_connection(), database.engine.raw_connection()
    last = other.driver_connection
    one.close()
    other.close()
    again = database.engine.raw_connection()
    assert again.driver_connection is last
    again.close()
    database.close()


# The master starts processes and waits: what they work with is theirs alone.
_NOT_FOR_THE_MASTER = {"asyncio", "concurrent.futures.process", "cryptography", "flask", "jinja2"}
_NOT_FOR_THE_MASTER |= {"phonenumbers", "pydantic", "requests", "sqlalchemy", "vonage_messages"}

_MASTER = """
import json, sys
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.arbiter import Arbiter
sys.argv = ["gunicorn", "wsgi:app"]
Arbiter(WSGIApplication())
print(json.dumps(sorted(sys.modules)))
"""


def test_the_master_holds_nothing_of_the_application(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MASTER],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    held = set(json.loads(done.stdout))
    assert {"app.logs", "app.receiving"} <= held
    assert not _NOT_FOR_THE_MASTER & held
