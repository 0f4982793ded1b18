"""A text tried on one contact: what that person would read, before anything is kept or sent."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.campaign import why_unsendable
from app.domain.errors import InvalidTemplate
from app.domain.finish import Finish
from app.domain.target import Target
from app.domain.template import read_template
from app.services.audiences import selection_of
from app.storage import audiences, contact_pages, sender_texts
from app.storage.audiences import Selection
from app.storage.contact_pages import Search, StoredContact
from app.storage.database import Database

_SAME_FOR = 5.0  # seconds for which a count is not made again
_LOOKED_AT = 100  # contacts that are asked for the names of their fields


@dataclass(frozen=True, slots=True)
class Reader:
    """A contact to try a text on, and the numbers of those beside it."""

    contact: StoredContact
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What somebody would read; or, in words, why there is no text for them."""

    text: str = ""
    problem: str | None = None


class Trials:
    """Find somebody to try a text on, and fill it in."""

    def __init__(
        self,
        database: Database,
        link_base: str | None = None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._link_base = link_base  # what short links begin with
        self._ticks = ticks  # seconds of a clock that only goes forward
        self._counted: dict[str, tuple[float, int]] = {}  # when, how many, by whom it was asked of

    def reader(self, target: Target | None, number: str = "") -> Reader | None:
        """The first contact from `number` on of those that are meant, None: of all of them.

        Returns None where there is nobody. Raises FixInput when the target names what is not there.
        """
        with self._database.reading() as session:
            selection = selection_of(session, target) if target else Selection()
            previous, here, following = audiences.around(session, selection, number)
            found = contact_pages.find(session, here) if here else None
        return Reader(found, previous, following) if found else None

    @property
    def makes_links(self) -> bool:
        """Can links be made short?"""
        return self._link_base is not None

    def count(self, target: Target) -> int:
        """How many contacts are meant, now or some seconds ago; raises FixInput as `reader` does.

        Whoever writes a text asks again and again, and means the same people.
        """
        asked, now = json.dumps(target.as_json(), sort_keys=True), self._ticks()
        when, known = self._counted.get(asked, (now - _SAME_FOR, 0))
        if now - when < _SAME_FOR:
            return known
        with self._database.reading() as session:
            count = audiences.count(session, selection_of(session, target))
        fresh = {of: each for of, each in self._counted.items() if now - each[0] < _SAME_FOR}
        self._counted = {**fresh, asked: (now, count)}
        return count

    def fields(self) -> list[str]:
        """What texts may ask for, by name: the fields that the first contacts have."""
        with self._database.reading() as session:
            found = contact_pages.page(session, Search(), "", _LOOKED_AT)
        return sorted({name for each in found for name in each.person.for_texts()})

    def on(
        self, text: str, fields: Mapping[str, str], sender: str, *, track_links: bool = False
    ) -> Trial:
        """The text for somebody with these fields, with all that `sender` adds to it."""
        with self._database.reading() as session:
            added = sender_texts.of_sender(session, sender)
        finish = Finish(added, self._link_base if track_links else None)
        try:
            template = read_template(text).finished(finish)
            if missing := template.missing(fields):
                return Trial(problem=f"there is no value for {', '.join(missing)}")
            filled_in = template.render(fields)
        except InvalidTemplate as error:
            return Trial(problem=str(error))
        reason = why_unsendable(filled_in)
        return Trial(problem=reason) if reason else Trial(filled_in)
