"""One call of an endpoint: to the address that was checked, bounded, led nowhere else."""

import ipaddress
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.hooks.caller import HookCaller
from tests.support.fakes import START
from tests.support.receivers import receiver

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def post(caller: HookCaller, url: str) -> Any:
    return caller.post(url, {"webhook-id": "1"}, '{"a":"ü"}')


def resolves(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let names lead to these addresses, one answer after the other; returns what was asked."""
    asked: list[str] = []
    left = list(answers)

    def answer(host: str, port: int, **_options: Any) -> Any:
        asked.append(host)
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_it_arrives_word_for_word() -> None:
    with receiver() as here:
        answer = post(HookCaller(LOOPBACK), f"{here.url}?a=b")

    (call,) = here.calls
    assert (call.body.decode(), call.id) == ('{"a":"ü"}', "1")
    assert call.headers["Content-Type"] == "application/json"
    assert (answer.is_good, answer.code, answer.excerpt, answer.problem) == (
        *(True, 200, "thanks", None),
    )
    assert 0 < answer.duration < 5


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://localhost/", "https://127.1/", "https://2130706433/"),
        *("https://0x7f.0.0.1/", "https://0/", "https://[::1]/", "https://[::ffff:127.0.0.1]/"),
        *("http://127.0.0.1/", "ftp://x.test/", "https://[fd00::1]/"),
    ],
)
def test_nothing_within_is_called_however_it_is_written(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_arguments: object) -> None:
        raise AssertionError("it was called")

    monkeypatch.setattr(socket.socket, "connect", never)
    answer = post(HookCaller(), url)

    assert (answer.code, answer.is_good) == (None, False)
    assert answer.problem


def test_a_name_with_one_address_within_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves(monkeypatch, ["8.8.8.8", "169.254.169.254"])

    answer = post(HookCaller(), "https://shop.example.com/")

    assert "169.254.169.254 is no public address" in str(answer.problem)


def test_a_name_that_answers_otherwise_the_second_time_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiver() as checked, receiver() as other:
        port = int(checked.url.split(":")[2].split("/")[0])
        asked = resolves(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
        answer = post(HookCaller(LOOPBACK), f"http://rebinding.test:{port}/")

    assert answer.is_good
    assert asked == ["rebinding.test"]  # once: there is no second time
    assert (len(checked.calls), len(other.calls)) == (1, 0)
    assert checked.calls[0].headers["Host"] == f"rebinding.test:{port}"


def test_the_next_address_is_tried_where_the_first_is_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as here:
        port = int(here.url.split(":")[2].split("/")[0])
        resolves(monkeypatch, ["127.0.0.2", "127.0.0.1"])
        assert post(HookCaller(LOOPBACK), f"http://two.test:{port}/").is_good


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_no_redirect_is_followed(code: int) -> None:
    with receiver() as elsewhere, receiver() as here:
        here.code, here.headers = code, {"Location": elsewhere.url}
        answer = post(HookCaller(LOOPBACK), here.url)

    assert elsewhere.calls == []
    assert (answer.code, answer.is_good) == (code, False)
    assert "redirects are not followed" in str(answer.problem)


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as here:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert post(HookCaller(LOOPBACK), here.url).is_good

    assert proxy.calls == []


def test_what_it_says_is_kept_in_part_and_never_read_to_the_end() -> None:
    with receiver() as here:
        here.code, here.body = 503, b"\x1b[31mno\r\n" + b"x" * 30_000_000
        here.headers = {"Retry-After": "120"}
        answer = post(HookCaller(LOOPBACK), here.url)

    assert answer.excerpt.startswith(" [31mno x")
    assert len(answer.excerpt) == 500
    assert (answer.problem, answer.retry_after, answer.is_gone) == ("answered 503", 120.0, False)


def test_a_silent_one_is_left_in_time() -> None:
    with receiver() as here:
        here.before = lambda: time.sleep(2)
        answer = post(HookCaller(LOOPBACK, timeout=0.3), here.url)

    assert 0.25 < answer.duration < 1.5
    assert answer.problem == "no answer within 0.3 seconds"


def test_one_that_speaks_a_byte_at_a_time_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        import threading  # noqa: PLC0415 (only here)

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    for _ in range(200):
                        connection.sendall(b"H")
                        time.sleep(0.05)
                except OSError:
                    pass

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        answer = post(HookCaller(LOOPBACK, timeout=0.5), url)
        thread.join()

    assert answer.duration < 2
    assert answer.code is None


def test_nobody_there_is_told_in_words() -> None:
    answer = post(HookCaller(LOOPBACK), "http://127.0.0.1:9/")

    assert answer.code is None
    assert "ConnectionRefusedError" in str(answer.problem)


def certificate(folder: Path, name: str) -> Path:
    """A certificate and its key for this name, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START.replace(year=2020))
        .not_valid_after(START.replace(year=2100))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def test_the_certificate_is_for_the_name_although_the_address_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path, "shop.test")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(pem)
    trusting = HookCaller(LOOPBACK, context=ssl.create_default_context(cafile=str(pem)))
    with receiver(served) as here:
        port = here.url.split(":")[2].split("/")[0]
        resolves(monkeypatch, ["127.0.0.1"])
        assert post(trusting, f"https://shop.test:{port}/").is_good
        other = post(trusting, f"https://other.test:{port}/")
        unknown = post(HookCaller(LOOPBACK), f"https://shop.test:{port}/")

    assert len(here.calls) == 1
    assert "certificate is not accepted" in str(other.problem)
    assert "certificate is not accepted" in str(unknown.problem)
