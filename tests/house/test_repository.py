"""What holds for the files themselves."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from demo import posting
from tests.support.site import open_site

ROOT = Path(__file__).parents[2]
PROGRAMS = ("app", "simulator", "demo")
LONGEST = 300  # lines: what a person reads in one go
EXCEPTION = re.compile(r"#\s*(?:noqa: |type: ignore\[)")
WITH_REASON = re.compile(r"#\s*(?:noqa: [A-Z0-9, ]*[0-9]|type: ignore\[[a-z, -]+\])(?: \(| - |  #)")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def pyproject() -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_file_is_longer_than_can_be_read_in_one_go() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(*PROGRAMS)
        if "migrations/versions" not in path.as_posix()  # written by a tool, read by another
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_the_readme_shows_the_command_that_the_demo_runs() -> None:
    assert posting.command(ROOT) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_architecture_names_every_file_of_every_room() -> None:
    told = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = ("domain", "storage", "sending", "vonage", "services", "web", "web/dashboard")
    files = [path for room in rooms for path in sorted((ROOT / "app" / room).glob("*.py"))]

    missing = [str(path.relative_to(ROOT)) for path in files if f"`{path.stem}`" not in told]
    assert [name for name in missing if not name.endswith("__init__.py")] == []


def test_importing_the_package_imports_nothing() -> None:
    (statement,) = ast.parse((ROOT / "app/__init__.py").read_text(encoding="utf-8")).body

    assert isinstance(statement, ast.Expr)  # its docstring


def test_every_rule_that_is_switched_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (linting,) = re.findall(
        r"^\[tool\.ruff\.lint\]\n(.*?)^\[tool\.ruff\.lint\.flake8", text, re.MULTILINE | re.DOTALL
    )
    exceptions = linting[linting.index("ignore = [") :].splitlines()

    named = [line for line in exceptions if re.search(r'"[A-Z]+\d*"', line)]
    assert len(named) > 10
    for line in named:
        assert re.search(r"#\s+\S+", line), line


def test_every_exception_in_the_code_says_why() -> None:
    without = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sources(*PROGRAMS, "tests")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if EXCEPTION.search(line) and not WITH_REASON.search(line) and path != Path(__file__)
    ]

    assert without == []


def test_the_versions_agree(tmp_path: Path) -> None:
    version = pyproject()["project"]["version"]
    with open_site(f"sqlite:///{tmp_path / 'none.db'}", is_migrated=False) as site:
        assert site.client.get("/openapi/openapi.json").json["info"]["version"] == version

    changelog = ROOT / "CHANGELOG.md"
    released = re.findall(
        r"^## \[?v?(\d+\.\d+\.\d+)", changelog.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert released[0] == version


def test_the_example_of_a_key_is_none() -> None:
    text = (ROOT / "private.key.example").read_bytes()

    with pytest.raises(ValueError, match=r"."):
        load_pem_private_key(text, password=None)
    assert len(text) < 400


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements-scale.txt",
        "requirements-observe.txt",
        "requirements-dev.txt",
    ],
)
def test_the_locked_requirements_name_no_index_and_hash_everything(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert not re.search(r"index-url|find-links|trusted-host|https?://", text)
    packages = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", text, re.MULTILINE)
    assert len(packages) > 10
    assert text.count("--hash=sha256:") >= len(packages)
    entries = re.split(r"\n(?=[\w-])", text)
    for entry in entries:
        if re.match(r"[\w.-]+(\[[\w,-]+\])?==", entry):
            assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_no_secret_was_committed() -> None:
    kept = {".env", "private.key"}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()

    for name in kept:
        assert {name, f"/{name}"} & set(ignored), f"{name} is not ignored by git"


def test_no_merge_was_left_half_done() -> None:
    mark = re.compile(r"^(<{7} |={7}$|>{7} )", re.MULTILINE)
    kinds = {".py", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".html", ".css", ".js", ".json"}
    named = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    files = [ROOT / name for name in named if Path(name).suffix in kinds]

    assert len(files) > 100
    assert [str(each) for each in files if mark.search(each.read_text(encoding="utf-8"))] == []
