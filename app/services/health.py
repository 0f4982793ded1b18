"""Can this process do its work now?"""

from dataclasses import dataclass

from app.domain.errors import TryAgain
from app.sending.ports import Runner
from app.storage import migrate
from app.storage.database import Database

_OK = "ok"
_ELSEWHERE = "left to workers"  # WEB_DISPATCH=off; theirs to tell whether they are well


@dataclass(frozen=True, slots=True)
class Readiness:
    """Each check in words: "ok", or what is wrong."""

    database: str
    migrations: str
    dispatcher: str

    @property
    def is_ready(self) -> bool:
        return self.database == self.migrations == "ok" and self.dispatcher in (_OK, _ELSEWHERE)


class Health:
    """Checks what the service stands on."""

    def __init__(self, database: Database, runner: Runner, *, dispatches: bool = True) -> None:
        self._database = database
        self._runner = runner
        self._dispatches = dispatches

    def check(self) -> Readiness:
        """Ask the database, compare its revision with ours, look at the dispatcher."""
        dispatcher = _OK if self._runner.alive() else "not running in this process"
        if not self._dispatches:
            dispatcher = _ELSEWHERE
        try:
            found = self._revision()
        except TryAgain as error:
            return Readiness(str(error), "unknown", dispatcher)
        needed = migrate.newest()
        migrations = "ok" if found == needed else f"at {found}, needs {needed}: flask db upgrade"
        return Readiness("ok", migrations, dispatcher)

    def _revision(self) -> str | None:
        with self._database.reading() as session:
            return migrate.revision_of(session)
