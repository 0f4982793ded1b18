"""What a composer shows beside its form: whom it reaches, and a text as one of them reads it."""

from dataclasses import dataclass
from typing import Any

from app.domain.errors import FixInput, NotFound
from app.domain.estimate import seconds_for
from app.domain.target import Target
from app.services.senders import SenderState
from app.services.trials import Trial
from app.storage.contact_pages import StoredContact
from app.web.context import services
from app.web.dashboard import compose_form
from app.web.dashboard.compose_form import CONTACTS, KEPT
from app.web.dashboard.counting import cost_shown
from app.web.dashboard.forms import Form


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody to try the text on, and how many there are."""

    count: int
    number: str | None = None
    contact: StoredContact | None = None
    previous: str | None = None
    next: str | None = None


def tried(form: Form, senders: list[SenderState]) -> dict[str, Any]:
    """The values of the template compose_trial.html."""
    problem, whom, trial = None, None, None
    try:
        whom = _numbers(form) if form.value("whom") != CONTACTS else _contacts(form)
        text = text_of(form)
    except (FixInput, NotFound) as error:
        problem = _words(error)
    else:
        trial = _on(form, text, whom) if text.strip() else None
    paces = {each.name: each.rate_now for each in senders}
    rate = _slower(paces.get(form.value("sender")), compose_form.max_rate(form))
    return {
        "problem": problem,
        "is_kept": form.value("whom") == KEPT,
        "whom": whom,
        "trial": trial,
        "cost": cost_shown(trial.text) if trial else None,
        "sender": form.value("sender"),
        "rate": rate,
        "seconds": seconds_for(whom.count, rate) if whom and rate else None,
    }


def _slower(sender: float | None, own: float | str | None) -> float | None:
    """The rate that both the sender and the campaign allow, as far as it is known."""
    return own if isinstance(own, float) and 0 < own < (sender or 0.0) else sender


def _words(error: FixInput | NotFound) -> str:
    if isinstance(error, NotFound):
        return str(error)
    return "; ".join(each.detail.partition(": see")[0] for each in error.mistakes)


def text_of(form: Form) -> str:
    """What is written, or what the saved template says; raises NotFound."""
    chosen = compose_form.chosen_template(form)
    if chosen is None:
        return form.value("message")
    state = services().templates.find(chosen[0])
    older = [each.text for each in state.versions if each.version == chosen[1]]
    return older[0] if older else state.template.text


def _on(form: Form, text: str, whom: Whom) -> Trial:
    fields = whom.contact.person.for_texts() if whom.contact else {}
    links = bool(form.value("track_links"))
    return services().trials.on(text, fields, form.value("sender"), track_links=links)


def _contacts(form: Form) -> Whom:
    """Contacts that are meant; where nothing is chosen yet, any of them to see a text on."""
    lists, told = compose_form.ticked(form), form.value("audience")
    audience = compose_form.told(form)["audience"] if told else None
    target = Target(tuple(lists), audience) if lists or told else None
    count = services().trials.count(target) if target else 0
    is_nobody = target is not None and count == 0  # to look for one would take a while
    reader = None if is_nobody else services().trials.reader(target, form.value("contact"))
    if reader is None:
        return Whom(count)
    contact = reader.contact
    return Whom(count, contact.person.number, contact, reader.previous, reader.next)


def _numbers(form: Form) -> Whom:
    """Numbers that were pasted: with them come no fields."""
    there = compose_form.entries(form)
    if not there:
        return Whom(0)
    wanted = form.value("contact")
    place = there.index(wanted) if wanted in there else 0
    before = there[place - 1] if place else None
    behind = there[place + 1] if place + 1 < len(there) else None
    return Whom(len(there), there[place], None, before, behind)
