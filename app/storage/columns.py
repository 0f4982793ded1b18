"""What all tables share: kinds of columns that mean the same on both databases, and a base."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
    Uuid,
)
from sqlalchemy.orm import DeclarativeBase


def read_id(value: Any) -> str:
    """An id as the driver brings it, in the form that it has everywhere else.

    SQLite brings 32 characters, PostgreSQL's driver a UUID.
    """
    if not isinstance(value, str):
        return str(value)
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


class _TextId(Uuid[str]):
    """SQLAlchemy makes a UUID of each that it reads, only to write it down again."""

    cache_ok = True

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Callable[[Any], str | None]:
        return lambda value: None if value is None else read_id(value)


Id = _TextId(as_uuid=False)  # 16 bytes on PostgreSQL, 32 characters on SQLite; str in Python
Number = String(16)  # E.164: fifteen digits and the plus


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times in Python; `timestamptz` on PostgreSQL, text without a zone on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """SQLAlchemy's own way to the same text takes three times as long."""
        return _time_as_text if dialect.name == "sqlite" else _time_in_utc

    def result_processor(self, dialect: Dialect, _coltype: object) -> Callable[[Any], Any]:
        """The same from it."""
        return _time_from_text if dialect.name == "sqlite" else _time_in_utc


def _time_as_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:_UNTIL_ZONE]


def _time_from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _time_in_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


_UNTIL_ZONE = len("2026-03-02 12:00:00.123456")


class Money(TypeDecorator[Decimal]):
    """An amount, kept as whole millionths: SQLite has no decimals, and sums stay exact."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        return None if value is None else round(value * _MILLION)

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / _MILLION


_MILLION = 1_000_000


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
    }
