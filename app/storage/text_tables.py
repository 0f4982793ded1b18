"""What texts are made of: saved templates, what senders add, and the short links in them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.storage.columns import Id, Number, Table


class TemplateRow(Table):
    """A text that is kept to be used again, under a name."""

    __tablename__ = "templates"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]  # the newest
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]  # no new campaign may use it


class TemplateVersion(Table):
    """What a template said from some time on. Only ever added to."""

    __tablename__ = "template_versions"

    template_id: Mapped[str] = mapped_column(Id, ForeignKey("templates.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)  # from 1
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))


class SenderTextsRow(Table):
    """What a sender adds to the texts of campaigns."""

    __tablename__ = "sender_texts"

    sender: Mapped[str] = mapped_column(Number, ForeignKey("senders.name"), primary_key=True)
    programme_name: Mapped[str | None] = mapped_column(String(40))
    add_programme_name: Mapped[bool]
    opt_out_line: Mapped[str | None] = mapped_column(String(160))
    add_opt_out_line: Mapped[bool]


class Link(Table):
    """A short link in the text of one message, and where it leads."""

    __tablename__ = "links"
    __table_args__ = (
        Index("ix_links_campaign_id", "campaign_id"),
        Index("ix_links_message_id", "message_id"),
    )

    slug: Mapped[str] = mapped_column(String(11), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(Id, ForeignKey("campaigns.id"))
    # No foreign key: links are written as the texts are, a little before their messages.
    message_id: Mapped[str] = mapped_column(Id)
    url: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Click(Table):
    """Somebody followed a short link. Neither address nor browser is kept."""

    __tablename__ = "clicks"
    __table_args__ = (Index("ix_clicks_slug", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("links.slug"))
    at: Mapped[datetime]
    is_bot: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(60))  # the rule that took it for a bot
    device: Mapped[str] = mapped_column(String(16))  # phone, tablet, computer, program, other
