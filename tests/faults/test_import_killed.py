"""An import whose process is killed goes on where it was, and counts every row once."""

import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from app.storage.database import Database, connect
from tests.support.builders import environment
from tests.support.processes import ROOT, Process, wait_for

ROWS = 8_000  # eight chunks


def _count(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM contacts")).scalar_one())


def test_a_killed_import_is_resumed(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    lines = (f"+1415{n:07},Ann {n}\n" for n in range(2_000_000, 2_000_000 + ROWS))
    file.write_text("number,first_name\n" + "".join(lines), encoding="utf-8")
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        **environment(DATABASE_URL=database_url, IMPORT_DIR=str(tmp_path / "imports")),
    }
    command = ["flask", "--app", "wsgi", "contacts", "import"]
    database = connect(database_url)
    first = Process([*command, str(file)], environ, tmp_path / "log")
    wait_for(lambda: _count(database), 60, "no row was imported")
    first.kill()
    before = _count(database)
    with database.writing() as session:  # as if the minute had passed in which it might still live
        session.execute(text("UPDATE imports SET lease_until = NULL"))
        import_id = UUID(str(session.execute(text("SELECT id FROM imports")).scalar_one()))

    second = subprocess.run(
        [sys.executable, "-m", *command, "--resume", str(import_id)],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 0, second.stderr
    assert before > 0, "it was killed in the middle"
    assert _count(database) == ROWS
    assert re.search(rf"\b{ROWS} read, {ROWS} added\b", second.stdout), second.stdout
    database.close()
