"""Windows with a name: what the law of a place asks for, and where that is written."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.quiet_hours import Window, hours, weekly


@dataclass(frozen=True, slots=True)
class Preset:
    """A window, and where it comes from."""

    title: str
    window: Window
    source: str
    closed_on_holidays: bool = False  # the public ones, wherever the recipient is


def _daily(opens: float, closes: float) -> Window:
    return weekly(*[hours(opens, closes)] * 3)


_SURVEY = "a survey of state laws; have the statute checked before you rely on it"
_EIGHT_TO_EIGHT = _daily(8, 20)

PRESETS: Mapping[str, Preset] = {
    "default": Preset(
        "9:00 to 20:00, Sunday from noon",
        weekly(hours(9, 20), hours(9, 20), hours(12, 20)),
        "ours: within all rules below but those of RI, FR and IN",
    ),
    "us-federal": Preset("United States, 8:00 to 21:00", _daily(8, 21), "47 CFR 64.1200(c)(1)"),
    **{
        f"US-{state}": Preset(f"{name}, 8:00 to 20:00", _EIGHT_TO_EIGHT, _SURVEY)
        for state, name in (
            ("FL", "Florida"),
            ("MD", "Maryland"),
            ("MS", "Mississippi"),
            ("NJ", "New Jersey"),
            ("OK", "Oklahoma"),
        )
    },
    "US-CT": Preset("Connecticut, 9:00 to 20:00", _daily(9, 20), _SURVEY),
    "US-TX": Preset(
        "Texas, 9:00 to 21:00, Sunday from noon",
        weekly(hours(9, 21), hours(9, 21), hours(12, 21)),
        "SB 140, in force since 2025-09-01",
    ),
    "US-RI": Preset(
        "Rhode Island, 9:00 to 18:00, weekends 10:00 to 17:00",
        weekly(hours(9, 18), hours(10, 17), hours(10, 17)),
        _SURVEY,
    ),
    "FR": Preset(
        "France, 8:00 to 20:30, none on Sundays and public holidays",
        weekly(hours(8, 20.5), hours(8, 20.5), None),
        "a survey: no marketing SMS then; have the law checked before you rely on it",
        closed_on_holidays=True,
    ),
    "IN": Preset("India, 10:00 to 21:00", _daily(10, 21), "TRAI TCCCPR 2018, the narrower reading"),
}


def window_for(window: Window, region: str | None) -> Window:
    """The window of a campaign, narrowed to the rule of the place where one is known."""
    rule = PRESETS.get(region or "")
    return window.narrower(rule.window) if rule else window


def closes_on_holidays(region: str | None) -> bool:
    """Does the law of the place close public holidays?"""
    rule = PRESETS.get(region or "")
    return rule is not None and rule.closed_on_holidays
