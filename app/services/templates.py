"""Saved templates: kept, changed by new versions, archived, tried out."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import Conflict, FixInput, Mistake, NotFound
from app.domain.ids import is_id
from app.services import texts
from app.services.audit import AuditNotes
from app.services.clock import Clock
from app.storage import templates
from app.storage.database import Database, Session
from app.storage.templates import StoredTemplate, StoredVersion


@dataclass(frozen=True, slots=True)
class TemplateState:
    """A saved template, and what it said from the first version on (of many, the newest 100)."""

    template: StoredTemplate
    versions: tuple[StoredVersion, ...]


class Templates:
    """Keep texts to be used again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._notes = AuditNotes(clock, "template")

    def create(self, name: str, text: str, by: str) -> TemplateState:
        """Keep a text that has been read and found good."""
        now = self._clock.now()
        template = StoredTemplate(next(self._clock.ids(now)), name, 1, text, now, now, None)
        with self._database.writing() as session:
            templates.add(session, template, by)
            self._notes.add(session, by, "created", template.id, {"version": 1})
            return _state(session, template.id)

    def page(self, before: str | None, limit: int, *, archived: bool) -> list[StoredTemplate]:
        """Templates, the newest first: those in use, or the archived ones."""
        with self._database.reading() as session:
            return templates.page(session, before, limit, archived=archived)

    def find(self, template_id: str) -> TemplateState:
        """The template with its versions; raises NotFound."""
        with self._database.reading() as session:
            return _state(session, template_id)

    def revise(self, template_id: str, name: str | None, text: str, by: str) -> TemplateState:
        """Make this its newest version, unless it says that already.

        Raises NotFound, or Conflict when it is archived.
        """
        now = self._clock.now()
        with self._database.writing() as session:
            old = _held(session, template_id)
            if old.archived_at is not None:
                raise Conflict("the template is archived: make a new one of its text")
            name = name or old.name
            if text != old.text:
                version = old.version + 1
                newest = StoredVersion(version, text, now, by)
                templates.revise(session, old.id, name, newest)
                self._notes.add(session, by, "edited", old.id, {"version": version})
            elif name != old.name:
                templates.rename(session, old.id, name, now)
                self._notes.add(session, by, "edited", old.id, {"name": name})
            return _state(session, old.id)

    def archive(self, template_id: str, by: str) -> TemplateState:
        """Let no new campaign use it; those that do keep their text. Raises NotFound."""
        with self._database.writing() as session:
            old = _held(session, template_id)
            if old.archived_at is None:
                templates.archive(session, old.id, self._clock.now())
                self._notes.add(session, by, "archived", old.id, {})
            return _state(session, old.id)

    def preview(
        self, template_id: str, version: int | None, fields: Mapping[str, str], sender: str | None
    ) -> str:
        """The text for somebody with these fields; raises NotFound, or FixInput by field."""
        with self._database.reading() as session:
            found = _known(session, template_id)
            if version is not None:
                found = _version(session, found, version)
            return texts.filled_in(session, found, fields, sender)


def _known(session: Session, template_id: str) -> StoredTemplate:
    found = templates.find(session, template_id) if is_id(template_id) else None
    if found is None:
        raise NotFound(f"there is no template {template_id}")
    return found


def _version(session: Session, template: StoredTemplate, version: int) -> StoredTemplate:
    found = templates.find(session, template.id, version)
    if found is None:
        last = f"“{template.name}” has the versions 1 to {template.version}"
        raise FixInput([Mistake("/version", last)])
    return found


def _held(session: Session, template_id: str) -> StoredTemplate:
    """The template, which nobody else can change before the transaction ends."""
    if is_id(template_id):
        templates.hold(session, template_id)
    return _known(session, template_id)


def _state(session: Session, template_id: str) -> TemplateState:
    template = _known(session, template_id)
    return TemplateState(template, tuple(templates.versions(session, template_id)))
