"""The tries of a delivery, as they are kept beside it: the time, the answer, what was wrong."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from app.domain.hooks import HookTry

_KEPT = 50  # of a delivery: a dozen a day, and as many for each time that it is replayed


def written(tries: Iterable[HookTry]) -> list[dict[str, Any]] | None:
    """What to keep, the oldest left out where there are very many.

    None: nothing but one good try, which the row tells by itself. Most deliveries are of this
    kind, and cost no byte more.
    """
    kept = list(tries)[-_KEPT:]
    if len(kept) == 1 and kept[0].problem is None:
        return None
    return [{**asdict(each), "at": each.at.isoformat()} for each in kept]


def read(stored: Iterable[dict[str, Any]] | None) -> tuple[HookTry, ...]:
    """The tries that were kept, the oldest first."""
    return tuple(
        HookTry(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in stored or ()
    )
