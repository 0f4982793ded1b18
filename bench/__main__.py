"""`make bench`: what the documentation says of speed, measured here.

    python -m bench [--sizes 10000,100000] [--latency 0.05] [--runs 3] [--database URL]

Without --database every run has a new SQLite file; another database must be empty, and is used for
one run only. Results go into bench/results/, one file a call.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import send, webhooks

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, print, keep."""
    arguments = _arguments()
    sizes = [int(each) for each in arguments.sizes.split(",")]
    tables = {
        "send": [
            _median([asdict(send.measure(size, arguments.latency, arguments.database))])
            if arguments.database
            else _median(
                [asdict(send.measure(size, arguments.latency, None)) for _ in range(arguments.runs)]
            )
            for size in sizes
        ],
        "webhooks": [
            asdict(webhooks.measure(each, 8_000, 5.0, None))
            for each in (16, 64)
            if not arguments.database
        ],
    }
    for name, rows in tables.items():
        _show(name, rows)
    _keep(tables, vars(arguments))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--sizes", default="10000,100000", help="recipients, with commas")
    parser.add_argument("--latency", type=float, default=0.05, help="of the carrier, in seconds")
    parser.add_argument("--runs", type=int, default=3, help="of which the median counts")
    parser.add_argument("--database", help="an empty PostgreSQL database")
    return parser.parse_args()


def _median(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _show(name: str, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        print(f"\n{name}")
        print("  ".join(f"{column:>12}" for column in rows[0]))
        for row in rows:
            print("  ".join(f"{value:>12,.3f}".replace(".000", "") for value in row.values()))


def _keep(tables: dict[str, Any], terms: dict[str, Any]) -> None:
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 (the line above)
    machine = {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "system": platform.system(),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    kept = {"commit": commit, "machine": machine, "terms": terms, "medians": tables}
    path.write_text(json.dumps(kept, indent=2) + "\n")
    print(f"\nkept in {path.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
