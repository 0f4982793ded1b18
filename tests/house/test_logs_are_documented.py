"""docs/logs.md lists every event that the code can log, with its level and fields."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOGS = (ROOT / "docs/logs.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([^|]+) \| (\w+) \| ([^|]*)\| .+ \|$", re.MULTILINE)
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
NAME = re.compile(r"[a-z]+(_[a-z]+)*")

# Composed of the name of a thread; the work of all others catches what goes wrong by itself.
COMPOSED = {"{}_failed": "dispatcher_failed"}

Event = tuple[str, str, frozenset[str]]


def logged() -> Iterator[Event]:
    """(event, level, fields) of every call of a logger in the code."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and is_of_a_log(call.func):
                        assert isinstance(call.func, ast.Attribute)
                        place = f"{path.relative_to(ROOT)}:{call.lineno}"
                        yield read(call, call.func.attr, written_out(function), place)


def written_out(function: ast.AST) -> dict[str, ast.expr]:
    """What names stand for in a function, where it says so once."""
    return {
        target.id: each.value
        for each in ast.walk(function)
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }


def is_of_a_log(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in LEVELS
        and isinstance(called.value, ast.Name)
        and called.value.id in ("_log", "log", "logger")
    )


def read(call: ast.Call, level: str, names: dict[str, ast.expr], place: str) -> Event:
    assert len(call.args) == 1, f"{place}: an event and its fields, no sentence with gaps"
    given = {each.arg: each.value for each in call.keywords}
    assert given.keys() <= {"extra", "exc_info"}, place
    fields: set[str] = set()
    if "extra" in given:
        told = given["extra"]
        told = names.get(told.id, told) if isinstance(told, ast.Name) else told
        assert isinstance(told, ast.Dict), f"{place}: fields are written out"
        fields = {ast.literal_eval(key) for key in told.keys if key is not None}
    if level == "exception" or "exc_info" in given:
        fields.add("exception")
    return (
        event_of(call.args[0], place),
        "error" if level == "exception" else level,
        frozenset(fields),
    )


def event_of(told: ast.expr, place: str) -> str:
    if isinstance(told, ast.JoinedStr):
        parts = (each.value if isinstance(each, ast.Constant) else "{}" for each in told.values)
        return COMPOSED["".join(map(str, parts))]
    assert isinstance(told, ast.Constant), f"{place}: the event is written out"
    event = told.value
    assert isinstance(event, str), place
    assert NAME.fullmatch(event), f"{place}: {event}"
    return event


def documented() -> dict[str, tuple[str, set[str]]]:
    found = {}
    for names, level, fields in ROW.findall(LOGS):
        for name in re.findall(r"`(\w+)`", names):
            assert name not in found, name
            found[name] = (level, set(re.findall(r"`(\w+)`", fields)))
    return found


def test_every_event_is_documented_with_its_level_and_fields_and_no_other_is() -> None:
    in_code: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for event, level, fields in logged():
        in_code[event][0].add(level)
        in_code[event][1].update(fields)

    assert len(in_code) > 25
    told = {event: ({level}, fields) for event, (level, fields) in documented().items()}
    assert told == dict(in_code)


def test_no_field_is_named_as_one_that_every_line_has() -> None:
    taken = {"event", "level", "logger", "timestamp", "request_id", "message", "name", "args"}
    taken |= {"trace_id", "span_id"}

    assert [event for event, _, fields in logged() if fields & taken] == []


def test_nothing_else_in_the_code_writes_to_a_log() -> None:
    """A sentence with gaps has no stable name, and Flask's own logger would be missed above."""
    others = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "app").rglob("*.py"))
        if re.search(
            r"logging\.(info|warning|error|exception)\(|app\.logger",
            path.read_text(encoding="utf-8"),
        )
    ]

    assert others == []
