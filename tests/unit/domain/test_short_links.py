"""Links are found as people write them, and short ones take their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.utils import redirect

from app.domain.segments import BASIC
from app.domain.short_links import (
    NO_SLUG,
    is_slug,
    leads_somewhere,
    links_in,
    named,
    shortened,
    slug_of,
)

BASE = "https://go.test/l"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see https://shop.test/a?b=c#d", ["https://shop.test/a?b=c#d"]),
        ("see https://shop.test/a.", ["https://shop.test/a"]),
        ("(https://shop.test/a)", ["https://shop.test/a"]),
        ("https://wiki.test/a_(b) now", ["https://wiki.test/a_(b)"]),
        ('"http://shop.test"!', ["http://shop.test"]),
        ("<https://shop.test/>", ["https://shop.test/"]),
        ("HTTPS://Shop.TEST/A", ["HTTPS://Shop.TEST/A"]),
        ("https://a.test https://b.test,https://a.test", None),
        ("https://shop.test/\u00fc\u4e2d", ["https://shop.test/\u00fc\u4e2d"]),
        ("https://shop.test:8443/x", ["https://shop.test:8443/x"]),
        ("shop.test and www.shop.test", []),
        ("ftp://shop.test javascript://x", []),
        ("https:// http://? https://:80", []),
        ("https://shop.test:port/", []),
        ("https://[::1", []),
        ("https://a..b https://.b/", []),
        ("https://a\u202eb.test", []),
        ("https://b\u00fccher.test/\u00fc", ["https://b\u00fccher.test/\u00fc"]),
        ("no link at all", []),
    ],
)
def test_links_are_found(text: str, links: list[str] | None) -> None:
    if links is None:
        links = ["https://a.test", "https://b.test,https://a.test"]
    assert links_in(text) == links


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//shop.test", "/admin", "data:text/html,x", "", "https://"]
)
def test_only_pages_of_the_web_lead_somewhere(link: str) -> None:
    assert not leads_somewhere(link)


def test_short_links_stand_where_the_long_ones_stood() -> None:
    text, links = shortened("A https://a.test/1, B https://b.test. A https://a.test/1", BASE)

    assert text == f"A {BASE}/{NO_SLUG}, B {BASE}/{NO_SLUG}. A {BASE}/{NO_SLUG}"
    assert links == ("https://a.test/1", "https://b.test", "https://a.test/1")
    slugs = {"https://a.test/1": "A" * 11, "https://b.test": "B" * 11}
    assert named(text, BASE, links, slugs) == (
        f"A {BASE}/{'A' * 11}, B {BASE}/{'B' * 11}. A {BASE}/{'A' * 11}"
    )


def test_what_only_looks_like_a_short_link_stays() -> None:
    text, links = shortened("https://a.test", BASE)
    with_more = f"{text} {BASE}/{NO_SLUG} end"

    assert named(with_more, BASE, links, {"https://a.test": "A" * 11}) == (
        f"{BASE}/{'A' * 11} {BASE}/{NO_SLUG} end"
    )


@given(st.binary(min_size=8, max_size=10))
def test_a_slug_is_eleven_letters_and_digits(entropy: bytes) -> None:
    slug = slug_of(entropy)

    assert is_slug(slug)
    assert len(slug) == len(NO_SLUG)
    assert set(slug) <= BASIC


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_no_bit_of_it_is_lost(one: int, other: int) -> None:
    slugs = {slug_of(one.to_bytes(8)), slug_of(other.to_bytes(8))}
    assert len(slugs) == len({one, other})


@pytest.mark.parametrize(
    "text", ["", "a" * 10, "a" * 12, "a" * 10 + "-", "\u00e4" * 11, "../../etc/p"]
)
def test_what_could_be_no_slug_is_none(text: str) -> None:
    assert not is_slug(text)


@given(st.text(st.sampled_from("ab:/.[]@#?%&=\u00e9\u4e2d- 1\u2019\u202e\u3002"), max_size=30))
def test_whatever_is_taken_for_a_link_can_be_led_to(rest: str) -> None:
    environ = EnvironBuilder().get_environ()
    for link in links_in(f"https://{rest}"):
        location = redirect(link).get_wsgi_headers(environ)["Location"]
        assert location.isascii()
        assert location.startswith("https://")


PIECES = st.lists(
    st.one_of(
        st.text(st.characters(exclude_characters=":"), max_size=20),
        st.sampled_from(["https://a.test/x ", " http://b.test/y?z=1 ", f"{BASE}/{NO_SLUG} "]),
    ),
    max_size=8,
)


@given(PIECES)
def test_named_texts_are_as_long_as_they_were_counted(pieces: list[str]) -> None:
    text = "".join(pieces)
    short, links = shortened(text, BASE)
    slugs = {link: f"{place:011}" for place, link in enumerate(dict.fromkeys(links), 1)}
    whole = named(short, BASE, links, slugs)

    assert len(links) == len(links_in(text))
    assert len(whole) == len(short)
    assert sum(whole.count(f"{BASE}/{slug}") for slug in slugs.values()) == len(links)
