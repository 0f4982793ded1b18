"""Libraries lose their docstrings and nothing else: held to what `ast` says is one."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest
import sqlalchemy

from app.docstrings import without_docstrings

LONG = "It tells at length what somebody may want to know who reads the code of it."
SOURCE = f'''
"""{LONG}"""

def told():
    """{LONG}"""
    return "{LONG}!"

def untold():
    return "{LONG}?"

def twice():
    """{LONG}"""
    return "{LONG}"

def named(kind="{LONG}"):
    kind
    return kind, lambda: "{LONG}+", [each + "{LONG}-" for each in "ab"], tuple(c for c in "{LONG}")

class Told:
    """{LONG}"""
    kind = "{LONG}="
    class Within:
        """{LONG}"""

class Twice:
    """{LONG}"""
    kind = "{LONG}"

class Untold:
    kind = "{LONG}"

class Late:
    kind = "{LONG}"
    __doc__ = "{LONG}"
'''


@pytest.fixture
def made() -> dict[str, object]:
    names: dict[str, object] = {}
    exec(without_docstrings(compile(SOURCE, "source", "exec")), names)  # noqa: S102 (ours, above)
    return names


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="classes keep theirs since Python 3.13")
def test_docstrings_are_left_out(made: dict[str, object]) -> None:
    told = made["Told"]

    assert isinstance(told, type)
    assert [made["__doc__"], made["told"].__doc__, told.__doc__, vars(told)["Within"].__doc__] == [
        " "
    ] * 4


def test_nothing_else_is(made: dict[str, object]) -> None:
    plain: dict[str, object] = {}
    exec(compile(SOURCE, "source", "exec"), plain)  # noqa: S102 (ours, above)

    assert told_by(made) == told_by(plain)
    for name in ("Untold", "Late", "Twice", "twice"):
        assert made[name].__doc__ == plain[name].__doc__


def told_by(names: dict[str, object]) -> list[object]:
    """Whatever comes out of it but docstrings."""
    kind, called, listed, letters = names["named"]()  # type: ignore[operator]  # made above
    returned = [names[name]() for name in ("told", "untold", "twice")]  # type: ignore[operator]  # made above
    kinds = [names[name].kind for name in ("Told", "Twice", "Untold", "Late")]  # type: ignore[attr-defined]  # made above
    return [kind, called(), listed, letters, *returned, *kinds]


def test_what_a_library_loses_are_its_docstrings() -> None:
    files = sorted(Path(sqlalchemy.__file__).parent.rglob("*.py"))[::4]
    found = missed = 0
    for file in [*files, Path(ast.__file__)]:
        source = file.read_text(encoding="utf-8")
        compiled = compile(source, str(file), "exec", dont_inherit=True)
        lost = Counter(strings(compiled)) - Counter(strings(without_docstrings(compiled)))

        assert lost <= docstrings(source), file
        missed += (docstrings(source) - lost).total()
        found += lost.total()

    assert missed < found / 100 or sys.version_info >= (3, 13)


def strings(code: CodeType) -> Iterator[str]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from strings(each)
        elif isinstance(each, str):
            yield each


def docstrings(source: str) -> "Counter[str]":
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = list(ast.walk(ast.parse(source)))
    found = [ast.get_docstring(each, clean=False) for each in nodes if isinstance(each, kinds)]
    found += [given(each) for each in nodes if isinstance(each, ast.Assign)]
    return Counter(each for each in found if each and len(each) >= 60)


def given(assign: ast.Assign) -> str | None:
    """What is written as `__doc__ = ...`, which is a docstring as well."""
    names = [each.id for each in assign.targets if isinstance(each, ast.Name)]
    value = assign.value.value if isinstance(assign.value, ast.Constant) else None
    return value if names == ["__doc__"] and isinstance(value, str) else None


def test_what_is_loaded_afterwards_comes_without_them_and_ours_with_them() -> None:
    program = (
        "from app import docstrings; docstrings.leave_out_of_libraries();"
        "import fractions, flask.cli, app.settings as ours;"
        "print(["
        "  fractions.Fraction.limit_denominator.__doc__,"
        "  bool(flask.cli.run_command.help.strip()),"
        "  len(ours.__doc__) > 9,"
        "])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[' ', True, True]"
