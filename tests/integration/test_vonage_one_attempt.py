"""One send is one POST, whatever the server does, and a doubt is told from a safe failure.

Against real sockets: which bytes left is a fact of the network, so nothing here is replaced.
"""

import fcntl
import ipaddress
import json
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.domain.message import ClaimedMessage, OutcomeKind
from app.domain.phone import PhoneNumber
from app.vonage import lane, transport
from app.vonage.answers import outcome_of
from app.vonage.client import VonageGateway
from app.vonage.lane import Limits
from app.vonage.tokens import CachedAuth
from app.vonage.transport import AnswerLost, Letter, NotAccepted, OneAttemptClient
from tests.support.exchanges import finished, sent

LONG = 10.0  # seconds a client waits for a server that will answer, however busy the machine is
SHORT = 0.5  # and for one that never will
UUID = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"

Deed = Callable[[socket.socket], bool]
"""What a server does after a whole request; True when the connection stays open."""


@dataclass
class Post:
    connection: int
    head: str
    body: dict[str, str]


@dataclass
class Server:
    """Reads whole requests, notes them, then does what it was told."""

    deed: Deed
    tls: ssl.SSLContext | None = None
    before: Deed = lambda _connection: True  # on a new connection, before anything is read
    posts: list[Post] = field(default_factory=list)
    connections: int = 0
    closed: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_error: object) -> None:
        for connection in (self._listener, *self._open):
            _cut(connection)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()

    @property
    def address(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            self._open.append(connection)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection, self.connections))
            self._threads.append(thread)
            thread.start()
        self._listener.close()

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            stays = self.before(connection)
            if stays and self.tls:
                connection = self.tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            while stays and (post := _read_post(connection, number)):
                self.posts.append(post)
                stays = self.deed(connection)
        except OSError:
            pass
        finally:
            connection.close()
            self.closed.set()


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        connection.close()


def _read_post(connection: socket.socket, number: int) -> Post | None:
    data = b""
    while b"\r\n\r\n" not in data:
        if not (more := connection.recv(65536)):
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    while len(body) < length:
        body += connection.recv(65536)
    return Post(number, head.decode(), json.loads(body))


def _answer(status: str, body: bytes, *extra: str, length: int | None = None) -> Deed:
    size = len(body) if length is None else length
    head = "\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {size}", *extra, "", ""))

    def deed(connection: socket.socket) -> bool:
        connection.sendall(head.encode() + body)
        return length is None

    return deed


def _raw(data: bytes) -> Deed:
    def deed(connection: socket.socket) -> bool:
        connection.sendall(data)
        return False

    return deed


def _hang(connection: socket.socket) -> bool:
    connection.settimeout(5)
    while connection.recv(65536):
        pass  # until the client gives up
    return False


def _patience(deed: Deed) -> float:
    return SHORT if deed is _hang else LONG


def _close(_connection: socket.socket) -> bool:
    return False


def _reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return False


def _read_one_and_reset(connection: socket.socket) -> bool:
    connection.recv(1)
    return _reset(connection)


ACCEPT = _answer("202 Accepted", json.dumps({"message_uuid": UUID}).encode())
REDIRECT = _answer("307 Temporary Redirect", b"", "Location: /v1/messages")


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def auth(key: RSAPrivateKey) -> CachedAuth:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return CachedAuth("app", pem.decode())


Connect = Callable[..., VonageGateway]


@pytest.fixture
def connect(auth: CachedAuth) -> Iterator[Connect]:
    opened: list[VonageGateway] = []

    def connect(
        address: str, *, verify: bool | str = True, opens: float = LONG, reads: float = LONG
    ) -> VonageGateway:
        opened.append(VonageGateway(auth, address, opens, reads, verify=verify))
        return opened[-1]

    yield connect
    for gateway in opened:
        gateway.close()


@dataclass(frozen=True)
class Certificate:
    path: str
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(key: RSAPrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """For 127.0.0.1, signed by itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a Vonage of our own")])
    now = datetime.now(UTC)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(host, critical=False)
        .sign(key, SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    path, key_path = folder / "certificate.pem", folder / "key.pem"
    path.write_bytes(signed.public_bytes(Encoding.PEM))
    key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key_path)
    return Certificate(str(path), context)


def _message(ref: str = "one") -> ClaimedMessage:
    return ClaimedMessage(ref, PhoneNumber("+447700900000"), "Carillon", "Hi", 0.0)


class _TlsServer(Server):
    """Does what it does before reading over TLS too."""

    def _serve(self, connection: socket.socket, number: int) -> None:
        assert self.tls is not None
        secure = self.tls.wrap_socket(connection, server_side=True)
        self._open.append(secure)
        self.tls = None
        super()._serve(secure, number)


DOUBTS = {
    "closes": _close,
    "hangs": _hang,
    "resets": _reset,
    "closes in the status line": _raw(b"HTTP/1.1 20"),
    "closes in the headers": _raw(b"HTTP/1.1 202 Accepted\r\nContent-Le"),
    "closes in the body": _answer("202 Accepted", b'{"message_uuid": "aaa', length=60),
    "closes in a chunk": _raw(b'HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"me'),
    "speaks something else": _raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "accepts with garbage": _answer("202 Accepted", b"<html>"),
    "accepts with nothing": _answer("202 Accepted", b""),
    "accepts without an id": _answer("202 Accepted", b"{}"),
    "answers 500": _answer("500 Oops", b""),
    "answers 502": _answer("502 Bad Gateway", b"<html>"),
    "answers 503": _answer("503 Busy", b"", "Retry-After: 1"),
}


@pytest.mark.parametrize("deed", DOUBTS.values(), ids=DOUBTS)
def test_a_server_that_read_the_request_and_gave_no_clear_answer_leaves_a_doubt(
    connect: Connect, deed: Deed
) -> None:
    with Server(deed) as server:
        outcome = sent(connect(server.address, reads=_patience(deed)), _message())
        assert outcome.kind is OutcomeKind.IN_DOUBT, outcome
        assert len(server.posts) == 1


@pytest.mark.parametrize("deed", [_close, _hang, _reset], ids=["closes", "hangs", "resets"])
def test_a_doubt_over_tls_is_the_same(
    connect: Connect, certificate: Certificate, deed: Deed
) -> None:
    with Server(deed, certificate.context) as server:
        gateway = connect(server.address, verify=certificate.path, reads=_patience(deed))
        outcome = sent(gateway, _message())
        assert outcome.kind is OutcomeKind.IN_DOUBT, outcome
        assert len(server.posts) == 1


@pytest.mark.parametrize("deed", [_close, _hang, _reset], ids=["closes", "hangs", "resets"])
def test_a_doubt_on_a_reused_connection_is_the_same(connect: Connect, deed: Deed) -> None:
    with Server(ACCEPT) as server:
        gateway = connect(server.address, reads=_patience(deed))
        assert sent(gateway, _message()).kind is OutcomeKind.ACCEPTED
        server.deed = deed
        outcome = sent(gateway, _message("two"))
        assert outcome.kind is OutcomeKind.IN_DOUBT, outcome
        assert [post.body["client_ref"] for post in server.posts] == ["one", "two"]
        server.deed = ACCEPT
        assert sent(gateway, _message("three")).kind is OutcomeKind.ACCEPTED, "and life goes on"


def test_a_redirect_is_not_followed(connect: Connect) -> None:
    with Server(REDIRECT) as server:
        outcome = sent(connect(server.address), _message())
        assert outcome.kind is OutcomeKind.CAMPAIGN_MUST_PAUSE
        assert "VONAGE_API_URL" in outcome.reason
        assert len(server.posts) == 1


def test_a_refusal_whose_body_is_cut_is_still_a_refusal(connect: Connect) -> None:
    with Server(_answer("402 Payment Required", b'{"ti', length=60)) as server:
        outcome = sent(connect(server.address), _message())
        assert outcome.kind is OutcomeKind.CAMPAIGN_MUST_PAUSE
        assert outcome.reason == "Payment Required (HTTP 402)"


def test_a_refused_connection_is_no_doubt(connect: Connect) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and nobody listens
        port = nobody.getsockname()[1]
        outcome = sent(connect(f"http://127.0.0.1:{port}"), _message())
    assert outcome.kind is OutcomeKind.TRY_LATER
    assert "Connection refused" in outcome.reason


HANDSHAKES = {
    "closes": _close,
    "hangs": _hang,
    "resets": _read_one_and_reset,
    "speaks plain": _raw(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
}


@pytest.mark.parametrize("before", HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_failed_tls_handshake_is_no_doubt(
    connect: Connect, certificate: Certificate, before: Deed
) -> None:
    with Server(ACCEPT, certificate.context, before) as server:
        gateway = connect(server.address, verify=certificate.path, opens=_patience(before))
        outcome = sent(gateway, _message())
        assert outcome.kind is OutcomeKind.TRY_LATER, outcome
        assert not server.posts


def test_a_certificate_that_is_not_trusted_is_no_doubt_and_gets_no_message(
    connect: Connect, certificate: Certificate
) -> None:
    with Server(ACCEPT, certificate.context) as server:
        outcome = sent(connect(server.address), _message())
        assert outcome.kind is OutcomeKind.TRY_LATER
        assert "self-signed" in outcome.reason.replace("self signed", "self-signed")
        assert not server.posts


def test_a_connection_that_is_reset_before_anything_was_read_is_a_doubt_all_the_same(
    connect: Connect,
) -> None:
    """The bytes were handed to the network: that they were not read is not known here."""
    with Server(ACCEPT, before=_read_one_and_reset) as server:
        outcome = sent(connect(server.address), _message())
        assert outcome.kind is OutcomeKind.IN_DOUBT
        assert not server.posts


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_connection_is_kept(connect: Connect, certificate: Certificate, *, secure: bool) -> None:
    with Server(ACCEPT, certificate.context if secure else None) as server:
        gateway = connect(server.address, verify=certificate.path)
        for number in range(20):
            outcome = sent(gateway, _message(str(number)))
            assert outcome.message_uuid == UUID
        assert (len(server.posts), server.connections) == (20, 1)


def test_refusals_keep_the_connection_too(connect: Connect) -> None:
    with Server(_answer("429 Too Many", b"{}", "Retry-After: 3")) as server:
        gateway = connect(server.address)
        assert {sent(gateway, _message()).retry_after for _ in range(3)} == {3.0}
        assert server.connections == 1


def test_a_monstrous_answer_is_not_read_to_its_end(connect: Connect) -> None:
    with Server(_answer("202 Accepted", b" " * 10_000_000)) as server:
        gateway = connect(server.address)
        assert sent(gateway, _message()).kind is OutcomeKind.IN_DOUBT
        server.deed = ACCEPT
        assert sent(gateway, _message()).kind is OutcomeKind.ACCEPTED
        assert server.connections == 2


def test_what_is_sent_at_once_shares_no_connection_and_no_headers(connect: Connect) -> None:
    with Server(ACCEPT) as server:
        gateway = connect(server.address)
        start = threading.Barrier(2)

        def run(name: str) -> None:
            start.wait(5)
            for _ in range(10):
                sent(gateway, _message(name))

        threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(server.posts) == 20
        assert server.connections == 2
        for post in server.posts:
            assert post.head.startswith("POST /v1/messages HTTP/1.1\r\n")
            assert post.head.count("Authorization: Bearer ey") == 1
            assert post.head.count("Host: 127.0.0.1:") == 1


def test_a_connection_that_the_server_closed_while_idle_makes_no_doubt(connect: Connect) -> None:
    def accept_and_close(connection: socket.socket) -> bool:
        ACCEPT(connection)
        return False

    with Server(accept_and_close) as server:
        gateway = connect(server.address)
        for number in range(3):
            assert sent(gateway, _message(str(number))).kind is OutcomeKind.ACCEPTED
            assert server.closed.wait(5)
            server.closed.clear()
        assert (len(server.posts), server.connections) == (3, 3)


def _at_once(gateway: VonageGateway, count: int) -> None:
    threads = [threading.Thread(target=sent, args=(gateway, _message())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_connections_that_nobody_needs_any_more_are_closed(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(3, timeout=5)

    def answer(connection: socket.socket) -> bool:
        together.wait()
        return ACCEPT(connection)

    with Server(answer) as server:
        gateway = connect(server.address)
        _at_once(gateway, 3)
        assert server.connections == 3
        server.deed = ACCEPT
        assert not server.closed.is_set()
        monkeypatch.setattr(transport, "MAX_IDLE", 0.0)
        assert sent(gateway, _message()).kind is OutcomeKind.ACCEPTED
        assert server.closed.wait(5)


def _a_byte_at_a_time(connection: socket.socket) -> bool:
    for byte in b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}":
        connection.sendall(bytes([byte]))
        time.sleep(SHORT / 5)
    return False


def test_an_answer_that_trickles_is_not_waited_for_longer_than_another(connect: Connect) -> None:
    with Server(_a_byte_at_a_time) as server:
        began = time.monotonic()
        outcome = sent(connect(server.address, reads=SHORT), _message())
        assert outcome.kind is OutcomeKind.IN_DOUBT
        assert time.monotonic() - began < SHORT * 4


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "MAX_IDLE", 0.0)
    with Server(ACCEPT) as server:
        gateway = connect(server.address)
        assert {sent(gateway, _message()).kind for _ in range(3)} == {OutcomeKind.ACCEPTED}
        assert server.connections == 3


def test_the_environment_is_not_looked_at(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login somebody password else\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Server(ACCEPT) as server:
        assert sent(connect(server.address), _message()).kind is OutcomeKind.ACCEPTED
        assert "Authorization: Bearer " in server.posts[0].head
        assert "Basic" not in server.posts[0].head


def test_an_environment_cannot_change_whom_we_trust(
    connect: Connect, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, certificate.path)
    with Server(ACCEPT, certificate.context) as server:
        assert sent(connect(server.address), _message()).kind is OutcomeKind.TRY_LATER
        assert not server.posts


def test_cookies_are_not_kept(connect: Connect) -> None:
    body = json.dumps({"message_uuid": UUID}).encode()
    with Server(_answer("202 Accepted", body, "Set-Cookie: a=b")) as server:
        gateway = connect(server.address)
        sent(gateway, _message())
        sent(gateway, _message())
        assert "cookie" not in server.posts[1].head.lower()


def _answer_in_the_middle(answer: bytes) -> Deed:
    """Reads the headers and a little more, answers, and closes with the rest unread."""

    def before(connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(1024)
        connection.sendall(answer)
        _wait_until_heard(connection)
        return False

    return before


def _wait_until_heard(connection: socket.socket) -> None:
    """Closing with something unread throws away what the system has not handed over yet."""
    deadline = time.monotonic() + LONG
    while _unheard(connection):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _unheard(connection: socket.socket) -> int:
    """Bytes sent that the other side has not acknowledged."""
    return int(struct.unpack("i", fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)))[0])


def _too_large_to_be_sent_at_once(
    auth: CachedAuth,
    server: Server,
    verify: bool | str = True,  # noqa: FBT001, FBT002 (as the gateway takes it)
) -> NotAccepted:
    """Larger than all that systems between two programs keep, so that writing must wait."""
    client = OneAttemptClient(auth, server.address, Limits(LONG, LONG, verify))
    try:
        with pytest.raises(NotAccepted) as caught:
            finished(client.deliver(Letter("/v1/messages", {"text": "x" * 50_000_000})))
    finally:
        client.close()
    return caught.value


BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_503_to_a_request_that_was_not_written_to_its_end_is_no_doubt(
    auth: CachedAuth, certificate: Certificate, *, secure: bool
) -> None:
    """What was not written can have been read by nobody, and half a request is no message."""
    deed = _answer_in_the_middle(BUSY)
    server = _TlsServer(ACCEPT, certificate.context, deed) if secure else Server(ACCEPT, None, deed)
    with server:
        refusal = _too_large_to_be_sent_at_once(auth, server, certificate.path if secure else True)

    assert not refusal.answer.whole
    outcome = outcome_of(refusal.answer, datetime.now(UTC))
    assert outcome.kind is OutcomeKind.TRY_LATER
    assert outcome.retry_after == 7.0
    assert outcome.reason == "Service Unavailable (HTTP 503), before the whole request was sent"


def test_another_fault_in_the_middle_is_a_doubt_all_the_same(auth: CachedAuth) -> None:
    answer = BUSY.replace(b"503 Busy", b"500 Oops")
    with Server(ACCEPT, None, _answer_in_the_middle(answer)) as server:
        refusal = _too_large_to_be_sent_at_once(auth, server)

    assert outcome_of(refusal.answer, datetime.now(UTC)).kind is OutcomeKind.IN_DOUBT


def test_a_connection_that_breaks_in_the_middle_without_an_answer_is_a_doubt(
    auth: CachedAuth,
) -> None:
    with Server(ACCEPT, None, _read_one_and_reset) as server:
        client = OneAttemptClient(auth, server.address, Limits(LONG, LONG))
        with pytest.raises(AnswerLost):
            finished(client.deliver(Letter("/v1/messages", {"text": "x" * 50_000_000})))
        client.close()


def test_the_request_after_an_unfinished_one_is_told_by_itself(
    connect: Connect, auth: CachedAuth
) -> None:
    """What is noted of one request must not be believed of the next on the same thread."""
    with Server(ACCEPT, None, _answer_in_the_middle(BUSY)) as server:
        _too_large_to_be_sent_at_once(auth, server)
    with Server(_answer("503 Busy", b"")) as server:
        assert sent(connect(server.address), _message()).kind is OutcomeKind.IN_DOUBT
