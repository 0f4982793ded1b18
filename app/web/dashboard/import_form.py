"""What is wished of an import, as the fields of a form."""

from collections.abc import Iterator

from app.domain.contact import OnExisting
from app.domain.import_order import FIELD, LEAVE_OUT, free_field
from app.domain.import_wish import Wish
from app.domain.sheet_facts import SheetFacts
from app.domain.sheet_words import COLUMNS
from app.storage.imports import StoredImport
from app.web.dashboard.forms import Form


def filled(job: StoredImport) -> Form:
    """The form with what was found out about the file."""
    columns = {f"column-{place}": target for place, target in enumerate(job.facts.columns)}
    return Form({**columns, "on_existing": OnExisting.UPDATE})


def choices(facts: SheetFacts, place: int) -> list[tuple[str, str]]:
    """What the column can be, each with its words."""
    target = facts.columns[place]
    free = target if target.startswith(FIELD) else free_field(facts.headings[place], place)
    own = (free, f"Field {free.removeprefix(FIELD)}")
    return [*((each, _in_words(each)) for each in COLUMNS), own, (LEAVE_OUT, "Leave it out")]


def _in_words(target: str) -> str:
    return target.replace("_", " ").capitalize()


def wish_of(facts: SheetFacts, form: Form) -> Wish:
    """What the form says, as the service takes it."""
    mapping = {
        heading: form.values[f"column-{place}"]
        for place, heading in enumerate(facts.headings)
        if f"column-{place}" in form.values
    }
    existing = form.value("on_existing")
    return Wish(
        mapping=mapping,
        on_existing=OnExisting(existing) if existing in set(OnExisting) else OnExisting.UPDATE,
        lists=list(_listed(form.value("lists"))),
        tags=list(_listed(form.value("tags"))),
        default_region=form.value("default_region") or None,
        time_zone=form.value("time_zone") or None,
        language=form.value("language") or None,
    )


def _listed(text: str) -> Iterator[str]:
    return (each.strip() for each in text.split(",") if each.strip())
