"""Hours with a name: those of the program, and the operator's own."""

from collections.abc import Mapping
from typing import Any

from app.domain import own_hours
from app.domain.errors import Conflict, NotFound
from app.domain.hour_presets import PRESETS, Preset
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import hour_presets
from app.storage.database import Database, Session


class HourPresets:
    """Look at presets; make, change and delete those of the operator.

    A campaign takes a copy of the hours that it names, so none of this changes what was planned.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._notes = AuditNotes(clock, "hours")

    def all(self) -> Mapping[str, Preset]:
        """Every preset by name, the program's first."""
        with self._database.reading() as session:
            return {**PRESETS, **hour_presets.all_of(session)}

    def find(self, name: str) -> Preset:
        """Raises NotFound."""
        if name in PRESETS:
            return PRESETS[name]
        with self._database.reading() as session:
            return _found(session, name)

    def create(self, name: str, given: Preset, by: str) -> Preset:
        """A new one; raises FixInput, or Conflict where the name is taken."""
        own_hours.check(name, given)
        with self._database.writing() as session:
            if not hour_presets.add(session, name, given, self._clock.now()):
                raise Conflict(f"there is a preset {name} already: change it, or choose a name")
            self._notes.add(session, by, "created", name, _details(given))
        return given

    def change(self, name: str, given: Preset, by: str) -> Preset:
        """Other hours under the same name, for campaigns from now on; raises FixInput, NotFound.

        And Conflict for one of the program's.
        """
        if name in PRESETS:
            raise Conflict(f"{name} comes with the program and cannot be changed")
        own_hours.check(name, given)
        with self._database.writing() as session:
            before = _details(_found(session, name))
            hour_presets.change(session, name, given, self._clock.now())
            self._notes.add(session, by, "changed", name, {"before": before, **_details(given)})
        return given

    def delete(self, name: str, by: str) -> Preset:
        """No new campaign can name it; raises NotFound, or Conflict for one of the program's."""
        if name in PRESETS:
            raise Conflict(f"{name} comes with the program and cannot be deleted")
        with self._database.writing() as session:
            gone = _found(session, name)
            hour_presets.remove(session, name)
            self._notes.add(session, by, "deleted", name, _details(gone))
        return gone


def _found(session: Session, name: str) -> Preset:
    found = hour_presets.find(session, name)
    if found is None:
        raise NotFound(f"there is no preset {name[:40]}")
    return found


def _details(preset: Preset) -> dict[str, Any]:
    days = [day and list(day) for day in preset.window.days]
    holidays = "closed" if preset.closed_on_holidays else "open"
    return {"title": preset.title, "source": preset.source, "days": days, "holidays": holidays}
