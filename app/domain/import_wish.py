"""What a client wants of an import, checked against the file that it is about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.cell_number import known_region
from app.domain.contact import OnExisting, why_no_tag, why_wrong
from app.domain.errors import FixInput, Mistake
from app.domain.import_order import ImportOrder, column_mistakes, renamed
from app.domain.sheet_facts import SheetFacts
from app.domain.sheet_rows import LONGEST_LIST


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants to be done with the rows. `mapping` is by heading, where it differs."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    on_existing: OnExisting = OnExisting.UPDATE
    lists: Sequence[str] = ()  # names or ids
    tags: Sequence[str] = ()
    default_region: str | None = None
    time_zone: str | None = None
    language: str | None = None


def order_of(facts: SheetFacts, wish: Wish, *, strict: bool) -> ImportOrder:
    """What is to be done with the file. Raises FixInput with every mistake, if `strict`."""
    columns, unknown = renamed(facts.headings, facts.columns, wish.mapping)
    order = ImportOrder(
        columns=columns,
        on_existing=wish.on_existing,
        lists=tuple(wish.lists),
        tags=tuple(dict.fromkeys(tag.strip() for tag in wish.tags)),
        default_region=known_region(wish.default_region or ""),
        time_zone=wish.time_zone,
        language=wish.language,
    )
    mistakes = [*_unknown_headings(unknown, facts), *_wish_mistakes(wish, order)]
    mistakes += [Mistake("/mapping", each) for each in column_mistakes(columns)]
    if strict and mistakes:
        raise FixInput(mistakes)
    return order


def _unknown_headings(unknown: Sequence[str], facts: SheetFacts) -> Iterator[Mistake]:
    for heading in unknown:
        there = ", ".join(f'"{each}"' for each in facts.headings)
        yield Mistake(
            f"/mapping/{_escaped(heading)}", f"is no column of the file, which has {there}"
        )


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _wish_mistakes(wish: Wish, order: ImportOrder) -> Iterator[Mistake]:
    if wish.default_region and order.default_region is None:
        yield Mistake("/default_region", 'is no country: write its two letters, as in "GB"')
    for name in ("time_zone", "language"):
        value = getattr(wish, name)
        if value is not None and (wrong := why_wrong(name, value)):
            yield Mistake(f"/{name}", wrong)
    for place, tag in enumerate(order.tags):
        if wrong := why_no_tag(tag):
            yield Mistake(f"/tags/{place}", wrong)
    for place, name in enumerate(wish.lists):
        if not name.strip() or len(name) > LONGEST_LIST:
            yield Mistake(f"/lists/{place}", f"must have 1 to {LONGEST_LIST} characters")
