"""Some rows of a file become contacts, in one transaction that also notes how far it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.contact import OnExisting, Person
from app.domain.import_order import ImportOrder, Problem, RowCounts
from app.domain.phone import PhoneNumber
from app.domain.sheet_rows import ReadRow
from app.services import import_consent
from app.services.import_consent import Said
from app.storage import consent, contacts, import_lists, imports
from app.storage.database import Database, Session
from app.storage.imports import Step, StoredImport
from app.storage.seen_numbers import SeenNumbers

KNOWN = "is the number of a contact already, and such rows were to be refused"
LEASE = timedelta(seconds=60)  # far more than a chunk takes


class NoLongerOurs(Exception):
    """The import was cancelled, or another worker has it; nothing of the chunk was stored."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that were read, and where the file goes on behind them."""

    rows: Sequence[ReadRow]
    position: int
    row: int


class ChunkWriter:
    """Stores chunks of one import, one after the other."""

    def __init__(self, database: Database, job: StoredImport, seen: SeenNumbers) -> None:
        assert job.wish is not None
        self._database = database
        self._seen = seen
        self._order: ImportOrder = job.wish
        self.job = job

    def store(self, chunk: Chunk, ids: Iterator[str], now: datetime) -> StoredImport:
        """Store a chunk; returns the import as it then stands. Raises NoLongerOurs."""
        tally = replace(self.job.tally)
        people, problems = self._sorted(chunk.rows, tally)
        step = Step(chunk.position, chunk.row)
        with self._database.writing() as session:
            # First: on PostgreSQL the row is locked from here on, so two workers cannot both go on.
            if not imports.move_on(session, self.job, step, now + LEASE):
                raise NoLongerOurs
            self._heed_opt_outs(session, chunk.rows, tally, ids, now)
            problems += self._keep(session, people, tally, now)
            self._enlist(session, people, ids, now)
            problems.sort(key=lambda problem: problem.row)
            imports.add_problems(session, self.job.id, problems)
            imports.note(session, self.job.id, tally)
        self.job = replace(
            self.job, position=step.position, row=step.row, tally=tally, lease_until=now + LEASE
        )
        return self.job

    def _sorted(
        self, rows: Sequence[ReadRow], tally: RowCounts
    ) -> tuple[dict[PhoneNumber, tuple[ReadRow, Person]], list[Problem]]:
        """The people to keep, by number, and what is wrong with the other rows."""
        good = {row.row: (row, person) for row in rows if (person := row.person())}
        first = self._seen.first_rows({row: person.number for row, (_, person) in good.items()})
        people, problems = {}, []
        for row in rows:
            tally.read += 1
            tally.mended += row.mended is not None
            if row.row not in good:
                tally.refused += 1
                problems += row.problems
            elif first[row.row] != row.row:
                tally.duplicates += 1
                same = f"is the number of row {first[row.row]} again: this row was left out"
                problems.append(Problem(row.row, self._number_heading, str(row.number), same))
            else:
                people[good[row.row][1].number] = good[row.row]
        return people, problems

    @property
    def _number_heading(self) -> str:
        return self.job.facts.headings[list(self._order.columns).index("number")]

    def _heed_opt_outs(
        self,
        session: Session,
        rows: Sequence[ReadRow],
        tally: RowCounts,
        ids: Iterator[str],
        now: datetime,
    ) -> None:
        """Also those of rows that are refused or repeated: who said no has said no."""
        readable = [row for row in rows if row.number is not None]
        before = consent.opted_out(session, sorted({str(row.number) for row in readable}))
        tally.opted_out_kept += sum(row.number in before for row in readable)
        said = {
            str(row.number): Said(self.job.filename, row.row, row.opted_out)
            for row in readable
            if row.opted_out is not None
        }
        tally.opted_out += import_consent.opt_out(session, said, ids, now)

    def _keep(
        self,
        session: Session,
        people: dict[PhoneNumber, tuple[ReadRow, Person]],
        tally: RowCounts,
        now: datetime,
    ) -> list[Problem]:
        """Write the contacts; returns the problems of those that are refused, and drops them."""
        wanted = [person for _, person in people.values()]
        known = contacts.upsert(session, wanted, self._order.on_existing, now)
        tally.added += len(people) - len(known)
        match self._order.on_existing:
            case OnExisting.UPDATE:
                tally.updated += len(known)
            case OnExisting.SKIP:
                tally.skipped += len(known)
            case OnExisting.REFUSE:
                tally.refused += len(known)
                refused = [people.pop(PhoneNumber(number))[0] for number in known]
                heading = self._number_heading
                return [Problem(row.row, heading, str(row.number), KNOWN) for row in refused]
        return []

    def _enlist(
        self,
        session: Session,
        people: Mapping[PhoneNumber, tuple[ReadRow, Person]],
        ids: Iterator[str],
        now: datetime,
    ) -> None:
        for list_id in import_lists.existing(session, self._order.lists):
            contacts.add_to_list(session, list_id, sorted(people), now)
        by_name: dict[str, list[str]] = {}
        for number, (row, _) in people.items():
            for name in row.lists:
                by_name.setdefault(name, []).append(number)
        for name, list_id in import_lists.named(session, list(by_name), ids, now).items():
            contacts.add_to_list(session, list_id, sorted(by_name[name]), now)
