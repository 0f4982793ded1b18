"""Heads that are alike, and all that is not: gunicorn's own parser says what each means."""

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import wsgi
from gunicorn.http.errors import InvalidResponseHeader
from gunicorn.http.parser import RequestParser

from app.heads import Answer, Heads

_LONGEST = 8190
HEAD = (
    "POST /webhooks/status HTTP/1.1",
    "Host: here",
    "X-Forwarded-For: 192.0.2.7",
    "X-Forwarded-Proto: https",
    "X-Request-Id: one",
    "Content-Type: application/json",
    "Authorization: Bearer eyJ.a-b_c.d",
    "Content-Length: 2",
)


def request(
    changes: Mapping[str, str | None] | None = None, body: str = "{}", more: str = ""
) -> bytes:
    lines = [HEAD[0]]
    for line in HEAD[1:]:
        name, _, value = line.partition(": ")
        told = (changes or {}).get(name, value)
        lines += [] if told is None else [f"{name}: {told}"]
    return ("\r\n".join(lines) + "\r\n" + more + "\r\n" + body).encode("latin-1")


def read(heard: bytes) -> tuple[Any, dict[str, Any]]:
    """As gunicorn does."""
    config = Config()
    made = next(RequestParser(config, [heard], ("127.0.0.1", 1)))
    _, environ = wsgi.create(made, None, ("127.0.0.1", 1), ("127.0.0.1", 80), config)
    return made, environ


def told(environ: Mapping[str, Any]) -> dict[str, Any]:
    """What an application is told, the body included."""
    others = {"wsgi.input", "wsgi.errors", "wsgi.early_hints"}
    plain = {name: value for name, value in environ.items() if name not in others}
    return {**plain, "body": environ["wsgi.input"].read()}


def known(heard: bytes) -> Heads:
    heads = Heads(_LONGEST)
    heads.keep(heard, *read(heard))
    return heads


ALIKE: dict[str, bytes] = {
    "the same": request(),
    "another token": request({"Authorization": "Bearer x.y.z"}),
    "another id": request({"X-Request-Id": "0a-_.Z"}),
    "another body": request({"Content-Length": "11"}, '{"a": "\\n"}'),
    "all of them": request(
        {"Authorization": "bearer q", "X-Request-Id": "2", "Content-Length": "0"}, ""
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_is_alike_is_told_as_gunicorn_tells_it(name: str) -> None:
    heads = known(request())

    found = heads.request(ALIKE[name])

    assert found is not None
    assert told(found.environ) == told(read(ALIKE[name])[1])


OTHERS: dict[str, bytes] = {
    "another address": request({"X-Forwarded-For": "192.0.2.8"}),
    "another scheme": request({"X-Forwarded-Proto": "http"}),
    "another header": request(more="X-More: yes\r\n"),
    "a header less": request({"X-Request-Id": None}),
    "a header twice": request(more="X-Request-Id: two\r\n"),
    "a length twice": request(more="Content-Length: 2\r\n"),
    "chunks": request(more="Transfer-Encoding: chunked\r\n"),
    "it closes": request(more="Connection: close\r\n"),
    "it expects": request(more="Expect: 100-continue\r\n"),
    "another path": request().replace(b"/status ", b"/status?a=b "),
    "another version": request().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "another scheme of signing": request({"Authorization": "Basic eyJ"}),
    "a token of two words": request({"Authorization": "Bearer a b"}),
    "no token": request({"Authorization": "Bearer "}),
    "a token that folds": request({"Authorization": "Bearer a\r\n b"}),
    "an id that is no word": request({"X-Request-Id": "caf\xe9"}),
    "an id with an end of line": request({"X-Request-Id": "a\nX-Forwarded-For: b"}),
    "a length with a sign": request({"Content-Length": "+2"}),
    "a long length": request({"Content-Length": "000002"}),
    "a space before the colon": request().replace(b"X-Request-Id:", b"X-Request-Id :"),
    "two spaces": request({"X-Request-Id": " one"}),
    "an underscore": request().replace(b"X-Request-Id", b"X_Request_Id"),
    "too little": request()[:-1],
    "two at once": request() + request(),
    "the head alone": request()[:-4],
    "too long": request({"Authorization": f"Bearer {'a' * _LONGEST}"}),
    "nothing": b"",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_alike_is_left_to_gunicorn(name: str) -> None:
    assert known(request()).request(OTHERS[name]) is None


NEVER: dict[str, bytes] = {
    "chunks": request(
        {"Content-Length": None}, "2\r\n{}\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"
    ),
    "no length": request({"Content-Length": None}, ""),
    "it closes": request(more="Connection: close\r\n"),
    "it expects": request(more="Expect: 100-continue\r\n"),
    "another version": request().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "an id of two, one of which is no word": request(more="X-Request-Id: a b\r\n"),
    "two ids": request(more="X-Request-Id: two\r\n"),
}


@pytest.mark.parametrize("name", NEVER)
def test_what_is_not_plain_is_never_kept(name: str) -> None:
    class Silent:
        """100 Continue goes nowhere."""

        send = staticmethod(lambda _data: None)

    heard = NEVER[name]
    config = Config()
    made = next(RequestParser(config, [heard], ("127.0.0.1", 1)))
    _, environ = wsgi.create(made, Silent(), ("127.0.0.1", 1), ("127.0.0.1", 80), config)
    heads = Heads(_LONGEST)
    heads.keep(heard, made, environ)

    assert heads.request(heard) is None


def test_what_an_application_does_to_its_environment_is_its_own() -> None:
    heads = known(request())
    found = heads.request(request())
    assert found is not None
    found.environ["REMOTE_ADDR"] = "another"
    found.environ["wsgi.input"] = BytesIO(b"another")

    again = heads.request(request())

    assert again is not None
    assert told(again.environ) == told(read(request())[1])


def test_no_more_than_some_are_kept() -> None:
    heads = Heads(_LONGEST)
    for number in range(100):
        heard = request({"X-Forwarded-For": f"192.0.2.{number}"})
        heads.keep(heard, *read(heard))
        assert heads.request(heard) is not None

    assert len(heads._known) <= 8


ANSWERS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "plain": ("200 OK", [("Content-Length", "2"), ("X-Request-Id", "a"), ("X-More", "yes")]),
    "another value": (
        "200 OK",
        [("Content-Length", "3"), ("X-Request-Id", "b"), ("X-More", "yes")],
    ),
    "one twice": ("200 OK", [("X-More", "yes"), ("X-More", "no"), ("X-More", "no")]),
    "in other letters": ("200 OK", [("x-more", "yes"), ("content-LENGTH", "2")]),
    "in blanks": ("200 OK", [("X-More", " yes "), ("Content-Length", "2")]),
    "not ours to say": (
        "200 OK",
        [("Connection", "close"), ("Keep-Alive", "1"), ("X-More", "yes")],
    ),
    "nothing": ("204 No Content", [("Content-Length", "0"), ("X-More", "yes")]),
    "in chunks": ("503 Away", [("Retry-After", "1")]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_gunicorns(name: str) -> None:
    made, _ = read(request())
    status, headers = ANSWERS[name]
    written = []
    for kind in (wsgi.Response, Answer, Answer):
        sock = _Written()
        response = kind(made, sock, Config())
        response.start_response(status, headers)
        response.write(b"OK")
        response.close()
        written.append((re.sub(rb"Date: [^\r]*", b"", bytes(sock)), response.should_close()))

    assert written[1] == written[2] == written[0]


def test_an_answer_with_a_header_of_two_lines_is_refused_each_time() -> None:
    made, _ = read(request())
    for _ in range(2):
        with pytest.raises(InvalidResponseHeader):
            Answer(made, _Written(), Config()).start_response("200 OK", [("X-More", "a\r\nb: c")])


class _Written(bytearray):
    """What was sent."""

    sendall = bytearray.extend
