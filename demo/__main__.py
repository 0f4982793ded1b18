"""`python -m demo`, or `make demo`."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from demo.course import run
from demo.trouble import Trouble

ROOT = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when all went well, or was stopped by hand; either way nothing is left running."""
    flags = _parser().parse_args(arguments)
    try:
        run(ROOT, once=flags.once or bool(os.environ.get("DEMO_ONCE")))
    except Trouble as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with suppress(OSError):  # the terminal may be what went away
            print("\nstopped", flush=True)
    except BrokenPipeError:  # `make demo | head`: nobody reads any more, so say nothing at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo", description="A campaign to watch.")
    parser.add_argument(
        "--once", action="store_true", help="end after the report; or set DEMO_ONCE=1"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
