"""Links in texts, and the short ones that take their place so that clicks can be counted."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

SLUG_LENGTH = 11  # digits of base 62 that 64 bits need
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BITS = 64
NO_SLUG = "0" * SLUG_LENGTH
"""Stands in a text until its message is queued: as long as any other, and all in GSM 03.38."""

_SLUG = re.compile(rf"[0-9A-Za-z]{{{SLUG_LENGTH}}}")
_LINK = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x1f\x7f]+", re.IGNORECASE)
_BEHIND = ".,;:!?'*_~\u2026\u2019\u201d\u00bb"  # belongs to the sentence where it stands last
_PAIRS = {")": "(", "]": "["}


def slug_of(entropy: bytes) -> str:
    """A name of eleven letters and digits, of the last 64 bits: nobody guesses another one."""
    number = int.from_bytes(entropy) % (1 << _BITS)
    digits = []
    for _ in range(SLUG_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def is_slug(text: str) -> bool:
    """Could this be the name of a short link of ours?"""
    return _SLUG.fullmatch(text) is not None


def links_in(text: str) -> list[str]:
    """Every link to a web page in the text, as it is written, in order."""
    return [text[start:end] for start, end in _places(text)]


def shortened(text: str, base: str) -> tuple[str, tuple[str, ...]]:
    """The text with a short link without its name for each link, and the links in order."""
    places = list(_places(text))
    if not places:
        return text, ()
    written, behind = [], 0
    for start, end in places:
        written += [text[behind:start], _short(base, NO_SLUG)]
        behind = end
    return "".join([*written, text[behind:]]), tuple(text[a:b] for a, b in places)


def named(text: str, base: str, links: tuple[str, ...], slugs: Mapping[str, str]) -> str:
    """The text with the names in it: `slugs` has one for each of the links."""
    pieces = text.split(_short(base, NO_SLUG))
    # What was added behind the last link may look like a short link too: it stays as it is.
    tail = _short(base, NO_SLUG).join(pieces[len(links) :])
    named_links = [_short(base, slugs[link]) for link in links]
    together = zip(pieces, named_links, strict=False)
    return "".join(piece + link for piece, link in together) + tail


def _short(base: str, slug: str) -> str:
    return f"{base.rstrip('/')}/{slug}"


def _places(text: str) -> Iterator[tuple[int, int]]:
    if "://" not in text:
        return
    for found in _LINK.finditer(text):
        link = _without_what_follows(found.group())
        if leads_somewhere(link):
            yield found.start(), found.start() + len(link)


def _without_what_follows(link: str) -> str:
    """Without the full stop, or the bracket that was opened before the link."""
    while link and (link[-1] in _BEHIND or _closes_nothing(link)):
        link = link[:-1]
    return link


def _closes_nothing(link: str) -> bool:
    last = link[-1]
    return last in _PAIRS and link.count(last) > link.count(_PAIRS[last])


def leads_somewhere(link: str) -> bool:
    """Is it an address of a page: http or https, with a host that could have a name?"""
    try:
        parts = urlsplit(link)
        parts.port  # noqa: B018 (raises for a port that is none)
        host = (parts.hostname or "").encode("idna")
    except ValueError:
        return False
    return parts.scheme.lower() in {"http", "https"} and bool(host)
