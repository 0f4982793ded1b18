"""An answer is the same in whatever pieces it comes; `http.client` gives a second opinion."""

import io
from http.client import HTTPResponse
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vonage.reading import MAX_BODY, Heard, NotHttp, Reading

TOKENS = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=8)
VALUES = st.text("abcdefghijklmnopqrstuvwxyz 0123456789:;=,/", max_size=12).map(str.strip)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """With a length, in chunks, or to the end of the connection; perhaps announced before."""
    status = draw(st.sampled_from([200, 202, 204, 307, 401, 422, 429, 500, 503]))
    body = b"" if status == 204 else draw(st.binary(max_size=60))
    names = draw(st.dictionaries(TOKENS.map("X-".__add__), VALUES, max_size=3))
    head = [f"HTTP/1.1 {status} So", *(f"{name}: {value}" for name, value in names.items())]
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    if status == 204:
        framing = "none"
    if framing == "length":
        head.append(f"Content-Length: {len(body)}")
    elif framing == "chunked":
        head.append("Transfer-Encoding: chunked")
        cut = draw(st.integers(0, len(body)))
        parts = [part for part in (body[:cut], body[cut:]) if part]
        body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    before = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
    return before + "\r\n".join([*head, "", ""]).encode() + body


class _Socket:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def read(*pieces: bytes) -> tuple[Reading, Heard]:
    reading = Reading()
    for piece in (*pieces, b""):
        if not reading.is_over:
            reading.feed(piece)
    return reading, reading.heard()


@given(answers(), st.data())
def test_it_is_read_alike_in_one_piece_in_many_and_by_the_standard_library(
    answer: bytes, data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(1, len(answer) - 1), max_size=5).map(sorted))
    pieces = [answer[start:end] for start, end in pairwise([0, *cuts, len(answer)]) if start < end]
    other = HTTPResponse(_Socket(answer), method="POST")  # type: ignore[arg-type]  # all that it asks of a socket
    other.begin()

    _, heard = read(*pieces)

    assert heard == read(answer)[1]
    assert heard.status == other.status
    assert heard.body == other.read()
    assert heard.headers == {name.lower(): value for name, value in other.getheaders()}


OK = b"HTTP/1.1 202 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("answer", "stays"),
    [
        (OK, True),
        (OK.replace(b"OK", b"OK\r\nConnection: close"), False),
        (OK.replace(b"1.1", b"1.0"), False),
        (OK + b"more", False),
        (OK + OK.replace(b"202", b"500"), False),
        (b"HTTP/1.1 202 OK\r\n\r\n{}", False),
        (b"HTTP/1.1 204 OK\r\n\r\n", True),
    ],
)
def test_a_connection_is_kept_only_when_nothing_more_can_come(
    answer: bytes, *, stays: bool
) -> None:
    reading, heard = read(answer)
    assert heard.status in {202, 204}
    assert heard.body in {b"{}", b""}
    assert reading.stays_open is stays


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 20",
        b"HTTP/1.1 202 OK\r\nContent-Le",
        b"HTTP/1.1 202 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"HTTP/1.1 202 OK\r\nX: " + b"x" * 70_000,
    ],
    ids=["another protocol", "cut status", "cut headers", "two lengths", "endless head"],
)
def test_what_is_no_whole_head_is_no_answer(answer: bytes) -> None:
    with pytest.raises(NotHttp):
        read(answer)


@pytest.mark.parametrize(
    "answer",
    [OK[:-1], b"HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{"],
    ids=["length", "chunk"],
)
def test_a_body_that_was_cut_is_none_and_the_status_stands(answer: bytes) -> None:
    reading = Reading()
    reading.feed(answer)
    with pytest.raises(ConnectionAbortedError):
        reading.feed(b"")
    assert reading.heard() == Heard(202, reading.heard().headers, None)
    assert not reading.stays_open


def test_no_more_is_kept_than_a_real_answer_could_have() -> None:
    reading, heard = read(OK.replace(b" 2\r\n", b" 9999999\r\n") + b"x" * 2 * MAX_BODY)
    assert reading.is_over
    assert not reading.stays_open
    assert heard.body is not None
    assert len(heard.body) == MAX_BODY
