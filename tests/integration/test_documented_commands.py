"""Every command of the README and of docs/ does what it is there for, or is listed with a reason.

`flask` commands run within this process, in the order of the pages; scripts with curl run in bash
against one service on loopback; SQL runs on its database.
"""

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from app.cli import commands
from tests.support.builders import API_KEY
from tests.support.site import Site, open_site
from tests.support.webhooks import inbound

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
METRICS_KEY = "a-key-for-metrics-0123456789"
PROGRAMS = re.compile(
    r"(\S*/)?(flask|curl|sqlite3|make|python3?|gunicorn|pip|apt-get|docker|systemctl|cp|ngrok|git)\s"
)
ELSEWHERE = {
    r"make |examples/send": "the Makefile's targets: tests/e2e/test_demo.py, CI, or a person",
    r"apt-get|pip install|-m venv|git clone": "needs the Internet",
    r"docker |systemctl |/etc/systemd|deploy/": "needs Docker or systemd: tests/deploy",
    r"gunicorn( |$)|gunicorn wsgi|wsgi worker|python -m simulator": "runs until it is ended: e2e",
    r"localhost:3999": "asks the simulator: tests/integration/test_simulator.py",
    r"ngrok": "needs an account",
    r"^cp |db revise": "writes into the source: tests/house",
    r"import --resume": "needs a process that died: tests/faults/test_import_killed.py",
    r"curl \.\.\.": "a part of a command",
    r" ENDPOINT": "one that was made there: tests/integration/test_webhook_commands.py",
    r"1000000": "the same as the line before, for minutes",
    r"restore ": "into an empty database: tests/integration/test_backup.py",
}


@dataclass(frozen=True)
class Command:
    """As it stands on a page."""

    page: str
    text: str
    block: int

    @property
    def reason(self) -> str | None:
        """Why it is not run here."""
        return next((why for sign, why in ELSEWHERE.items() if re.search(sign, self.text)), None)

    def is_of(self, *programs: str) -> bool:
        return self.reason is None and bool(
            re.match(rf"(\S*/)?({'|'.join(programs)})\s", self.text)
        )


def blocks(page: Path) -> Iterator[list[str]]:
    """The lines of each block of code that a shell may be given."""
    fence: str | None = None
    block: list[str] = []
    for line in [*page.read_text(encoding="utf-8").splitlines(), "the end"]:
        if line.startswith("```"):
            fence = None if fence is not None else line[3:]
        elif fence in {"sh", "bash", ""} or (fence is None and line.startswith("    ")):
            block.append(line if fence is not None else line[4:])
            continue
        if block:
            yield block
        block = []


def found(page: Path) -> Iterator[Command]:
    for place, block in enumerate(blocks(page)):
        text = ""
        for line in block:
            text = f"{text}\n{line}" if text else line
            if is_whole(text):
                if PROGRAMS.match(text) or re.match(r"export |\w+=|\w+\(\)|api ", text):
                    yield Command(page.name, text, place)
                text = ""


def is_whole(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return False
    return not text.endswith("\\") and text.count("{") - text.count("}") <= 0


ALL = [command for page in PAGES for command in found(page)]


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A service in a folder of its own, with what the commands ask for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    shutil.copy(sqlite_template, tmp_path / "var/carillon.db")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / ".env").write_text(f"API_KEYS={API_KEY}\n", encoding="ascii")
    (tmp_path / "people.csv").write_text("Mobil,Name\n07700900100,Ann\n", encoding="ascii")
    (tmp_path / "prices.csv").write_text("country,currency,price\nUS,EUR,0.01\n", encoding="ascii")
    shutil.copy(tmp_path / "people.csv", tmp_path / "people.xlsx")
    with open_site(
        "sqlite:///var/carillon.db",
        IMPORT_DIR="var/imports",
        METRICS_KEY=METRICS_KEY,
        CONSENT_HASH_KEY="k" * 40,
        LINK_URL="https://sms.test/l",
        VONAGE_API_URL="http://127.0.0.1:9",  # nobody
    ) as opened:
        yield opened


def prepared(site: Site) -> dict[str, str]:
    """What pages speak of as ID, by the page: a draft, a campaign that was sent, a template."""
    sent = site.campaign(["+15554297013", "x"])["campaign"]["id"]
    order = {"recipients": ["+14155550101"], "message": "Hi", "kind": "transactional"}
    draft = site.post("/api/campaigns", order).json["id"]
    people = [{"number": f"+1415555010{place}", "first_name": "Ann"} for place in range(1, 5)]
    assert site.post("/api/contacts", {"contacts": people}).status_code == 200
    template = {"name": "Mine", "text": "Hi {{ first_name | default: 'there' }}"}
    return {
        "preview": draft,
        "operations": sent,
        "texts": site.post("/api/templates", template).json["id"],
    }


def review(site: Site, number: str) -> str:
    """An opt-out that a person has to look at."""
    site.webhook("inbound", inbound("please take me off your list", from_number=number))
    return str(site.get("/api/reviews").json["reviews"][-1]["event_id"])


def test_every_flask_command_works(site: Site) -> None:
    known = {command.name: command for command in commands(site.house)}
    ids = prepared(site)
    asked = list({said(each): each for each in ALL if each.is_of("flask")}.values())
    failed = []
    for place, command in enumerate(asked):
        text = command.text.replace("$ID", ids["preview"]).replace("NUMBER", "+15554297013")
        if "reviews" in text and "ID" in text:
            text = text.replace("ID", review(site, f"+1415555{9000 + place:04}"))
        text = text.replace("revise ID", f"revise {ids['texts']}")
        words = [word for word in shlex.split(text, comments=True)[1:] if word not in APP]
        if "demo-data" in words:
            continue  # it wants an empty database: below
        told = CliRunner().invoke(known[words[0]], words[1:], input="a long and winding road\n")
        if told.exit_code:
            failed.append(f"{command.page}: {text}: {told.output} {told.exception!r}")

    assert not failed, "\n".join(failed)
    assert len(asked) > 35


APP = {"--app", "wsgi"}


def said(command: Command) -> str:
    """What is asked for, however the program is called: pages repeat one another."""
    return " ".join(
        word for word in shlex.split(command.text, comments=True)[1:] if word not in APP
    )


def test_made_up_data_needs_an_empty_database(site: Site) -> None:
    (command,) = [each for each in ALL if each.is_of("flask") and "demo-data" in each.text]
    known = {each.name: each for each in commands(site.house)}
    name, *options = said(command).split()

    told = CliRunner().invoke(known[name], options)

    assert told.exit_code == 0, told.output
    assert "3000 messages were made up" in told.output


def test_every_query_can_be_asked(site: Site) -> None:
    asked = [each for each in ALL if each.is_of("sqlite3")]
    for command in asked:
        *_, path, query = shlex.split(command.text)
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            database.execute(query).fetchall()

    assert len(asked) >= 4
    assert site.rows("campaigns") == []


@contextmanager
def served(site: Site) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, site.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def scripts(page: Path) -> str:
    """What a page says in bash, but for what is run elsewhere."""
    texts = [
        each.text
        for each in found(page)
        if each.reason is None and not each.is_of("flask", "sqlite3", "python3", "python")
    ]
    return "\n".join(text for text in texts if not re.match(r"export (URL|API_KEY)=", text))


WITH_SCRIPTS = [page for page in PAGES if re.search(r"\b(curl|api) ", scripts(page))]


@pytest.mark.parametrize("page", WITH_SCRIPTS, ids=lambda page: str(page.stem))
def test_every_script_is_answered_well(site: Site, tmp_path: Path, page: Path) -> None:
    ids = prepared(site)
    with served(site) as address:
        text = scripts(page).replace("127.0.0.1:${PORT:-3000}", address)
        text = text.replace("127.0.0.1:3000", address)
        text = re.sub(r"\bcurl ", "curl --fail-with-body ", text)
        ran = subprocess.run(
            ["bash", "-euc", text],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "URL": f"http://{address}",
                "url": f"http://{address}",
                "KEY": API_KEY,
                "key": API_KEY,
                "API_KEY": API_KEY,
                "METRICS_KEY": METRICS_KEY,
                "ID": ids.get(page.stem, ids["operations"]),
                "CAMPAIGN": ids["operations"],
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert ran.returncode == 0, f"{text}\n{ran.stdout[-1500:]}\n{ran.stderr[-1500:]}"


def test_what_is_not_run_here_is_named(site: Site) -> None:
    del site
    run = [each for each in ALL if each.reason is None]

    assert len(run) > 60
    for sign in ELSEWHERE:
        assert any(re.search(sign, each.text) for each in ALL), f"nothing is like {sign}"
