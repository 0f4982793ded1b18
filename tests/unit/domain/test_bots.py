"""Programs that look ahead are told apart from people, by rules that are data."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.bots import TOO_SOON, Visit, visitor_of
from tests.support.fakes import START

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
PIXEL = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/136.0.0.0 Mobile Safari/537.36"
)
CUBOT = PIXEL.replace("Pixel 9", "CUBOT NOTE 50")
DESKTOP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:138.0) Gecko/20100101 Firefox/138.0"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15"
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko)"
    " Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)


def visit(agent: str = IPHONE, method: str = "GET", **changes: Any) -> Visit:
    headers = {"User-Agent": agent, **changes.pop("headers", {})}
    sent_at: datetime | None = changes.pop("sent_at", START)
    return Visit(method, headers, changes.pop("at", START + timedelta(minutes=5)), sent_at)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (IPHONE, "phone"),
        (PIXEL, "phone"),
        (CUBOT, "phone"),
        (DESKTOP, "computer"),
        (MAC, "computer"),
        (IPAD, "tablet"),
        ("SomethingElse/1.0", "other"),
    ],
)
def test_people_come_with_a_browser(agent: str, device: str) -> None:
    visitor = visitor_of(visit(agent))
    assert (visitor.is_bot, visitor.reason, visitor.device) == (False, None, device)


@pytest.mark.parametrize(
    "agent",
    [
        IMESSAGE,
        "WhatsApp/2.23.20.0 A",
        "TelegramBot (like TwitterBot)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0)",
        "Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0.0.0 Safari/537.36",
        "curl/8.5.0",
        "python-requests/2.32",
        "Go-http-client/1.1",
        "Java/17.0.2",
        "okhttp/4.9.0",
        "BarracudaCentral",
        "",
        "  ",
    ],
)
def test_programs_say_what_they_are(agent: str) -> None:
    visitor = visitor_of(visit(agent))
    assert visitor.is_bot
    assert visitor.reason
    assert visitor.device == "program"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"X-Moz": "Prefetch"},
    ],
)
def test_a_browser_that_looks_ahead_is_no_person(headers: dict[str, str]) -> None:
    assert visitor_of(visit(headers=headers)).reason == "looked ahead, as its headers say"


def test_whoever_asks_for_the_headers_only_is_no_person() -> None:
    assert visitor_of(visit(method="HEAD")).is_bot


@pytest.mark.parametrize(
    ("after", "is_bot"),
    [(timedelta(0), True), (TOO_SOON - timedelta(milliseconds=1), True), (TOO_SOON, False)],
)
def test_nobody_taps_that_fast(after: timedelta, is_bot: bool) -> None:  # noqa: FBT001 (of a table)
    assert visitor_of(visit(at=START + after)).is_bot is is_bot


def test_nobody_follows_what_was_not_sent() -> None:
    assert visitor_of(visit(sent_at=None)).reason == "came before the text was sent"
