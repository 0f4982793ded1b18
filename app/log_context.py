"""What the lines of this thread are about: the id of a request, say."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default=_NOTHING)


def told() -> Mapping[str, str]:
    """The fields that every line has now."""
    return _about.get()


def tell(**fields: str) -> None:
    """Every line has these from here on, and none of those before; without any, it has none."""
    _about.set(fields)


@contextmanager
def telling(**fields: str) -> Iterator[None]:
    """Within the block lines have these as well."""
    before = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(before)
