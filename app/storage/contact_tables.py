"""The people we know, and the lists and rules by which they are chosen."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Number, Table


class Contact(Table):
    """A person we know: a number, and what we were told of the person."""

    __tablename__ = "contacts"

    number: Mapped[str] = mapped_column(Number, primary_key=True)
    first_name: Mapped[str | None] = mapped_column(String(100))
    last_name: Mapped[str | None] = mapped_column(String(100))
    language: Mapped[str | None] = mapped_column(String(35))  # a tag of RFC 5646, as in pt-BR
    time_zone: Mapped[str | None] = mapped_column(String(64))  # an IANA name
    postal_code: Mapped[str | None] = mapped_column(String(20))
    fields: Mapped[dict[str, Any]]  # whatever else is known, as text
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ContactTag(Table):
    """A word that somebody put on a contact."""

    __tablename__ = "contact_tags"
    __table_args__ = (Index("ix_contact_tags_number", "number"),)

    tag: Mapped[str] = mapped_column(String(50), primary_key=True)
    number: Mapped[str] = mapped_column(
        Number, ForeignKey("contacts.number", ondelete="CASCADE"), primary_key=True
    )


class ContactList(Table):
    """Contacts that somebody put together by hand or by an import."""

    __tablename__ = "contact_lists"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ListMember(Table):
    """A contact is on a list."""

    __tablename__ = "list_members"
    __table_args__ = (Index("ix_list_members_number", "number"),)

    list_id: Mapped[str] = mapped_column(
        Id, ForeignKey("contact_lists.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[str] = mapped_column(
        Number, ForeignKey("contacts.number", ondelete="CASCADE"), primary_key=True
    )
    added_at: Mapped[datetime]


class SavedAudience(Table):
    """A rule that chooses contacts, under a name."""

    __tablename__ = "audiences"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    rule: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
