"""Each threat of docs/security.md has a test, and the test is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_threat_names_a_test_that_exists() -> None:
    told = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    rows = [line for line in told.splitlines() if re.match(r"\| [A-Z]", line)]
    known = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert len(rows) >= 10
    for row in rows:
        named = re.search(r"`(test_\w+)` \|$", row)
        assert named, row
        assert named[1] in known, row
