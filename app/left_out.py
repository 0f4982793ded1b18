"""What libraries load where it happens to be installed, and nobody here needs: left out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def left_out(*modules: str) -> Iterator[None]:
    """Meanwhile these are as if not installed, unless loaded before; for the start of a process."""
    absent = [name for name in modules if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # so Python keeps that it is not there
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
