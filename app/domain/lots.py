"""Very many of something, some at a time."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import TypeVar

_Of = TypeVar("_Of")

SIZE = 500  # enough that what is done once for a lot costs nothing, and few in memory


def lots(items: Iterable[_Of], size: int = SIZE) -> Iterator[list[_Of]]:
    """All of them in order, in lists of at most `size` that are never empty."""
    following = iter(items)
    while lot := list(islice(following, size)):
        yield lot


_RUN = 5_000


def in_order(texts: Iterable[str]) -> Iterator[str]:
    """The texts sorted. Other threads run meanwhile, as not while a million are sorted at once."""
    return merge(*map(sorted, lots(texts, _RUN)))
