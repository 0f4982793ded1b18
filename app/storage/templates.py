"""Saved templates: what each says now, and what it said before."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, insert, select, update
from sqlalchemy.orm import Session

from app.storage.text_tables import TemplateRow, TemplateVersion

_VERSIONS = 100  # that are shown, the newest ones


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What a template said from some time on."""

    version: int
    text: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """A saved template with its newest text, or the one that was asked for."""

    id: str
    name: str
    version: int
    text: str
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


_COLUMNS = (
    *(TemplateRow.id, TemplateRow.name, TemplateVersion.version, TemplateVersion.text),
    *(TemplateRow.created_at, TemplateRow.updated_at, TemplateRow.archived_at),
)


def add(session: Session, template: StoredTemplate, by: str) -> None:
    """Store a new template and its first version."""
    names = ("id", "name", "version", "created_at", "updated_at", "archived_at")
    session.execute(insert(TemplateRow), [{name: getattr(template, name) for name in names}])
    first = StoredVersion(template.version, template.text, template.created_at, by)
    _add_version(session, template.id, first)


def revise(session: Session, template_id: str, name: str, version: StoredVersion) -> None:
    """Add a version, which is the newest from now on."""
    _add_version(session, template_id, version)
    fields = {"version": version.version, "name": name, "updated_at": version.created_at}
    _change(session, template_id, fields)


def rename(session: Session, template_id: str, name: str, now: datetime) -> None:
    _change(session, template_id, {"name": name, "updated_at": now})


def archive(session: Session, template_id: str, now: datetime) -> None:
    """Let no new campaign use it."""
    _change(session, template_id, {"archived_at": now})


def hold(session: Session, template_id: str) -> bool:
    """Let nobody else change the template before this transaction ends; False: there is none."""
    chosen = select(TemplateRow.id).where(TemplateRow.id == template_id).with_for_update()
    return session.execute(chosen).first() is not None


def find(session: Session, template_id: str, version: int | None = None) -> StoredTemplate | None:
    """The template with its newest text, or with that of a version; None: there is no such."""
    wanted = TemplateRow.version if version is None else version
    row = session.execute(_with_text(wanted).where(TemplateRow.id == template_id)).first()
    return StoredTemplate(**row._mapping) if row else None


def page(
    session: Session, before: str | None, limit: int, *, archived: bool
) -> list[StoredTemplate]:
    """Templates, the newest first, those older than id `before`; in use, or archived."""
    statement = _with_text(TemplateRow.version).order_by(TemplateRow.id.desc()).limit(limit)
    known = TemplateRow.archived_at.is_not(None) if archived else TemplateRow.archived_at.is_(None)
    if before is not None:
        statement = statement.where(TemplateRow.id < before)
    rows = session.execute(statement.where(known))
    return [StoredTemplate(**row._mapping) for row in rows]


def versions(session: Session, template_id: str) -> Iterator[StoredVersion]:
    """What it said, the newest first; of very many the newest hundred."""
    names = StoredVersion.__dataclass_fields__
    rows = session.execute(
        select(*(getattr(TemplateVersion, name) for name in names))
        .where(TemplateVersion.template_id == template_id)
        .order_by(TemplateVersion.version.desc())
        .limit(_VERSIONS)
    )
    return (StoredVersion(*row) for row in rows)


def _with_text(version: Any) -> Select[*tuple[Any, ...]]:
    same = and_(TemplateVersion.template_id == TemplateRow.id, TemplateVersion.version == version)
    return select(*_COLUMNS).join(TemplateVersion, same)


def _change(session: Session, template_id: str, fields: dict[str, Any]) -> None:
    session.execute(update(TemplateRow).where(TemplateRow.id == template_id).values(fields))


def _add_version(session: Session, template_id: str, version: StoredVersion) -> None:
    row = {name: getattr(version, name) for name in StoredVersion.__dataclass_fields__}
    session.execute(insert(TemplateVersion), [{"template_id": template_id, **row}])
