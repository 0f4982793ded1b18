"""What the screens of phones show: texts that reached them, and what they wrote back."""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from threading import Lock

MOST_PHONES = 1_000  # those with the newest texts are kept
MOST_BUBBLES = 50  # of one phone


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text on a screen."""

    is_ours: bool  # written on this phone
    sender: str
    to: str
    text: str
    at: float  # seconds since the epoch
    segments: int
    trouble: str | None = None  # why the carrier says that it never arrived


@dataclass(frozen=True, slots=True)
class Phone:
    """One number and its texts, the newest first."""

    number: str
    bubbles: tuple[Bubble, ...]

    @property
    def senders(self) -> tuple[str, ...]:
        """The numbers that it can write to, the newest first; nobody can reply to a name."""
        others = (bubble.to if bubble.is_ours else bubble.sender for bubble in self.bubbles)
        return tuple(dict.fromkeys(other for other in others if other.isdigit()))


class Phones:
    """The screens of all phones, within bounds, whichever thread writes or looks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._screens: OrderedDict[str, deque[Bubble]] = OrderedDict()  # the newest last
        self._version = 0

    @property
    def version(self) -> int:
        """Another number after every change, so that a page knows whether to look."""
        return self._version

    def show(self, bubble: Bubble) -> None:
        """Put a text on the screen of the phone that it came to, or that wrote it."""
        number = bubble.sender if bubble.is_ours else bubble.to
        with self._lock:
            screen = self._screens.setdefault(number, deque(maxlen=MOST_BUBBLES))
            screen.appendleft(bubble)
            self._screens.move_to_end(number)
            if len(self._screens) > MOST_PHONES:
                self._screens.popitem(last=False)
            self._version += 1

    def newest(self, most: int, digits: str = "") -> list[Phone]:
        """Phones whose number has these digits in it, the one with the newest text first."""
        with self._lock:
            numbers = islice((each for each in reversed(self._screens) if digits in each), most)
            return self._phones(numbers)

    def forget(self) -> None:
        """Clear all screens."""
        with self._lock:
            self._screens.clear()
            self._version += 1

    def _phones(self, numbers: Iterable[str]) -> list[Phone]:
        return [Phone(number, tuple(self._screens[number])) for number in numbers]
