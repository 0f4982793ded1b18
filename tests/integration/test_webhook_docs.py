"""What docs/webhooks.md shows to receivers is true: run as it stands there, on our own headers."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.domain.hook_signing import BYTES, headers, secret_of
from app.domain.hooks import CHOICES

TOLD = (Path(__file__).parents[2] / "docs/webhooks.md").read_text(encoding="utf-8")
BODY = '{"type":"reply.received","data":{"text":"Grüße ☎"}}'
SECRETS = [secret_of(bytes([place] * BYTES)) for place in range(2)]

Check = Callable[[str, Mapping[str, str], str], bool]


def shown(language: str) -> str:
    (code,) = re.findall(rf"^```{language}\n(.*?)^```", TOLD, re.MULTILINE | re.DOTALL)
    return str(code)


def python() -> Check:
    names: dict[str, Any] = {}
    exec(shown("python"), names)  # noqa: S102 (the example of our own documentation)
    return lambda secret, given, body: bool(names["is_ours"](secret, given, body.encode()))


def node() -> Check:
    program = shutil.which("node")
    if program is None:
        pytest.skip("NO NODE: the example of docs/webhooks.md for it is not tried")

    def check(secret: str, given: Mapping[str, str], body: str) -> bool:
        arguments = ", ".join(json.dumps(each) for each in (secret, given, body))
        code = f"{shown('js')}\nconsole.log(isOurs({arguments}));"
        told = subprocess.run(
            [program, "-e", code], capture_output=True, text=True, check=True, timeout=30
        )
        return told.stdout == "true\n"

    return check


@pytest.mark.parametrize("language", [python, node])
def test_the_example_believes_us_and_nobody_else(language: Callable[[], Check]) -> None:
    is_ours = language()
    now = datetime.now(UTC)
    good = headers(SECRETS, "id", now, BODY)

    assert is_ours(SECRETS[0], good, BODY)
    assert is_ours(SECRETS[1], good, BODY)
    assert not is_ours(secret_of(b"x" * BYTES), good, BODY)
    assert not is_ours(SECRETS[0], good, BODY.replace("reply", "other"))
    assert not is_ours(SECRETS[0], {**good, "webhook-id": "another"}, BODY)
    old = headers(SECRETS, "id", now - timedelta(minutes=6), BODY)
    assert not is_ours(SECRETS[0], old, BODY)


def test_every_event_is_told_of() -> None:
    rows = re.findall(r"^\| `([a-z._]+)` \|", TOLD, re.MULTILINE)
    assert rows == [str(event) for event in CHOICES]
