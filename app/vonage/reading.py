"""An answer, read as its pieces come: llhttp, the parser of Node.js, knows where it ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_BODY = 64 * 1024  # bytes of an answer that are kept; a real one has a few hundred
_MAX_HEAD = 64 * 1024  # bytes in which its headers must have come

_SWITCHING = 101  # the one answer below 200 that no other one follows (RFC 9110, section 15.2)
_FIRST_FINAL = 200


class NotHttp(Exception):
    """What came is no answer in HTTP."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer as it came, the names of its headers in small letters.

    `body` is None when it was cut short or could not be read.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class Reading:
    """One answer. What begins with `on_` is for the parser."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._length = 0  # bytes that came, of whatever
        self._is_whole = False
        self.status = 0  # 0: not yet heard, headers included
        self.stays_open = False  # may the connection be used again?

    def feed(self, piece: bytes) -> None:
        """Read on; an empty piece is the end. Raises NotHttp."""
        if not piece:
            self._end()
            return
        self._length += len(piece)
        try:
            self._parser.feed_data(piece)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.stays_open = False
            if not self._is_whole:  # else it is what came behind the answer
                raise NotHttp(type(error).__name__) from error
        if not self.status and self._length > _MAX_HEAD:
            raise NotHttp("HeadTooLong")

    @property
    def has_begun(self) -> bool:
        """Has a byte come?"""
        return self._length > 0

    @property
    def is_over(self) -> bool:
        """Is nothing more to be read?"""
        return self._is_whole or len(self._body) >= MAX_BODY

    def heard(self) -> Heard:
        """What is known of it by now; to be asked when there is a status."""
        body = bytes(self._body[:MAX_BODY]) if self.is_over else None
        return Heard(self.status, self._headers, body)

    def close(self) -> None:
        """Nothing more will be read: parser and reading hold one another no longer.

        Until Python looks for such circles, hundreds of answers would be kept.
        """
        del self._parser

    def _end(self) -> None:
        """Of the connection, which ends an answer that names no length."""
        if not self.status:
            raise NotHttp("Incomplete")
        if self._headers.keys() & {"content-length", "transfer-encoding"}:
            raise ConnectionAbortedError
        self._is_whole = True

    def on_message_begin(self) -> None:
        self.stays_open = False  # of a second answer nobody asked for

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_whole:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if not self._is_whole:
            self.status = self._parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        if not self._is_whole:
            self._body += piece

    def on_message_complete(self) -> None:
        if self._is_whole:
            return
        if self.status < _FIRST_FINAL and self.status != _SWITCHING:
            self.status = 0
            self._headers.clear()
            return
        self._is_whole = True
        self.stays_open = self._parser.should_keep_alive()
