"""Where outgoing webhooks may go: the table of what server-side request forgery tries."""

import ipaddress

import pytest

from app.domain.errors import FixInput
from app.domain.hook_addresses import flaw_of_url, read_url, why_refused
from app.domain.hooks import HookEvent, HookWish, read_events

WITHIN = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.1", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1"),
    *("100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1"),
    *("192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "ff0e::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:100.64.0.1"),
    *("::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::1", "2001:0:1::1"),
    *("2001:db8::1", "3fff::1", "100::1", "5f00::1", "fec0::1"),
]
OUT_THERE = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"]
NETWORKS = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")]


@pytest.mark.parametrize("address", WITHIN)
def test_nothing_within_is_called(address: str) -> None:
    told = why_refused(ipaddress.ip_address(address), "https", ())

    assert told is not None
    assert "no public address" in told


@pytest.mark.parametrize("address", OUT_THERE)
def test_what_is_out_there_is_called_by_https_alone(address: str) -> None:
    found = ipaddress.ip_address(address)

    assert why_refused(found, "https", ()) is None
    assert "https alone" in str(why_refused(found, "http", NETWORKS))


@pytest.mark.parametrize("address", ["10.1.2.3", "::1", "::ffff:10.1.2.3"])
def test_what_the_operator_allows_is_called_by_either(address: str) -> None:
    found = ipaddress.ip_address(address)

    assert why_refused(found, "https", NETWORKS) is None
    assert why_refused(found, "http", NETWORKS) is None
    assert why_refused(ipaddress.ip_address("169.254.169.254"), "http", NETWORKS) is not None


@pytest.mark.parametrize(
    "url",
    [
        *("", "shop.example.com", "ftp://shop.example.com/", "file:///etc/passwd", "https://"),
        *("https:///x", "https://user:pass@shop.example.com/", "https://shop.example.com/#part"),
        *("https://shop.example.com/a b", "https://shop.example.com/\r\nX: y", "https://[::1"),
        *("https://shop.example.com:0/", "https://shop.example.com:99999/", "https://bücher.de/"),
        *("https://" + "a" * 2_000, "gopher://127.0.0.1/", "https://a..b/", "https://-a.b/"),
        *("http://shop.example.com/", "https://127.0.0.1/", "https://[::ffff:127.0.0.1]/"),
        *("https://169.254.169.254/latest/meta-data", "https://[fe80::1%25eth0]/"),
    ],
)
def test_what_can_be_no_endpoint(url: str) -> None:
    assert flaw_of_url(url, ()) is not None


def test_an_address_is_taken_apart() -> None:
    target = read_url("https://Shop.Example.com:8443/a/b?c=d")

    assert (target.scheme, target.host, target.port, target.path) == (
        *("https", "shop.example.com", 8443, "/a/b?c=d"),
    )
    assert read_url("https://shop.example.com").path == "/"
    assert read_url("http://[::1]:80/x").host == "::1"
    assert flaw_of_url("https://8.8.8.8/hook", ()) is None
    assert flaw_of_url("http://10.0.0.1/hook", NETWORKS) is None


def test_every_mistake_of_a_wish_is_named() -> None:
    with pytest.raises(FixInput) as found:
        HookWish("http://127.0.0.1/", frozenset(), "x\n").check(())

    assert [each.pointer for each in found.value.mistakes] == ["/url", "/events", "/name"]
    with pytest.raises(FixInput, match=r"/events/1"):
        read_events(["message.final", "webhook.test"])
    assert read_events(["message.final"]) == {HookEvent.MESSAGE_FINAL}
