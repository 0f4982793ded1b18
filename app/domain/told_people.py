"""What clients said of a person, and what the person said: as entries of a timeline."""

from collections.abc import Iterator

from app.domain.consent_ledger import ConsentKind
from app.domain.history import History, KnownConsent, KnownRefusal, KnownText
from app.domain.timeline import Evidence, Source, TimelineEntry, What
from app.domain.wording import how, quoted


def tell_person(history: History) -> Iterator[TimelineEntry]:
    """Contact, refusals, texts and consent, in no order."""
    yield from _contact(history)
    yield from (_refusal(history, each) for each in history.refusals)
    yield from (_text(each) for each in history.texts)
    yield from (_consent(each) for each in history.consents)


def _contact(history: History) -> Iterator[TimelineEntry]:
    contact = history.contact
    if contact is None:
        return
    fields = f" with {', '.join(contact.fields)}" if contact.fields else ""
    told = {contact.created_at: f"remembered as a contact{'' if _changed(history) else fields}"}
    if _changed(history):
        told[contact.updated_at] = f"told of again as a contact{fields}"
    for at, sentence in told.items():
        rule = "the newest word of a client on a person is kept"
        detail = {"fields": list(contact.fields)}
        yield TimelineEntry(at, What.CONTACT, sentence, rule, Source.CLIENT, Evidence(), detail)


def _changed(history: History) -> bool:
    contact = history.contact
    return contact is not None and contact.updated_at > contact.created_at


def _refusal(history: History, refusal: KnownRefusal) -> TimelineEntry:
    campaign = history.campaigns[refusal.campaign_id]
    return TimelineEntry(
        at=campaign.created_at,
        what=What.REFUSED,
        sentence=f"{why_refused(refusal)}, so no message was made for this entry",
        rule="a number gets one message of a campaign"
        if refusal.duplicate
        else "a recipient that no text can be made for is refused",
        source=Source.US,
        evidence=Evidence(campaign_id=campaign.id),
        detail={"index": refusal.position, "reason": refusal.reason},
    )


def why_refused(refusal: KnownRefusal) -> str:
    """With its place as the API counts."""
    entry = f"entry {refusal.position} (the first is 0)"
    if refusal.duplicate:
        return f"your list named it twice: {entry} is {refusal.reason}"
    return f"{entry} of your list was refused: {refusal.reason}"


def _text(text: KnownText) -> TimelineEntry:
    return TimelineEntry(
        at=text.received_at,
        what=What.REPLIED,
        sentence=f"texted {quoted(text.text)} to {text.to}",
        rule="every text is kept and read for STOP, START and HELP",
        source=Source.RECIPIENT,
        evidence=Evidence(message_uuid=text.message_uuid, webhook_event_id=text.event_id),
        detail={"text": text.text, "reading": text.reading, "vonage_at": text.sent_at},
    )


_CONSENT = {
    ConsentKind.OPT_OUT: (
        What.OPTED_OUT,
        "opted out",
        "from here on nothing is sent, whoever the sender and whatever the campaign",
    ),
    ConsentKind.OPT_IN: (What.OPTED_IN, "opted in", "an opt-in is kept with its proof"),
    ConsentKind.RE_OPT_IN: (What.OPTED_IN, "opted in again", "messages may be sent again"),
    ConsentKind.PENDING: (
        What.ASKED_TO_CONFIRM,
        "was asked to confirm an opt-in",
        "a double opt-in counts once the person has answered yes",
    ),
    ConsentKind.CONFIRMED: (
        What.OPTED_IN,
        "confirmed the opt-in",
        "a double opt-in counts once the person has answered yes",
    ),
    ConsentKind.REVERSED: (
        What.OPT_OUT_REVERSED,
        "had not meant to opt out",
        "an opt-out that was not a keyword is read by a person, who may take it back",
    ),
    ConsentKind.HELP: (What.ASKED_FOR_HELP, "asked for help", "HELP is answered"),
    ConsentKind.ERASE: (
        What.ERASED,
        "was erased",
        "what is personal is taken away, and nothing is sent",
    ),
}


def _consent(consent: KnownConsent) -> TimelineEntry:
    what, done, rule = _CONSENT[ConsentKind(consent.event)]
    return TimelineEntry(
        at=consent.at,
        what=what,
        sentence=f"{done} {how(consent)}",
        rule=rule,
        source=_who(consent),
        evidence=Evidence(consent_event_id=consent.id, message_uuid=consent.inbound_uuid),
        detail={
            name: value
            for name in ("method", "wording", "actor", "scope", "source_file", "source_row")
            if (value := getattr(consent, name)) is not None
        },
    )


def _who(consent: KnownConsent) -> Source:
    if consent.inbound_uuid is not None:
        return Source.RECIPIENT
    return Source.CARRIER if consent.method == "carrier" else Source.CLIENT
