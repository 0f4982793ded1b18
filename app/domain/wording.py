"""Times, quotes and reasons as a support person reads them."""

from collections.abc import Iterable
from datetime import datetime

from app.domain.campaign import OPTED_OUT
from app.domain.history import KnownConsent, KnownMessage

_LONGEST = 80  # characters of a person's own words


def on_day(at: datetime) -> str:
    """As in 3 May 2026."""
    return f"{at.day} {at:%B %Y}"


def at_time(at: datetime) -> str:
    """To the second, with the day: a sentence may stand alone."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def quoted(text: str) -> str:
    """Their own words on one line, and not too many of them."""
    words = " ".join(text.split())
    return f"“{words[:_LONGEST]}…”" if len(words) > _LONGEST else f"“{words}”"


def because(code: str | None, reason: str | None) -> str:
    """The code in brackets and the reason behind a colon, as far as there are any."""
    return (f" ({code})" if code else "") + (f": {reason}" if reason else "")


def how(consent: KnownConsent) -> str:
    """The way in which somebody opted out or in."""
    wording = consent.wording or ""
    if consent.inbound_uuid is not None:
        return f"by texting {quoted(wording)}"
    if consent.method == "carrier":
        return f"as Vonage reported ({wording})"
    row = f" (row {consent.source_row} of {consent.source_file})" if consent.source_row else ""
    words = f": {quoted(wording)}" if wording else ""
    return f"as recorded by {consent.actor or consent.method}{row}{words}"


def why_skipped(message: KnownMessage, consents: Iterable[KnownConsent]) -> str:
    """The reason of a message that was skipped, with the opt-out that it rests on."""
    if message.reason != OPTED_OUT:
        return message.reason or "no reason was recorded"
    consent = opt_out_before(message.status_at, consents)
    return f"opted out on {on_day(consent.at)} {how(consent)}" if consent else OPTED_OUT


def opt_out_before(at: datetime, consents: Iterable[KnownConsent]) -> KnownConsent | None:
    """The newest opt-out at that time."""
    earlier = [each for each in consents if each.event == "opt_out" and each.at <= at]
    return max(earlier, key=lambda each: each.at, default=None)
