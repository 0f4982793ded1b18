"""Where the text of a campaign comes from, and what is done to it before it is sent."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.domain.campaign import CampaignOrder, SavedVersion, why_unsendable
from app.domain.errors import FixInput, InvalidTemplate, Mistake
from app.domain.finish import Finish
from app.domain.ids import is_id
from app.domain.template import Template, read_template
from app.storage import sender_texts, templates
from app.storage.campaigns import StoredCampaign
from app.storage.database import Session
from app.storage.templates import StoredTemplate


def with_text(session: Session, order: CampaignOrder, link_base: str | None) -> CampaignOrder:
    """The order with its text, finished: that of the saved template, where it names one.

    Raises FixInput when there is no such template, or no text could be sent to anybody.
    """
    if order.saved is not None:
        saved = chosen(session, order.saved)
        version = replace(order.saved, version=saved.version)
        order = replace(order, template=read_template(saved.text), saved=version)
    template = _finished(session, order.template, order.sender, link_base, order.track_links)
    return replace(order, template=template)


def template_of(session: Session, campaign: StoredCampaign, link_base: str | None) -> Template:
    """The template of a campaign, finished; raises FixInput as `with_text` does."""
    template = read_template(campaign.message)
    return _finished(session, template, campaign.sender, link_base, campaign.track_links)


def named(session: Session, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Changed fields of a campaign, with the text itself in place of a saved template's name.

    Raises FixInput when there is no such template.
    """
    changed = dict(fields)
    if "saved" in changed:
        saved = chosen(session, changed.pop("saved"))
        origin = {"template_id": saved.id, "template_version": saved.version}
        return changed | {"message": saved.text} | origin
    if "message" in changed:
        return changed | {"template_id": None, "template_version": None}
    return changed


def chosen(session: Session, saved: SavedVersion) -> StoredTemplate:
    """The saved template, which may still be used; raises FixInput."""
    template_id = saved.template_id.lower()
    found = templates.find(session, template_id) if is_id(template_id) else None
    if found is None:
        raise FixInput([Mistake("/template/id", f"there is no template {saved.template_id}")])
    if found.archived_at is not None:
        raise FixInput([Mistake("/template/id", f"the template “{found.name}” is archived")])
    if saved.version is None or saved.version == found.version:
        return found
    older = templates.find(session, template_id, saved.version)
    if older is None:
        newest = f"“{found.name}” has the versions 1 to {found.version}"
        raise FixInput([Mistake("/template/version", newest)])
    return older


def _finished(
    session: Session,
    template: Template,
    sender: str,
    link_base: str | None,
    track_links: bool,  # noqa: FBT001 (a field of an order or of a campaign)
) -> Template:
    if track_links and link_base is None:
        detail = "needs the address of short links: set PUBLIC_URL or LINK_URL, or leave it out"
        raise FixInput([Mistake("/track_links", detail)])
    finish = Finish(sender_texts.of_sender(session, sender), link_base if track_links else None)
    finished = template.finished(finish) if finish.changes_something else template
    if reason := _why_for_nobody(finished):
        added = f", with what is added for {sender}" if finish.texts.adds_something else ""
        raise FixInput([Mistake("/message", f"{reason}{added}")])
    return finished


def _why_for_nobody(template: Template) -> str | None:
    """Of a plain text: why it can be sent to nobody. Others are looked at for each recipient."""
    return why_unsendable(template.render({})) if template.is_plain else None


def filled_in(
    session: Session, saved: StoredTemplate, fields: Mapping[str, str], sender: str | None
) -> str:
    """The text that somebody with these fields would get, from this sender if one is named.

    Raises FixInput, naming each field that is missing.
    """
    template = read_template(saved.text)
    if sender is not None:
        template = template.finished(Finish(sender_texts.of_sender(session, sender)))
    if missing := template.missing(fields):
        raise FixInput(Mistake(f"/fields/{name}", "the text needs a value") for name in missing)
    try:
        text = template.render(fields)
    except InvalidTemplate as error:
        raise FixInput([Mistake("/fields", str(error))]) from None
    if reason := why_unsendable(text):
        raise FixInput([Mistake("/fields", reason)])
    return text
