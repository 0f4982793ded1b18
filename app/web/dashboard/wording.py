"""Numbers, money and times as people read them."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import g, request
from markupsafe import Markup

from app.domain.moments import known_zones

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}
_CENTS = Decimal("0.01")
_DAY = 86_400
# From two of the greater unit on, that one is spoken of: 90 minutes, then 2 hours.
_SPANS = ((120, 1, "second"), (7_200, 60, "minute"), (2 * _DAY, 3_600, "hour"))


def zone() -> tzinfo:
    """The reader's: what they chose, else what the browser says in a cookie, else UTC."""
    user = g.get("user")
    name = (user.time_zone if user else None) or request.cookies.get("zone", "")
    return ZoneInfo(name) if name in known_zones() else UTC


def number(value: float | None) -> str:
    """1234567 as 1,234,567; nothing as a dash."""
    return "—" if value is None else f"{value:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """1 text, 2,000 texts; `many` where the plural is not made with an s."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """How much of the whole, as 12.3 %; a dash where there is nothing."""
    return "—" if not whole else f"{100 * part / whole:.1f} %".replace(".0 %", " %")


def money(amount: Decimal | None, currency: str | None = "EUR") -> str:
    """12.34567 as €12.35; what is less than a cent keeps its digits."""
    if amount is None:
        return "—"
    small = 0 < abs(amount) < _CENTS
    digits = f"{amount.normalize():f}" if small else f"{amount.quantize(_CENTS):,}"
    symbol = _SYMBOLS.get(currency or "")
    return f"{symbol}{digits}" if symbol else f"{digits} {currency or ''}".rstrip()


def lasting(seconds: float) -> str:
    """How long something takes, as roughly as people speak of it."""
    for longest, unit, name in _SPANS:
        if seconds < longest:
            count = max(1, round(seconds / unit))
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds / _DAY:,.0f} days"


def when(at: datetime | None) -> str:
    """A moment in the reader's zone, with its name; machines and pointers find it in UTC."""
    if at is None:
        return "—"
    local = at.astimezone(zone())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"{local.day} {local:%b %Y, %H:%M %Z}",
    )
