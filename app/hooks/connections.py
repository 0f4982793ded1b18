"""Connections to one address that was checked, whatever its name leads to a moment later.

A name is resolved once. All its addresses are looked at, and the connection goes to one of those
that were: asking a second time would let a name answer otherwise (DNS rebinding).
"""

import http.client
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from app.domain.hook_addresses import Networks, Target, literal, why_refused

CONNECT_TIMEOUT = 3.0  # seconds for each address
_TRIED = 3  # addresses of a name


class Refused(Exception):
    """Nothing may be sent there; str(error) says why."""


def addresses_of(target: Target, allowed: Networks) -> list[str]:
    """The addresses of a target, in the order of the resolver; raises Refused, or OSError.

    One address within is enough to refuse all: a public name has none.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    names = list(dict.fromkeys(str(each[4][0]) for each in found))
    for name in names:
        address = literal(name)
        reason = why_refused(address, target.scheme, allowed) if address else f"{name} is unknown"
        if reason:
            raise Refused(f"{target.host}: {reason}")
    return names


def open_connection(
    target: Target, addresses: Sequence[str], context: ssl.SSLContext, timeout: float
) -> http.client.HTTPConnection:
    """A connection to the first of these that answers, not begun; certificates are for the name."""
    if target.scheme == "https":
        return _PinnedTls(target, addresses, context, timeout)
    return _Pinned(target, addresses, timeout)


class _Pinned(http.client.HTTPConnection):
    """Asks no resolver."""

    def __init__(self, target: Target, addresses: Sequence[str], timeout: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout)
        self._addresses = addresses

    def connect(self) -> None:
        self.sock = _connected(self._addresses, self.port, self.timeout)


class _PinnedTls(http.client.HTTPSConnection):
    """The same over TLS: the name is what the certificate must be for."""

    def __init__(
        self, target: Target, addresses: Sequence[str], context: ssl.SSLContext, timeout: float
    ) -> None:
        super().__init__(target.host, target.port, timeout=timeout, context=context)
        self._addresses = addresses
        self._tls = context

    def connect(self) -> None:
        plain = _connected(self._addresses, self.port, self.timeout)
        # Kept before the handshake, so that whoever runs out of patience can end that.
        self.sock = self._tls.wrap_socket(
            plain, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()


def _connected(addresses: Sequence[str], port: int, timeout: float | None) -> socket.socket:
    """Connected to the first that answers, of a few; raises the OSError of the last."""
    *others, last = addresses[:_TRIED]
    for address in others:
        with suppress(OSError):
            return _connected([address], port, timeout)
    connection = socket.socket(socket.AF_INET6 if ":" in last else socket.AF_INET)
    try:
        connection.settimeout(CONNECT_TIMEOUT)
        connection.connect((last, port))
        connection.settimeout(timeout)
    except OSError:
        connection.close()
        raise
    return connection


def end(connection: http.client.HTTPConnection) -> None:
    """Break it off, whoever waits for it; any thread may."""
    broken: Any = connection.sock
    if broken is not None:
        with suppress(OSError):
            socket.socket.shutdown(broken, socket.SHUT_RDWR)
