"""Dry runs that go on behind their page: begun by one request, and asked for by those that follow.

To decide about a hundred thousand people takes seconds, and a browser should not wait for them.
What is known here is known to this process alone and is lost with it: whoever asks for a run that
is not known begins it. Each is handed out once and then forgotten, so nobody sees one of earlier.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from app.domain.errors import CarillonError
from app.domain.preview import Preview

_log = logging.getLogger(__name__)

PATIENCE = 0.04  # seconds that a page waits: of the 0.1 that it may take the rest makes it
_AGAIN = 4  # whoever asks again waits for a quarter of that, since they come soon again
_AT_ONCE = 2  # threads: more would only take turns, and one would let small ones wait for large
_MOST = 20  # runs that are remembered
_LEFT_ALONE = 20.0  # seconds without a question, after which nobody waits for one that waits
_KEPT = 180.0  # seconds for which a result waits to be asked for


class Failed(CarillonError):
    """A fault of ours, which was logged."""

    def __init__(self) -> None:
        super().__init__("that is our fault; it was logged")


@dataclass(slots=True, eq=False)
class DryRun:
    """One computation: under way until `is_over`, then with a preview or a problem."""

    id: str
    campaign_id: str
    standing: object  # of the campaign when this was begun
    asked_at: float = 0.0
    has_begun: bool = False
    preview: Preview | None = None
    problem: CarillonError | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def is_over(self) -> bool:
        return self.preview is not None or self.problem is not None


class DryRuns:
    """Decide behind the page: few at once, and never twice at once about the same campaign."""

    def __init__(
        self,
        decide: Callable[[str], Preview],
        standing: Callable[[str], object],
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.patience = PATIENCE  # seconds that `of` waits; tests have more, or less
        self._decide = decide
        self._standing = standing  # how a campaign stands; another than before: it was changed
        self._ticks = ticks  # seconds of a clock that only goes forward
        self._lock = threading.Lock()
        self._known: list[DryRun] = []  # in the order in which they are made
        self._busy: set[str] = set()  # the campaigns that are decided about
        self._threads: set[threading.Thread] = set()
        self._is_stopping = False

    def of(self, campaign_id: str, run_id: str | None = None) -> DryRun:
        """The run with this id, after a moment: over, or under way. Without an id, one of now.

        One that is not known is begun: it is new, was handed out before, is of another campaign,
        or of this one before it was changed. Raises what `standing` raises.
        """
        run = self.begin(campaign_id, run_id)
        run.ended.wait(self.patience / _AGAIN if run_id else self.patience)
        with self._lock:
            if run.is_over and run in self._known:
                self._known.remove(run)
        return run

    def begin(self, campaign_id: str, run_id: str | None = None) -> DryRun:
        """The same without waiting; it is kept until `of` hands it out, or for some minutes."""
        asked = campaign_id, self._standing(campaign_id)
        with self._lock:
            run = self._found(asked, run_id) or DryRun(run_id or str(uuid4()), *asked)
            self._remember(run)
            if not run.has_begun:
                self._set_to_work()
        return run

    def stop(self, timeout: float) -> None:
        """Begin no more, and wait so many seconds for what is under way: it is not needed."""
        with self._lock:
            self._is_stopping = True
            threads = list(self._threads)
        end = time.monotonic() + timeout
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _found(self, asked: tuple[str, object], run_id: str | None) -> DryRun | None:
        """Who asks without an id shares one that has not begun: that is one of now as well."""
        for run in self._known:
            is_meant = run.id == run_id if run_id else not run.has_begun
            if is_meant and (run.campaign_id, run.standing) == asked:
                return run
        return None

    def _remember(self, run: DryRun) -> None:
        run.asked_at = now = self._ticks()
        if run not in self._known:
            self._known.append(run)
        self._known = [each for each in self._known if self._is_wanted(each, now)]
        if len(self._known) > _MOST:
            self._known.remove(min(self._known, key=lambda each: each.asked_at))

    def _is_wanted(self, run: DryRun, now: float) -> bool:
        return now - run.asked_at < (_KEPT if run.has_begun else _LEFT_ALONE)

    def _set_to_work(self) -> None:
        if len(self._threads) < _AT_ONCE and not self._is_stopping:
            thread = threading.Thread(target=self._work, name="dry_run", daemon=True)
            self._threads.add(thread)
            thread.start()

    def _work(self) -> None:
        while run := self._next():
            self._make(run)

    def _next(self) -> DryRun | None:
        """One that waits, now begun; None: there is none, and this thread ends."""
        with self._lock:
            now = self._ticks()
            for run in self._known:
                is_free = not run.has_begun and run.campaign_id not in self._busy
                if is_free and self._is_wanted(run, now) and not self._is_stopping:
                    run.has_begun = True
                    self._busy.add(run.campaign_id)
                    return run
            self._threads.discard(threading.current_thread())
            return None

    def _make(self, run: DryRun) -> None:
        try:
            run.preview = self._decide(run.campaign_id)
        except CarillonError as error:  # what its page tells
            run.problem = _bare(error)
        except Exception:  # noqa: BLE001 (logged; whatever it is, the next must still be made)
            _log.exception("dry_run_failed", extra={"campaign_id": run.campaign_id})
            run.problem = Failed()
        finally:
            with self._lock:
                self._busy.discard(run.campaign_id)
            run.ended.set()


def _bare(error: CarillonError) -> CarillonError:
    """The same without the frames that it came through, which hold recipients."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
