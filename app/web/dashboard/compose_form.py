"""The form of a campaign: as it is shown, and as the body that the API takes."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from app.domain.errors import FixInput, Mistake
from app.domain.hour_presets import PRESETS
from app.domain.terms import Terms
from app.domain.unicode_cost import in_plain
from app.storage.campaigns import StoredCampaign
from app.storage.contact_lists import StoredList
from app.web import views
from app.web.context import options, services
from app.web.dashboard.forms import Form
from app.web.dashboard.wording import zone
from app.web.schemas import MAX_PAGE

MOST = 5_000  # numbers that are pasted; more come from a file
CONTACTS, NUMBERS, KEPT = "contacts", "numbers", "kept"
USUAL, OWN = "usual", "own"
NOW, LATER = "now", "later"

_BETWEEN = re.compile(r"[\n,;]+")
_SATURDAY, _SUNDAY = 5, 6
# Where the API speaks of a part by another name than the form.
_FIELDS = {"from": "sender", "brake": "spend_cap", "recipients": "numbers", "lists": "whom"}


def begun(asked: Mapping[str, str]) -> Form:
    """A new one; the address may name an audience, a list and a template."""
    cap = options().policy.spend_cap
    return Form(
        {
            "key": str(uuid4()),
            "whom": CONTACTS,
            "audience": asked.get("audience", ""),
            f"list-{asked.get('list', '')}": "on",
            "sender": options().sender,
            "template": asked.get("template", ""),
            "kind": "marketing",
            "begin": NOW,
            "time_zone": str(zone()),
            "quiet_hours": USUAL,
            "spend_cap": "" if cap is None else f"{cap:f}",
            "max_rate": "",
            "holidays": "",
            "canary": _count(options().policy.canary),
        }
    )


def filled(campaign: StoredCampaign, lists: list[StoredList]) -> Form:
    """One that is kept, as it is now."""
    told = campaign.time_zone
    shown = ZoneInfo(told) if told else zone()
    terms, cap, saved = campaign.terms, campaign.policy.spend_cap, campaign.template_id
    minutes = terms.local_time
    return Form(
        {
            **_whom_of(campaign, lists),
            "name": campaign.name,
            "sender": campaign.sender,
            "message": campaign.message,
            "template": f"{saved}:{campaign.template_version}" if saved else "",
            "track_links": "on" if campaign.track_links else "",
            "kind": _kind_of(terms),
            "begin": LATER if campaign.scheduled_at else NOW,
            "scheduled_at": _local(campaign.scheduled_at, shown),
            "not_after": _local(campaign.not_after, shown),
            "time_zone": str(shown),
            "quiet_hours": _hours_of(terms),
            "local_time": views.clock_text(minutes) or "",
            "spend_cap": "" if cap is None else f"{cap:f}",
            "max_rate": "" if campaign.max_rate is None else f"{campaign.max_rate:g}",
            "holidays": _holidays_of(terms),
            "canary": _count(campaign.policy.canary),
        }
    )


def _local(at: datetime | None, where: Any) -> str:
    """As browsers write local times."""
    if at is None:
        return ""
    local = at.astimezone(where).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _whom_of(campaign: StoredCampaign, lists: list[StoredList]) -> dict[str, str]:
    target = campaign.target
    if target is None:
        named = services().orders.recipients(campaign.id, MOST + 1)
        numbers = [each for each in named if isinstance(each, str)]
        if len(numbers) < len(named) or len(named) > MOST:
            return {"whom": KEPT}
        return {"whom": NUMBERS, "numbers": "\n".join(numbers)}
    ticked = {f"list-{each.id}": "on" for each in lists if {each.id, each.name} & {*target.lists}}
    rule = target.audience if isinstance(target.audience, Mapping) else None
    saved = services().audiences.page("", MAX_PAGE)
    ids = [each.id for each in saved if target.audience in (each.id, each.name)]
    chosen = OWN if rule is not None else "".join(ids[:1])
    return {"whom": CONTACTS, "audience": chosen, "rule": json.dumps(rule), **ticked}


def _kind_of(terms: Terms) -> str:
    return "marketing" if terms.is_marketing else "transactional"


def _count(number: int | None) -> str:
    return "" if number is None else str(number)


def _hours_of(terms: Terms) -> str:
    if terms.window == _usual(terms).window:
        return USUAL
    if terms.window is None:
        return "off"
    # What an operator gave a name may have other hours by now.
    return str(terms.window_name) if terms.window_name in PRESETS else OWN


def _usual(terms: Terms) -> Terms:
    return options().terms if terms.is_marketing else options().terms.transactional


def _holidays_of(terms: Terms) -> str:
    """What was said of public holidays; nothing, where it is as the chosen hours have it."""
    chosen = _hours_of(terms)
    if chosen == USUAL:
        is_closed = _usual(terms).closed_on_holidays
    elif chosen == OWN:
        is_closed = terms.closed_on_holidays
    else:
        is_closed = chosen in PRESETS and PRESETS[chosen].closed_on_holidays
    same = is_closed == terms.closed_on_holidays
    return "" if same else views.holidays(is_closed=terms.closed_on_holidays)


def step(form: Form, do: str, template_text: str) -> Form:
    """The form after one of the buttons that a script makes quicker."""
    message = form.value("message")
    action, _, what = do.partition("-")
    changes = {
        "plain": {"message": in_plain(message)},
        "insert": {"message": f"{message}{{{{ {what} }}}}"},
        "copy": {"message": template_text, "template": ""},
        "show": {"contact": what},
    }
    return replace(form, values={**form.values, **changes.get(action, {})})


def entries(form: Form) -> list[str]:
    """The numbers that were pasted, one by one."""
    return [each for text in _BETWEEN.split(form.value("numbers")) if (each := text.strip())]


def ticked(form: Form) -> list[str]:
    """The ids of the lists that were chosen."""
    names = (name.removeprefix("list-") for name in form.values if name.startswith("list-"))
    return [each for each in names if each]


def chosen_template(form: Form) -> tuple[str, int | None] | None:
    """The id of a saved template, and which version, where one is to stay as it was."""
    template_id, _, version = form.value("template").partition(":")
    return (template_id, int(version) if version.isdecimal() else None) if template_id else None


def told(form: Form, kept: StoredCampaign | None = None) -> dict[str, Any]:
    """The body that a client of the API would send. Raises FixInput for what it cannot say."""
    brake: dict[str, Any] = {"spend_cap": form.value("spend_cap") or None}
    if "canary" in form.values:
        written = form.value("canary") or None
        brake["canary"] = int(written) if written and written.isdecimal() else written
    body = {
        **_whom(form),
        **_text(form),
        **_times(form),
        **_terms(form, kept),
        "from": form.value("sender"),
        "local_time": form.value("local_time") or None,
        "track_links": bool(form.value("track_links")),
        "brake": brake,
        "max_rate": max_rate(form),
    }
    return body | ({"name": form.value("name")} if form.value("name") else {})


def max_rate(form: Form) -> float | str | None:
    """Messages a second at most; as it was written, where that is no number."""
    written = form.value("max_rate")
    try:
        return float(written) if written else None
    except ValueError:
        return written


def _whom(form: Form) -> dict[str, Any]:
    if form.value("whom") == KEPT:
        return {}
    if form.value("whom") == NUMBERS:
        return {"recipients": entries(form)}
    lists, audience = ticked(form), form.value("audience")
    chosen = _rule(form) if audience == OWN else audience
    return {**({"lists": lists} if lists else {}), **({"audience": chosen} if chosen else {})}


def _rule(form: Form) -> Any:
    """The rule that a campaign has of its own; what is none is refused like any other mistake."""
    try:
        return json.loads(form.value("rule"))
    except ValueError:
        return {"none": None}


def _text(form: Form) -> dict[str, Any]:
    chosen = chosen_template(form)
    if chosen is None:
        return {"message": form.value("message")}
    return {"template": {"id": chosen[0], "version": chosen[1]}}


def _times(form: Form) -> dict[str, Any]:
    later = form.value("begin") == LATER
    begins, ends = form.value("scheduled_at") if later else "", form.value("not_after")
    named = {"scheduled_at": begins or None, "not_after": ends or None}
    return {**({"time_zone": form.value("time_zone")} if begins or ends else {}), **named}


def _terms(form: Form, kept: StoredCampaign | None) -> dict[str, Any]:
    """What is to be different; of another kind, all that the kind brings with it."""
    kind, hours, holidays = (form.value(name) for name in ("kind", "quiet_hours", "holidays"))
    said = {"holidays": holidays} if holidays else {}
    if kept is None or kind != _kind_of(kept.terms):
        return {"kind": kind, **({} if hours == USUAL else _hours(hours, kept)), **said}
    is_same = hours == _hours_of(kept.terms)
    if is_same and holidays == _holidays_of(kept.terms):
        return {}  # also where the name of its hours means others by now
    if is_same and said:
        return said
    if hours == OWN:
        return _hours(hours, kept)
    chosen = hours if hours != USUAL else None if kept.terms.is_marketing else "off"
    return {"quiet_hours": chosen, **said}


def _hours(chosen: str, kept: StoredCampaign | None) -> dict[str, Any]:
    window = kept.terms.window if kept else None
    if chosen != OWN or kept is None or window is None:
        return {"quiet_hours": chosen}
    weekday, saturday, sunday = (window.days[day] for day in (0, _SATURDAY, _SUNDAY))
    named = {"weekdays": weekday, "saturday": saturday, "sunday": sunday}
    return {
        "quiet_hours": {
            n: day and [views.clock_text(each) for each in day] for n, day in named.items()
        },
        "holidays": views.holidays(is_closed=kept.terms.closed_on_holidays),
    }


def lacking(form: Form) -> list[Mistake]:
    """What a person forgot, in words that fit the form."""
    found: list[Mistake] = []
    whom = form.value("whom")
    if whom == NUMBERS and not 0 < len(entries(form)) <= MOST:
        found.append(Mistake("/numbers", f"needs 1 to {MOST:,} numbers, one on each line"))
    if whom == CONTACTS and not ticked(form) and not form.value("audience"):
        found.append(Mistake("/whom", "choose a list, an audience, or both"))
    if form.value("begin") == LATER and not form.value("scheduled_at"):
        found.append(Mistake("/scheduled_at", "say when it is to begin"))
    if not chosen_template(form) and not form.value("message").strip():
        found.append(Mistake("/message", "write a text, or choose a template"))
    return found


def by_field(error: FixInput) -> FixInput:
    """The same mistakes at the fields of the form."""
    return FixInput([replace(each, pointer=f"/{_field(each.pointer)}") for each in error.mistakes])


def _field(pointer: str) -> str:
    first, _, rest = pointer.lstrip("/").partition("/")
    return "canary" if (first, rest) == ("brake", "canary") else _FIELDS.get(first, first)
