"""Why did they get it, or why not: all that is known about a number, merged and in order."""

from dataclasses import dataclass

from app.domain.history import History
from app.domain.phone import PhoneNumber
from app.domain.timeline import TimelineEntry, Verdict, in_order
from app.domain.told_answers import tell_answers
from app.domain.told_links import tell_clicks
from app.domain.told_messages import lives, tell_queue
from app.domain.told_people import tell_person
from app.domain.verdicts import verdicts
from app.storage import timeline
from app.storage.database import Database

MOST = 1_000  # entries of a timeline, and rows of each kind that it is told from

_NOTHING = "nothing is known about this number"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything about a number, the oldest first."""

    number: PhoneNumber
    is_opted_out: bool
    summary: tuple[Verdict, ...]
    entries: tuple[TimelineEntry, ...]
    note: str | None = None  # for a person, where there is something to say about the answer


class Timelines:
    """Tells what was decided about a number."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._most = most

    def of(self, number: PhoneNumber) -> Timeline:
        """Every decision about the number in order; empty, with a note, where there was none."""
        with self._database.reading() as session:
            history = timeline.read(session, number, self._most)
        entries = sorted(_told(history), key=in_order)
        newest = tuple(entries[-self._most :])
        cut = f"only the newest {self._most:,} entries are shown"
        note = cut if _is_cut(history, entries, self._most) else None
        return Timeline(
            number,
            history.is_opted_out,
            tuple(verdicts(history)),
            newest,
            note if entries else _NOTHING,
        )


def _told(history: History) -> list[TimelineEntry]:
    entries = [*tell_person(history), *tell_clicks(history)]
    for life in lives(history):
        receipts = [each for each in history.receipts if each.message_id == life.message.id]
        entries += [*tell_queue(life), *tell_answers(life, receipts)]
    return entries


def _is_cut(history: History, entries: list[TimelineEntry], most: int) -> bool:
    kinds = (history.messages, history.attempts, history.receipts, history.consents)
    others = (history.texts, history.refusals, history.campaign_events, history.clicks)
    return len(entries) > most or any(len(rows) >= most for rows in (*kinds, *others))
