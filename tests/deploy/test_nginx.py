"""nginx as deploy/nginx has it, with TLS, in front of gunicorn and the simulator."""

import http.client
import os
import pwd
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter

from app.web import rate_limits
from tests.deploy.conftest import DEPLOY
from tests.support.builders import API_KEY
from tests.support.processes import ROOT, World, free_port, wait_for, world

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
FEW = rate_limits._FAILED  # requests a minute of each address that has no key
pytestmark = pytest.mark.skipif(
    NGINX is None, reason="NO NGINX, its configuration was not tried: apt-get install nginx-light"
)


class Front:
    """A running nginx, and the service behind it."""

    def __init__(self, site: World, folder: Path, certificate: Path) -> None:
        self.site, self._folder = site, folder
        self.port, self.plain_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.certificate = str(certificate / "fullchain.pem")
        shutil.copytree(certificate, folder / "tls")
        for name in ("nginx.conf", "carillon.conf"):
            (folder / name).write_text(self._adapted(DEPLOY / "nginx" / name))
        assert NGINX is not None
        user = pwd.getpwuid(os.geteuid()).pw_name
        told = f"daemon off; user {user};" if os.geteuid() == 0 else "daemon off;"
        self._log = (folder / "nginx.log").open("w+")
        self._process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", told],
            stdout=self._log,
            stderr=self._log,
        )
        self.http = requests.Session()
        self.http.trust_env = False  # REQUESTS_CA_BUNDLE would win over what is said here
        self.http.verify = self.certificate
        self.http.headers["Authorization"] = f"Bearer {API_KEY}"

    def _adapted(self, path: Path) -> str:
        """Other ports and folders; the second of the two web processes is down."""
        changes = {
            "web1:3000": f"127.0.0.1:{free_port()}",
            "web2:3000": f"127.0.0.1:{self.site.port}",
            "listen 8080": f"listen 127.0.0.1:{self.plain_port}",
            "listen 8443": f"listen 127.0.0.1:{self.port}",
            "/tmp/": f"{self._folder}/",  # noqa: S108 (what the file says)
            "/dev/stdout": f"{self._folder}/access.log",
        }
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        return text

    def access_log(self) -> str:
        return (self._folder / "access.log").read_text()

    def is_up(self) -> bool:
        assert self._process.poll() is None, (self._folder / "nginx.log").read_text()
        try:
            plain = f"http://127.0.0.1:{self.plain_port}/nginx-health"
            return requests.get(plain, timeout=1).ok
        except requests.ConnectionError:
            return False

    def close(self) -> None:
        self.http.close()
        self._process.terminate()
        self._process.wait(10)
        self._log.close()


@pytest.fixture(scope="module")
def front(
    sqlite_template: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    shutil.copy(sqlite_template, folder / "service.db")
    url = f"sqlite:///{folder / 'service.db'}"
    with world(url, folder, TRUSTED_PROXIES="1", RATE_LIMIT="1200") as site:
        (folder / "nginx").mkdir()
        made = Front(site, folder / "nginx", prepared / "tls")
        try:
            wait_for(made.is_up, 10)
            yield made
        finally:
            made.close()


def test_a_campaign_goes_out_through_it_though_one_process_is_down(front: Front) -> None:
    body = {"recipients": ["+14155550101", "+14155550102"], "message": "Hello"}

    # More than once: the first in turn is the one that cannot be reached.
    for _ in range(3):
        answer = front.http.post(
            f"{front.url}/api/campaigns/send", json=body | {"allow_duplicate": True}, timeout=30
        )
        assert answer.status_code == 202, answer.text

    campaign = answer.json()["campaign"]["id"]
    front.site.wait_until_finished(campaign, 30)
    assert front.site.ledger("/summary")["accepted"] == 6


def test_large_orders_pass_and_what_is_larger_than_the_service_takes_does_not(
    front: Front,
) -> None:
    numbers = [f"+1415{5_000_000 + place}" for place in range(100_000)]  # 1.6 MB
    answer = front.http.post(
        f"{front.url}/api/campaigns", json={"recipients": numbers, "message": "Hi"}, timeout=60
    )
    assert answer.status_code == 201, answer.text[:500]

    assert declared(front, "/api/campaigns/send", 514 << 20) == 413
    assert declared(front, "/webhooks/status", 257 << 10) == 413


def declared(front: Front, path: str, length: int) -> int:
    """The status that a request of so many bytes gets before it sends any of them."""
    context = ssl.create_default_context(cafile=front.certificate)
    connection = http.client.HTTPSConnection("127.0.0.1", front.port, context=context, timeout=10)
    connection.putrequest("POST", path)
    connection.putheader("Authorization", f"Bearer {API_KEY}")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/%6detrics", "/./metrics", "/metrics/", "/x/../metrics"]
)
def test_metrics_are_not_public(front: Front, path: str) -> None:
    context = ssl.create_default_context(cafile=front.certificate)
    connection = http.client.HTTPSConnection("127.0.0.1", front.port, context=context, timeout=10)
    connection.request("GET", path, headers={"Authorization": f"Bearer {API_KEY}"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert answer.status == 404
    assert b"nginx" in body  # it was not asked behind


def test_each_caller_is_known_by_its_address_and_by_nothing_that_it_claims(front: Front) -> None:
    for claimed in range(FEW):
        ask(front, "127.0.0.2", f"203.0.113.{claimed}")

    assert ask(front, "127.0.0.2", "203.0.113.200").status_code == 429
    other = ask(front, "127.0.0.3", "127.0.0.2")
    assert other.status_code == 401
    assert other.headers["Strict-Transport-Security"]  # it knows that it was asked by https
    assert "X-Request-Id" in other.headers


def ask(front: Front, address: str, claimed: str) -> requests.Response:
    """A request without a key from an address of this machine, with a forged header."""

    class From(HTTPAdapter):
        def init_poolmanager(self, *args: object, **more: object) -> None:
            super().init_poolmanager(*args, source_address=(address, 0), **more)  # type: ignore[arg-type]  # requests hands anything on

    with requests.Session() as http_from:
        http_from.mount("https://", From())
        headers = {"X-Forwarded-For": claimed, "X-Forwarded-Proto": "http"}
        url = f"{front.url}/api/campaigns"
        return http_from.get(url, headers=headers, verify=front.certificate, timeout=10)


def test_plain_http_is_sent_to_https(front: Front) -> None:
    answer = requests.get(
        f"http://127.0.0.1:{front.plain_port}/api/x?y=1", allow_redirects=False, timeout=10
    )

    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://127.0.0.1/api/x?y=1"


def test_old_tls_is_refused(front: Front) -> None:
    context = ssl.create_default_context(cafile=front.certificate)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        assert secured.version() == "TLSv1.2"
    text = (DEPLOY / "nginx/carillon.conf").read_text()
    assert re.search(r"ssl_protocols TLSv1\.2 TLSv1\.3;", text)


def test_no_number_is_in_its_log(front: Front) -> None:
    before = front.access_log().count("\n")
    front.http.get(f"{front.url}/api/numbers/+14155550177", timeout=10)

    wait_for(lambda: front.access_log().count("\n") > before, 5)
    assert "14155550177" not in front.access_log()
    assert "5550177" not in front.access_log()


def test_a_body_that_comes_slowly_takes_no_thread_of_the_service(front: Front) -> None:
    context = ssl.create_default_context(cafile=front.certificate)
    slow = []
    for _ in range(20):  # more than there are threads
        connection = http.client.HTTPSConnection(
            "127.0.0.1", front.port, context=context, timeout=10
        )
        connection.putrequest("POST", "/api/campaigns/send")
        connection.putheader("Content-Length", "1000")
        connection.endheaders(b"{")
        slow.append(connection)
    try:
        assert front.http.get(f"{front.url}/health/live", timeout=10).ok
    finally:
        for connection in slow:
            connection.close()


def test_idle_connections_to_the_service_are_dropped_by_nginx_first() -> None:
    """Else a POST could meet a connection that gunicorn is closing, and be answered 502."""
    gunicorn = (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
    nginx = (DEPLOY / "nginx/carillon.conf").read_text(encoding="utf-8")
    ours = re.search(r"^keepalive = (\d+)", gunicorn, re.MULTILINE)
    theirs = re.search(r"upstream.*?keepalive_timeout (\d+)s", nginx, re.DOTALL)

    assert ours
    assert theirs
    assert int(ours[1]) >= int(theirs[1]) + 10
