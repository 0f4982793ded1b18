"""Behind a real PgBouncer in transaction mode: connections change hands, and nobody notices."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from app.storage.database import Connections
from tests.support.builders import numbers, order
from tests.support.machines import Machines
from tests.support.processes import free_port
from tests.support.site import eventually

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@pytest.fixture
def pooled(url: str, tmp_path: Path) -> Iterator[str]:
    """The same database, past three connections that all share."""
    if PROGRAM is None:
        pytest.skip("no pgbouncer here: apt-get install pgbouncer")
    server, port = make_url(url), free_port()
    config = tmp_path / "pgbouncer.ini"
    config.write_text(
        "[databases]\n"
        f"{server.database} = host={server.query['host']} user={server.username}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\n"
    )
    command = [PROGRAM, str(config)]
    if os.geteuid() == 0:  # it refuses to be root
        tmp_path.chmod(0o755)
        for folder in list(tmp_path.parents)[:2]:
            folder.chmod(0o755)
        owner = Path(str(server.query["host"])).stat().st_uid  # who alone may enter there
        command[1:1] = ["-u", pwd.getpwuid(owner).pw_name]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(lambda: is_open(port), 10)
        yield f"postgresql://{server.username}@127.0.0.1:{port}/{server.database}"
    finally:
        process.terminate()
        process.wait(10)


def is_open(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_a_campaign_is_sent_past_a_pooler(pooled: str) -> None:
    machines = Machines(pooled, DATABASE_POOLER="transaction")
    with machines.worker(), machines.worker():
        for start in range(0, 60, 20):
            machines.web.services.campaigns.launch(order(numbers(20, first=start)))
        eventually(lambda: len(machines.gateway.sent) >= 60, 20)
        machines.web.runner.wake()

    assert sorted(str(each.to) for each in machines.gateway.sent) == numbers(60)
    machines.web.close(10)


def test_past_a_pooler_nothing_is_prepared_and_nothing_is_set() -> None:
    told = Connections(pooled=True).arguments()

    assert told["prepare_threshold"] is None
    assert "options" not in told
    assert "idle_in_transaction_session_timeout=10000" in Connections().arguments()["options"]
