"""Every setting is told of, and nothing is told of that is no setting."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from app.settings import InvalidSettings, Settings, read_settings

ROOT = Path(__file__).parents[2]
NAMES = {str(field.alias) for field in Settings.model_fields.values()}
FORMER = {"APP_PORT", "SEND_THREADS"}  # other names, that are understood too
GUNICORNS = {"WEB_CONCURRENCY", "WEB_SILENCE", "WEB_THREADS"}
REQUIRED = {
    "VONAGE_API_KEY",
    "VONAGE_APPLICATION_ID",
    "VONAGE_NUMBER",
    "VONAGE_SIGNATURE_SECRET",
    "API_KEYS",
}


def example() -> dict[str, str]:
    """What a copy of .env.example says."""
    return {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}


def test_the_example_names_every_setting() -> None:
    assert sorted(NAMES - example().keys()) == []


def test_the_example_names_nothing_else() -> None:
    others = example().keys() - NAMES - GUNICORNS

    assert sorted(name for name in others if not name.startswith("SIMULATOR_")) == []


def test_the_example_names_what_gunicorn_is_told() -> None:
    text = (ROOT / "gunicorn.conf.py").read_text(encoding="utf-8")
    asked = set(re.findall(r"""os\.environ(?:\.get\(|\[)["']([A-Z_]+)""", text))

    assert sorted(asked - example().keys() - FORMER) == []


def test_the_example_shows_the_defaults() -> None:
    for field in Settings.model_fields.values():
        shown = example()[str(field.alias)]
        if field.default is not None and not field.is_required():
            number = isinstance(field.default, float)
            assert (float(shown) if number else shown) == (
                field.default if number else str(field.default)
            ), field.alias


def test_an_unchanged_copy_of_the_example_fails_and_names_all_that_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no private.key

    with pytest.raises(InvalidSettings) as found:
        read_settings(example())

    lines = str(found.value).splitlines()
    assert {line.partition(":")[0] for line in lines} == REQUIRED | {"VONAGE_PRIVATE_KEY_PATH"}
    assert len(lines) == len(REQUIRED) + 1


def test_the_program_says_so_and_does_not_start(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), "utf-8")
    program = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOG_LEVEL": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert program.returncode == 1
    assert program.stderr.startswith("Carillon cannot start:\n")
    assert "Traceback" not in program.stderr
    assert "API_KEYS: is not set" in program.stderr


def test_the_readme_tells_of_every_setting() -> None:
    readme = ROOT / "README.md"
    rows = [line for line in readme.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", row.split("|")[1])}

    assert sorted(NAMES - named) == []
    known = NAMES | GUNICORNS | FORMER
    assert sorted(name for name in named - known if not name.startswith("SIMULATOR_")) == []
