"""Who followed a link: a person, or a program that looks ahead.

Phones, carriers and virus scanners fetch links to show a preview or to judge them. What they are
known by is data here; a click that no rule names is taken for a person's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

TOO_SOON = timedelta(seconds=3)
"""A text is not delivered, noticed and tapped in less, counted from its last attempt."""

PREVIEWS = (
    # What messengers and mail programs call themselves when they draw a preview.
    *("facebookexternalhit", "facebot", "twitterbot", "whatsapp", "telegrambot", "slackbot"),
    *("discordbot", "skypeuripreview", "linkedinbot", "pinterestbot", "line-poker"),
    *("googleimageproxy", "google-safety", "googlemessages", "applebot", "bingpreview"),
    *("redditbot", "iframely", "embedly", "vkshare", "mattermost", "snap url preview"),
)
SCANNERS = (
    # Firms that judge links, and what carriers use.
    *("barracuda", "proofpoint", "mimecast", "safelinks", "symantec", "trendmicro", "fortinet"),
    *("paloalto", "zscaler", "virustotal", "urlscan", "netcraft", "phishtank", "cisco"),
)
PROGRAMS = (
    # Libraries, robots and browsers without a window.
    *("bot", "crawler", "crawl", "spider", "slurp", "preview", "scanner", "fetch", "monitor"),
    *("curl/", "wget/", "python-", "python/", "go-http-client", "java/", "okhttp", "libwww"),
    *("axios/", "node-fetch", "undici", "ruby", "php/", "apache-httpclient", "httpie"),
    *("headless", "phantomjs", "puppeteer", "playwright", "selenium", "lighthouse"),
)
PURPOSES = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")  # headers
_AHEAD = ("prefetch", "prerender", "preview")
_NO_BOTS = ("cubot",)  # a maker of phones

_DEVICES = (
    ("iphone", "phone"),
    ("ipad", "tablet"),
    ("android", "phone"),
    ("mobile", "phone"),
    ("windows", "computer"),
    ("macintosh", "computer"),
    ("linux", "computer"),
    ("cros", "computer"),
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a short link, as far as it tells who made it."""

    method: str
    headers: Mapping[str, str]  # looked up by name as they are written, in any case
    at: datetime
    sent_at: datetime | None  # of the message; None: it has not left


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who followed a link."""

    is_bot: bool
    reason: str | None  # the rule that says so
    device: str  # phone, tablet, computer, program or other: all that is kept of the browser


def visitor_of(visit: Visit) -> Visitor:
    """A person, unless a rule says otherwise."""
    agent = visit.headers.get("User-Agent", "").lower()
    reason = _of_request(visit) or _of_agent(agent) or _of_time(visit)
    return Visitor(reason is not None, reason, _device(agent))


def _of_request(visit: Visit) -> str | None:
    if visit.method == "HEAD":
        return "asked for the headers only"
    purposes = [visit.headers.get(name, "").lower() for name in PURPOSES]
    if any(word in purpose for purpose in purposes for word in _AHEAD):
        return "looked ahead, as its headers say"
    return None


def _of_agent(agent: str) -> str | None:
    if not agent.strip():
        return "says nothing of itself"
    for phone in _NO_BOTS:
        agent = agent.replace(phone, "")
    for names, reason in (
        (PREVIEWS, "draws previews"),
        (SCANNERS, "judges links"),
        (PROGRAMS, "is a program"),
    ):
        if any(name in agent for name in names):
            return reason
    return None


def _of_time(visit: Visit) -> str | None:
    if visit.sent_at is None:
        return "came before the text was sent"
    if visit.at - visit.sent_at < TOO_SOON:
        return f"came within {TOO_SOON.seconds} seconds of sending"
    return None


def _device(agent: str) -> str:
    if not agent.strip() or _of_agent(agent):
        return "program"
    return next((device for word, device in _DEVICES if word in agent), "other")
