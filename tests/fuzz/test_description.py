"""Whatever the description allows, and what it forbids: no answer is our fault or undescribed.

Three kinds of requests for each operation: what fits its schema, what does not, and its example
with a few things changed, about things that are there. FUZZ says how many of each (`make fuzz`).
"""

import copy
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from app.web.postman import description
from tests.support.described import CHECKS, described, furnished
from tests.support.site import LATER, Site, open_site

# Schemathesis draws from `random` in places, of which Hypothesis complains.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the .random. module")

EXAMPLES = int(os.environ.get("FUZZ") or 0)
SHORT = 2  # examples of each kind in the suite, the same at each run
PARTS = 4
DATABASES = ("sqlite", "postgresql")
# In the suite each operation meets one of the databases, in the long form both.
RUNS = [
    (name, part)
    for part in range(PARTS)
    for name in DATABASES
    if EXAMPLES or name == DATABASES[part % 2]
]
# Deliveries would go to whatever host was made up.
ELSEWHERE = {"/api/webhook-endpoints", "/api/webhook-endpoints/{endpoint_id}/test"}


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> Iterator[Site]:
    if name == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        url = f"sqlite:///{shutil.copy(template, tmp_path / 'test.db')}"
    else:
        url = request.getfixturevalue("emptied_postgres_url")
    with open_site(
        url,
        IMPORT_DIR=str(tmp_path / "imports"),
        CONSENT_HASH_KEY="k" * 40,
        PUBLIC_URL="https://sms.test",
        MAX_RECIPIENTS="1000",
    ) as opened:
        opened.house.start()
        yield opened


def operations(part: int) -> list[tuple[str, str]]:
    """So many of all, and those that take things away last."""
    every = sorted(
        (method, path) for path, methods in description()["paths"].items() for method in methods
    )
    return sorted(every[part::PARTS], key=lambda each: each[0] == "delete")


@pytest.mark.parametrize(("name", "part"), RUNS)
def test_every_answer_is_described(site: Site, part: int) -> None:
    known = furnished(site)
    schema = described(site)
    seen = set()
    for method, path in operations(part):
        operation = schema[path][method.upper()]
        for strategy in kinds(operation, method, path, known):
            seen |= statuses(site, strategy)

    assert {200, 404, 422} <= seen  # it got somewhere


def kinds(
    operation: Any, method: str, path: str, known: dict[str, list[str]]
) -> Iterator[st.SearchStrategy[Any]]:
    fitting = operation.as_strategy(GenerationMode.POSITIVE)
    yield fitting
    if operation.body or operation.query or operation.path_parameters:
        yield operation.as_strategy(GenerationMode.NEGATIVE)
    if path not in ELSEWHERE:
        body = operation_body(method, path)
        yield st.builds(about_something, fitting, places(path, known), changed(body))


def statuses(site: Site, strategy: st.SearchStrategy[Any]) -> set[int]:
    seen = set()

    @settings(
        max_examples=EXAMPLES or SHORT,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    )
    @given(case=strategy)
    def ask(case: Any) -> None:
        response = case.call(headers=site.key)
        seen.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
    return seen


def operation_body(method: str, path: str) -> Any:
    content = description()["paths"][path][method].get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def places(path: str, known: dict[str, list[str]]) -> st.SearchStrategy[dict[str, str]]:
    named = {name: st.sampled_from(found) for name, found in known.items() if f"{{{name}}}" in path}
    return st.fixed_dictionaries(named)


SURPRISES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-1, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "{{ a }}", "{% if a %}", LATER, "Bells", "+15551112222", "0" * 300]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@st.composite
def changed(draw: st.DrawFn, body: Any) -> Any:
    """The example, in which at most two things are others, or are left out."""
    if body is None:
        return None
    body = copy.deepcopy(body)
    for _ in range(draw(st.integers(0, 2))):
        holder, key = draw(st.sampled_from(list(spots(body)) or [(body, "more")]))
        if isinstance(holder, dict) and key in holder and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(SURPRISES)
    return body


def spots(inside: Any) -> Iterator[tuple[Any, Any]]:
    """Every place within a body that something stands at."""
    keys = inside.keys() if isinstance(inside, dict) else range(len(inside))
    for key in list(keys):
        yield inside, key
        if isinstance(inside[key], dict | list):
            yield from spots(inside[key])


def about_something(case: Any, found: dict[str, str], body: Any) -> Any:
    case.path_parameters = {**(case.path_parameters or {}), **found}
    if body is not None:
        case.body, case.media_type = body, "application/json"
    return case
