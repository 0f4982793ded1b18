"""What libraries load or build while they are imported, and nobody here needs: left out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel


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


@contextmanager
def checked_late() -> Iterator[None]:
    """What checks a model that is declared meanwhile is built for the first use of that model."""
    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        del BaseModel.model_config["defer_build"]
