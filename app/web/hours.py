"""When a campaign may write to people, as clients say it, and the presets that they may name."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from flask_openapi import APIBlueprint, Tag
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, WithJsonSchema

from app.domain.hour_presets import PRESETS
from app.domain.quiet_hours import Hours, Window, weekly
from app.domain.terms import Terms, preset
from app.web import views
from app.web.auth import require_key
from app.web.context import options
from app.web.documents import SECURED, answers
from app.web.schemas import Body

hours = APIBlueprint(
    "hours", __name__, url_prefix="/api/hours", abp_tags=[Tag(name="hours")], abp_security=SECURED
)
hours.before_request(require_key)

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


def _known(value: str | OwnHours | None) -> str | OwnHours | None:
    if isinstance(value, str) and value != "off" and value not in PRESETS:
        raise ValueError(f"is no preset: name one of {', '.join(PRESETS)}, or false for none")
    return value


QuietHours = Annotated[
    str | OwnHours | None,
    BeforeValidator(_chosen),
    AfterValidator(_known),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "enum": [*PRESETS, "off"]},
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
    local_time: Minutes | None = Field(
        None, description="Send when it is so late at the recipient, from the beginning on."
    )

    def terms(self) -> Terms:
        """What holds for the campaign."""
        held = replace(options().terms, local_time=self.local_time)
        if self.kind == "transactional":
            held = held.transactional
        chosen = self.quiet_hours
        if isinstance(chosen, OwnHours):
            return replace(held, window=chosen.window(), window_name=None)
        if chosen is None:
            return held
        window, name = preset(chosen)
        return replace(held, window=window, window_name=name)


WHEN = frozenset({"kind", "quiet_hours", "local_time"})


class PresetDocument(BaseModel):
    name: str
    title: str
    source: str
    weekdays: list[str] | None
    saturday: list[str] | None
    sunday: list[str] | None


class PresetsDocument(BaseModel):
    presets: list[PresetDocument]


@hours.get("/presets", responses=answers(PresetsDocument))
def presets() -> Any:
    """The hours that can be named, each with where its rule is written."""
    return {
        "presets": [
            {"name": name, "title": each.title, "source": each.source, **_days(each.window.days)}
            for name, each in PRESETS.items()
        ]
    }


def _days(days: tuple[Hours, ...]) -> Mapping[str, Any]:
    shown = [day and [views.clock_text(day[0]), views.clock_text(day[1])] for day in days]
    return {"weekdays": shown[0], "saturday": shown[5], "sunday": shown[6]}
