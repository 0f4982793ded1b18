"""Hours with a name over HTTP: the program's, and the operator's own."""

from http import HTTPStatus
from typing import Any, Literal

from flask_openapi import Tag
from pydantic import Field

from app.domain.hour_presets import PRESETS, Preset
from app.domain.scopes import Scope
from app.web import views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint, Document
from app.web.documents import BODY, SECURED, answers
from app.web.hours import OwnHours
from app.web.schemas import Query

hours = APIBlueprint(
    "hours", __name__, url_prefix="/api/hours", abp_tags=[Tag(name="hours")], abp_security=SECURED
)
guard(hours, Scope.ADMIN)
hours.before_request(require_json)


class PresetPath(Query):
    name: str


class ChangedPreset(OwnHours):
    """Hours of an operator."""

    title: str = Field("", max_length=200, description="For people; the name if it is left out.")
    source: str = Field(
        "the operator's own", min_length=1, max_length=300, description="Why: a law, a promise."
    )

    holidays: Literal["open", "closed"] = Field(
        "open", description="Public ones, of the recipient's country or state."
    )

    def preset(self, name: str) -> Preset:
        """The same as a preset."""
        is_closed = self.holidays == "closed"
        return Preset(self.title.strip() or name, self.window(), self.source, is_closed)


class NewPreset(ChangedPreset):
    """Hours of an operator, with the name that campaigns use."""

    name: str = Field(
        max_length=40, description="Small letters, digits and hyphens; a letter comes first."
    )


class PresetDocument(Document):
    name: str
    title: str
    source: str
    own: bool = Field(description="Made here, and can be changed.")
    weekdays: list[str] | None
    saturday: list[str] | None
    sunday: list[str] | None
    holidays: Literal["open", "closed"]


class PresetsDocument(Document):
    presets: list[PresetDocument]


@hours.get("/presets", responses=answers(PresetsDocument))
def presets() -> Any:
    """The hours that can be named, each with where its rule is written."""
    found = services().hour_presets.all()
    return {"presets": [_shown(name, each) for name, each in found.items()]}


@hours.get("/presets/<name>", responses=answers(PresetDocument, 404))
def show(path: PresetPath) -> Any:
    """One preset."""
    return _shown(path.name, services().hour_presets.find(path.name))


@hours.post("/presets", responses=answers(PresetDocument, 201, *BODY, 409))
def create(body: NewPreset) -> Any:
    """Give hours a name that campaigns can use as `quiet_hours`."""
    made = services().hour_presets.create(body.name, body.preset(body.name), actor())
    headers = {"Location": f"/api/hours/presets/{body.name}"}
    return _shown(body.name, made), HTTPStatus.CREATED, headers


@hours.put("/presets/<name>", responses=answers(PresetDocument, *BODY, 404, 409))
def change(path: PresetPath, body: ChangedPreset) -> Any:
    """Other hours for campaigns that are made from now on; those that are there keep theirs."""
    made = services().hour_presets.change(path.name, body.preset(path.name), actor())
    return _shown(path.name, made)


@hours.delete("/presets/<name>", responses=answers(PresetDocument, 404, 409))
def delete(path: PresetPath) -> Any:
    """Let no new campaign name it; those that did keep their hours."""
    return _shown(path.name, services().hour_presets.delete(path.name, actor()))


def _shown(name: str, each: Preset) -> dict[str, Any]:
    return {
        "name": name,
        "title": each.title,
        "source": each.source,
        "own": name not in PRESETS,
        **views.days(each.window),
        "holidays": views.holidays(is_closed=each.closed_on_holidays),
    }
