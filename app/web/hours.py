"""When a campaign may write to people, as clients say it."""

import re
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from app.domain.errors import FixInput, Mistake, NotFound
from app.domain.hour_presets import PRESETS, Preset
from app.domain.quiet_hours import Window, weekly
from app.domain.terms import Terms
from app.web.context import options, services
from app.web.schemas import Body

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_DAY_END = 24 * 60


def _minutes(value: object) -> int:
    read = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    minutes = int(read[1]) * 60 + int(read[2]) if read else _DAY_END + 1
    if minutes > _DAY_END:
        raise ValueError('must be a time of day as in "09:00"')
    return minutes


Minutes = Annotated[
    int, BeforeValidator(_minutes), WithJsonSchema({"type": "string", "examples": ["09:00"]})
]


def _in_order(day: tuple[int, int]) -> tuple[int, int]:
    if day[0] >= day[1]:
        raise ValueError("must open before it closes")
    return day


_Day = Annotated[
    tuple[Minutes, Minutes],
    AfterValidator(_in_order),
    WithJsonSchema({"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}),
]


class OwnHours(Body):
    """Local times of day at the recipient, from and until; null: closed."""

    weekdays: _Day | None
    saturday: _Day | None
    sunday: _Day | None

    def window(self) -> Window:
        """The same as a window."""
        return weekly(self.weekdays, self.saturday, self.sunday)


def _chosen(value: object) -> object:
    return "off" if value is False else value


QuietHours = Annotated[
    Annotated[str, Field(max_length=40)] | OwnHours | None,
    BeforeValidator(_chosen),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 40, "examples": [*PRESETS, "off"]},
                {"type": "boolean", "enum": [False]},
                OwnHours.model_json_schema(),
                {"type": "null"},
            ]
        }
    ),
]


class When(Body):
    """When a campaign may write to people."""

    kind: Literal["marketing", "transactional"] = Field(
        "marketing", description="Transactional texts keep no quiet hours and no frequency cap."
    )
    quiet_hours: QuietHours = Field(
        None, description="A preset, hours of your own, or false; null: the operator's."
    )
    holidays: Literal["open", "closed"] | None = Field(
        None, description="Public ones at the recipient; null: as the quiet hours have it."
    )
    local_time: Minutes | None = Field(
        None, description="Send when it is so late at the recipient, from the beginning on."
    )

    def terms(self) -> Terms:
        """What holds for the campaign."""
        return replace(options().terms, **self.changed_terms())

    def changed_terms(self) -> dict[str, Any]:
        """The fields of terms that were named, whatever the others are."""
        changed: dict[str, Any] = {}
        named, usual = self.model_fields_set, options().terms
        if "kind" in named:
            chosen = usual if self.kind == "marketing" else usual.transactional
            changed = {name: getattr(chosen, name) for name in _OF_KIND}
        if "quiet_hours" in named:
            changed |= self._window(usual)
        if "holidays" in named and self.holidays is not None:
            changed["closed_on_holidays"] = self.holidays == "closed"
        if "local_time" in named:
            changed["local_time"] = self.local_time
        return changed

    def _window(self, usual: Terms) -> dict[str, Any]:
        chosen = self.quiet_hours
        if chosen is None:
            return {name: getattr(usual, name) for name in _OF_HOURS}
        if isinstance(chosen, OwnHours):
            values: tuple[Any, ...] = (chosen.window(), None, False)
        elif chosen == "off":
            values = (None, None, False)
        else:
            found = _named(chosen)
            values = (found.window, chosen, found.closed_on_holidays)
        return dict(zip(_OF_HOURS, values, strict=True))


def _named(name: str) -> Preset:
    """The preset as it is now. Raises FixInput."""
    try:
        return services().hour_presets.find(name)
    except NotFound:
        known = ", ".join(services().hour_presets.all())
        told = f"is no preset: name one of {known}, or false for none"
        raise FixInput([Mistake("/quiet_hours", told)]) from None


_OF_HOURS = ("window", "window_name", "closed_on_holidays")
_OF_KIND = (*_OF_HOURS, "cap", "cap_hours", "is_marketing")
