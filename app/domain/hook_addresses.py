"""Which addresses outgoing webhooks may go to: none within, unless an operator allows it.

Whoever may name an endpoint could otherwise have this service call what only it can reach: a
database on the same machine, the metadata of a cloud (server-side request forgery).
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]

LONGEST_URL = 2_000  # characters
_PORTS = {"https": 443, "http": 80}
_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9])?)*\.?"
)
# Of IPv6 only global unicast is out there (RFC 4291), less Teredo and its neighbours and 6to4,
# both with an IPv4 address inside, and what is for documentation (RFC 9637).
_OUT_THERE = ipaddress.IPv6Network("2000::/3")
_NOT_OUT_THERE = [ipaddress.IPv6Network(each) for each in ("2001::/23", "2002::/16", "3fff::/20")]
_RELAYS = ipaddress.IPv4Network("192.88.99.0/24")  # to 6to4


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes, taken apart."""

    scheme: str  # http or https
    host: str  # a name, or an address without brackets
    port: int
    path: str  # with its query


def read_url(url: str) -> Target:
    """The parts of an endpoint's URL; raises ValueError that says what to mend."""
    if len(url) > LONGEST_URL or not re.fullmatch(r"[!-~]+", url):
        raise ValueError(
            f"must be an address of at most {LONGEST_URL} plain characters, without spaces"
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in _PORTS:
        raise ValueError("must begin with https://")
    if "@" in parts.netloc or parts.fragment:
        raise ValueError("must have no user, password or #fragment in it")
    if not (literal(host) or _NAME.fullmatch(host)) or port == 0:
        raise ValueError("must name a host, as in https://shop.example.com/carillon")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def flaw_of_url(url: str, allowed: Networks) -> str | None:
    """Why this can be no endpoint; None: it can, unless its name leads somewhere else."""
    try:
        target = read_url(url)
    except ValueError as error:
        return str(error)
    if target.scheme == "http" and not allowed:
        return "must begin with https://: what is sent names people"
    address = literal(target.host)
    return why_refused(address, target.scheme, allowed) if address else None


def literal(host: str) -> Address | None:
    """The address that this is, if it is no name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def why_refused(address: Address, scheme: str, allowed: Networks) -> str | None:
    """Why nothing may be sent to this address; None: it may.

    `allowed` are networks of the operator's own; plain http goes to those alone.
    """
    plain = _unwrapped(address)
    if any(plain.version == network.version and plain in network for network in allowed):
        return None
    if not _is_out_there(plain):
        return f"{plain} is no public address: see WEBHOOKS_ALLOW_PRIVATE"
    if scheme != "https":
        return f"{plain} is reached by https alone"
    return None


def _unwrapped(address: Address) -> Address:
    """The IPv4 address in one of IPv6 that only stands for it."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or ipaddress.IPv6Address(address.packed)  # without a zone
    return address


def _is_out_there(address: Address) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address not in _RELAYS
    return address in _OUT_THERE and not any(address in network for network in _NOT_OUT_THERE)
