"""Libraries without what their docstrings tell people: five megabytes less in every process.

`python -OO` would leave out ours too, of which the OpenAPI description is made, and every assert.
"""

import sys
from importlib import machinery
from inspect import CO_OPTIMIZED
from opcode import opmap
from types import CodeType

_OURS = "app"
_SHOWN = {"flask.cli"}  # what `flask --help` prints
_LONG = 60  # characters; below that, the rest of a string takes more
_NOTHING = " "  # not None: some libraries add to what they find
_HAS_ONE = 0x4000000  # CO_HAS_DOCSTRING of Python 3.14; before, the first constant is one or None
# The fourth name of a class that has one (Python 3.11, 3.12), the first of a module.
_IN_BODY = "__doc__"
_LOADING = [opmap[name] for name in ("LOAD_CONST", "RETURN_CONST") if name in opmap]


def leave_out_of_libraries() -> None:
    """From here on modules of others are loaded without. To be called once, before most are."""
    loaders = [
        (machinery.ExtensionFileLoader, machinery.EXTENSION_SUFFIXES),
        (_Loader, machinery.SOURCE_SUFFIXES),
        (machinery.SourcelessFileLoader, machinery.BYTECODE_SUFFIXES),
    ]
    sys.path_hooks.insert(0, machinery.FileFinder.path_hook(*loaders))
    sys.path_importer_cache.clear()


class _Loader(machinery.SourceFileLoader):
    """Reads a module, and what Python keeps compiled of it, which stays as it is."""

    def get_code(self, fullname: str) -> CodeType | None:
        code: CodeType | None = super().get_code(fullname)
        if code is None or fullname.partition(".")[0] == _OURS or fullname in _SHOWN:
            return code
        return without_docstrings(code)


def without_docstrings(code: CodeType) -> CodeType:
    """The same code, where it and what stands in it have docstrings of a space."""
    constants = [
        without_docstrings(each) if isinstance(each, CodeType) else each for each in code.co_consts
    ]
    place = _place(code)
    if place is not None:
        constants[place] = _NOTHING
    same = all(new is old for new, old in zip(constants, code.co_consts, strict=True))
    return code if same else code.replace(co_consts=tuple(constants))


def _place(code: CodeType) -> int | None:
    """Where among its constants its docstring is; None: it has none of some length."""
    is_function = bool(code.co_flags & CO_OPTIMIZED)
    place = _place_in_function(code) if is_function else _place_in_body(code)
    if place is None or place >= len(code.co_consts):
        return None
    found = code.co_consts[place]
    is_docstring = isinstance(found, str) and len(found) >= _LONG
    return place if is_docstring and _loads(code, place) == (not is_function) else None


def _place_in_function(code: CodeType) -> int | None:
    """The first constant, if it can be one: comprehensions have other strings there."""
    if sys.version_info >= (3, 14):
        return 0 if code.co_flags & _HAS_ONE else None
    return None if code.co_name.startswith("<") else 0


def _place_in_body(code: CodeType) -> int | None:
    """Of a module the first one; of a class the second one, after its name."""
    if code.co_names[:1] == (_IN_BODY,):
        return 0
    return 1 if code.co_names[3:4] == (_IN_BODY,) else None


def _loads(code: CodeType, place: int) -> int:
    """How often it is used, at least: once to be kept as `__doc__`, more if it is a value too."""
    return sum(code.co_code.count(bytes([each, place])) for each in _LOADING)
