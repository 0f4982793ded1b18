"""Who may use the dashboard, and who is signed in."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Table


class UserRow(Table):
    """Somebody who may sign in."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(8))  # viewer, sender, admin
    password_hash: Mapped[str] = mapped_column(String(200))  # argon2id, in its own notation
    time_zone: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class SignInRow(Table):
    """A browser that somebody signed in with: without its row, its cookie is worth nothing."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_user_id", "user_id"),)

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256
    user_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
