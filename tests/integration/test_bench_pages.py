"""The benchmark of pages finds its way through a small service, as through a large one."""

import shutil
from pathlib import Path

import pytest

from bench import pages


def test_every_page_gets_a_figure(
    sqlite_template: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = shutil.copy(sqlite_template, tmp_path / "bench.db")
    for _ in range(2):  # the second time it is measured as it is
        pages.main(["--messages=300", "--contacts=60", "--runs=1", f"--file={file}"])

    told = capsys.readouterr().out
    for page in (
        "/dashboard/campaigns/new",
        "/dashboard/contacts?q=an",
        "dry-run draft",
        "dry-run/now draft, over",
        "(two lists, a new rule)",
    ):
        assert told.count(page) == 2, page
    assert "measured as it is" in told
