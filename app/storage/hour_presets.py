"""Hours that operators gave a name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, delete, false, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.domain.hour_presets import Preset
from app.domain.quiet_hours import Window
from app.storage.columns import Table
from app.storage.database import AnyRow
from app.storage.upsert import insert


class HourPresetRow(Table):
    __tablename__ = "hour_presets"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(300))
    days: Mapped[list[Any]] = mapped_column(JSON)  # minutes after midnight, from Monday on
    updated_at: Mapped[datetime]
    closed_on_holidays: Mapped[bool] = mapped_column(server_default=false())


def all_of(session: Session) -> Mapping[str, Preset]:
    """All of them, by name."""
    rows = session.execute(select(*_COLUMNS).order_by(HourPresetRow.name))
    return {row.name: _preset(row) for row in rows}


def find(session: Session, name: str) -> Preset | None:
    row = session.execute(select(*_COLUMNS).where(HourPresetRow.name == name)).one_or_none()
    return None if row is None else _preset(row)


def add(session: Session, name: str, preset: Preset, now: datetime) -> bool:
    """Keep it; False where there is one of that name."""
    values = {"name": name, **_values(preset, now)}
    statement = insert(session, HourPresetRow).values(values).on_conflict_do_nothing()
    return session.execute(statement.returning(HourPresetRow.name)).one_or_none() is not None


def change(session: Session, name: str, preset: Preset, now: datetime) -> bool:
    """Put this in its place; False where there is none."""
    statement = update(HourPresetRow).where(HourPresetRow.name == name)
    changed = session.execute(statement.values(_values(preset, now)).returning(HourPresetRow.name))
    return changed.one_or_none() is not None


def remove(session: Session, name: str) -> bool:
    """Forget it; False where there is none."""
    statement = delete(HourPresetRow).where(HourPresetRow.name == name)
    return session.execute(statement.returning(HourPresetRow.name)).one_or_none() is not None


_COLUMNS = (
    *(HourPresetRow.name, HourPresetRow.title, HourPresetRow.source, HourPresetRow.days),
    HourPresetRow.closed_on_holidays,
)


def _values(preset: Preset, now: datetime) -> dict[str, Any]:
    days = [day and list(day) for day in preset.window.days]
    return {
        "title": preset.title,
        "source": preset.source,
        "days": days,
        "updated_at": now,
        "closed_on_holidays": preset.closed_on_holidays,
    }


def _preset(row: AnyRow) -> Preset:
    days = tuple(day and (day[0], day[1]) for day in row.days)
    return Preset(row.title, Window(days), row.source, row.closed_on_holidays)
