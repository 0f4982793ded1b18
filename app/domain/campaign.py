"""One text to many: what a client orders, and who gets what."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

from app.domain.contact import plain_text
from app.domain.errors import InvalidNumber, InvalidRecipient, InvalidTemplate, Mistake
from app.domain.finish import Finished
from app.domain.message import AT_ONCE, MessageStatus
from app.domain.phone import PhoneNumber, read_and_check, read_number
from app.domain.policy import DEFAULT_POLICY, Policy
from app.domain.segments import count_segments
from app.domain.target import Target
from app.domain.template import Template
from app.domain.terms import NO_TERMS, Terms
from app.domain.unknown_fields import FieldsSeen

OPTED_OUT = "opted out"  # the reason of a message that was skipped for it

MAX_TEXT = 3200  # characters; Messages API specification 1.20.0, field `text`
_NO_CHARACTER = re.compile(r"[\x00\ud800-\udfff]")  # NUL, and half of a surrogate pair


_PLANNED_FROM = {"target", "message", "sender", "saved", "track_links"}


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """A saved template, and which of its versions; the newest where none is named."""

    template_id: str
    version: int | None = None


@dataclass(frozen=True, slots=True)
class CampaignOrder:
    """What a client asks us to send. `recipients` is what it named, not yet read."""

    recipients: Sequence[object]
    template: Template
    sender: str
    name: str | None = None
    scheduled_at: datetime | None = None
    not_after: datetime | None = None
    policy: Policy = DEFAULT_POLICY
    time_zone: str | None = None  # the one that the two times were written in
    allow_duplicate: bool = False  # although the same may have been sent just now
    target: Target | None = None  # in place of recipients
    saved: SavedVersion | None = None  # the saved template that the text comes from
    track_links: bool = False
    terms: Terms = NO_TERMS
    max_rate: float | None = None  # messages a second; the sender's rate holds as well


@dataclass(frozen=True, slots=True)
class OrderChanges:
    """What a client wants changed; whatever is not named stays."""

    fields: Mapping[str, Any] = field(default_factory=dict)  # of a campaign, under its own names
    brake: Mapping[str, Any] | None = None  # of its policy
    recipients: Sequence[object] | None = None  # in place of those, or of the target, that it has
    terms: Mapping[str, Any] | None = None  # of its terms

    @property
    def is_slight(self) -> bool:
        """Can it be done to a campaign that has begun?"""
        is_same = self.recipients is None and self.terms is None
        return is_same and self.fields.keys() <= {"name", "max_rate"}

    @property
    def needs_planning(self) -> bool:
        """Does it change who gets what?"""
        is_other = self.recipients is not None or self.terms is not None
        return is_other or bool(self.fields.keys() & _PLANNED_FROM)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A recipient that no message is made for, by its place in the client's list."""

    position: int
    value: str
    reason: str
    duplicate: bool = False
    number: PhoneNumber | None = None  # where it could be read


class PlannedMessage(NamedTuple):
    """What one recipient gets: a text in the outbox, or the reason why not.

    A tuple, since a campaign makes a million of them.
    """

    number: PhoneNumber
    text: str
    segments: int
    status: MessageStatus
    reason: str | None = None
    due_at: datetime = AT_ONCE  # mostly it is the campaign that waits for its time
    closes_at: datetime | None = None  # not to be sent later, in quiet hours
    hold_note: str | None = None  # where and until when it is held
    links: tuple[str, ...] = ()  # for which the text has short ones, still without their names


@dataclass(slots=True)
class Addressees:
    """The client's list as read: whom it names, and what in it names nobody."""

    people: dict[PhoneNumber, Mapping[str, str]] = field(default_factory=dict)  # in its order
    refusals: list[Refusal] = field(default_factory=list)
    not_valid: list[Refusal] = field(default_factory=list)  # the first of them
    not_valid_count: int = 0
    unknown: tuple[Mistake, ...] = ()  # mistakes of the text, and not of one recipient
    texts: dict[PhoneNumber, Finished] = field(default_factory=dict)  # of the first KEPT_TEXTS

    def positions(self) -> Iterator[tuple[PhoneNumber, int]]:
        """The place of each person in the list, in its order: the next that was not refused."""
        refused = {refusal.position for refusal in self.refusals}
        places = (each for each in count() if each not in refused)
        return zip(self.people, places, strict=False)

    @property
    def duplicate_count(self) -> int:
        return sum(refusal.duplicate for refusal in self.refusals)

    @property
    def rejected_count(self) -> int:
        return len(self.refusals) - self.duplicate_count


KEPT_TEXTS = 1_000
"""Texts that are kept after they were tried, so that `plan` need not fill them in again: as many
as a preview reads at once. Those of a million would fill the memory."""

NO_FIELDS: Mapping[str, str] = {}
_SHOWN = 100  # characters of a refused value that are kept
_EXAMPLES = 1_000  # numbers that are not valid are counted, and so many kept to be shown


def read_addressees(recipients: Iterable[object], template: Template) -> Addressees:
    """Read every recipient: a string, or an object whose "to" is the number.

    Whoever no text can be made for, of the fields that were given, is refused as well.
    A number named twice counts once, where it stood first. A number that is possible but that no
    numbering plan lists is kept and noted in `not_valid`, since plans change faster than libraries.
    Fields that the text needs and no recipient has are noted in `unknown`.
    """
    addressees = Addressees()
    seen = FieldsSeen(template)
    is_plain = template.is_plain
    for position, value in enumerate(recipients):
        if not is_plain:
            seen.note(value)
        try:
            number, is_valid, fields = _read_recipient(value)
            composed = None if is_plain else _composed(template, fields)
        except (InvalidNumber, InvalidRecipient) as error:
            refusal = Refusal(position, _shown(value), str(error), number=_number_in(value))
            addressees.refusals.append(refusal)
        else:
            if number in addressees.people:
                addressees.refusals.append(_duplicate(position, value, number))
                continue
            addressees.people[number] = fields
            if composed is not None and len(addressees.texts) < KEPT_TEXTS:
                addressees.texts[number] = composed
            if not is_valid:
                _note_not_valid(addressees, position, value)
    addressees.unknown = seen.mistakes()
    _name_the_first(addressees)
    return addressees


def _read_recipient(value: object) -> tuple[PhoneNumber, bool, Mapping[str, str]]:
    """The number, whether it is valid, and the fields of the text."""
    if isinstance(value, str):
        (number, is_valid), fields = read_and_check(value), NO_FIELDS
    elif isinstance(value, dict):
        (number, is_valid), fields = _read_number_field(value), read_fields(value)
    else:
        raise InvalidRecipient('is neither a string nor an object with "to": write "+14155550101"')
    return number, is_valid, fields


def _composed(template: Template, fields: Mapping[str, str]) -> Finished:
    """The text for one recipient; raises InvalidRecipient where none can be sent."""
    if missing := template.missing(fields):
        raise InvalidRecipient(f"the text needs a value for {', '.join(missing)}")
    try:
        composed = template.compose(fields)
    except InvalidTemplate as error:  # these values make it too long for anybody
        raise InvalidRecipient(str(error)) from error
    if reason := why_unsendable(composed.text):
        raise InvalidRecipient(reason)
    return composed


def _read_number_field(value: Mapping[str, object]) -> tuple[PhoneNumber, bool]:
    to = value.get("to")
    if not isinstance(to, str):
        raise InvalidRecipient('has no "to" with a number as text: write {"to": "+14155550101"}')
    return read_and_check(to)


def read_fields(value: Mapping[str, object]) -> Mapping[str, str]:
    """What stands beside the number, as text; raises InvalidRecipient."""
    return {name: _plain(name, content) for name, content in value.items() if name != "to"}


def _plain(name: str, content: object) -> str:
    text = plain_text(content)
    if text is None:
        raise InvalidRecipient(f'"{name}" is neither text nor a number')
    return text


def _duplicate(position: int, value: object, number: PhoneNumber) -> Refusal:
    return Refusal(position, _shown(value), "", duplicate=True, number=number)


def _name_the_first(addressees: Addressees) -> None:
    """Let each duplicate say where its number stood first."""
    repeated = {each.number for each in addressees.refusals if each.duplicate}
    if repeated:
        first = {number: at for number, at in addressees.positions() if number in repeated}
        addressees.refusals = [
            replace(each, reason=f"the same number as recipient {first[each.number]}")
            if each.duplicate and each.number
            else each
            for each in addressees.refusals
        ]


def _note_not_valid(addressees: Addressees, position: int, value: object) -> None:
    addressees.not_valid_count += 1
    if len(addressees.not_valid) < _EXAMPLES:
        reason = "possible, but in no numbering plan: it may not exist"
        addressees.not_valid.append(Refusal(position, _shown(value), reason))


def _number_in(value: object) -> PhoneNumber | None:
    """The number of a recipient that was refused, if it was refused for something else."""
    to = value.get("to") if isinstance(value, dict) else value
    try:
        return read_number(to) if isinstance(to, str) else None
    except InvalidNumber:
        return None


def _shown(value: object) -> str:
    to = value.get("to", value) if isinstance(value, dict) else value
    return str(to)[:_SHOWN]


def plan(
    addressees: Addressees, template: Template, opted_out: AbstractSet[str]
) -> Iterator[PlannedMessage]:
    """One message for each person, in the client's order."""
    same = template.compose(NO_FIELDS) if template.is_plain else None
    queued = MessageStatus.QUEUED
    for number, fields in addressees.people.items():
        if number in opted_out:
            yield PlannedMessage(number, "", 0, MessageStatus.SKIPPED, OPTED_OUT)
        else:
            composed = same or addressees.texts.get(number) or template.compose(fields)
            segments = count_segments(composed.text).segments
            yield PlannedMessage(number, composed.text, segments, queued, links=composed.links)


def why_unsendable(text: str) -> str | None:
    """The reason why no text message can be made of it, or None."""
    if not text.strip():
        return "the text is empty"
    if len(text) > MAX_TEXT:
        return f"the text has {len(text)} characters, Vonage takes {MAX_TEXT}"
    if unusable := _NO_CHARACTER.search(text):
        return f"the text has U+{ord(unusable.group()):04X}, which no phone can show"
    return None
