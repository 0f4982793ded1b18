"""`python -m simulator`: runs until it is told to end."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from threading import Event

from dotenv import dotenv_values

from simulator.settings import WrongSettingsError, read_settings
from simulator.simulator import Simulator

FLAGS = {
    "--host": ("SIMULATOR_HOST", "address to listen at (127.0.0.1)"),
    "--port": ("SIMULATOR_PORT", "port to listen at; 0 takes any (3999)"),
    "--webhook-url": ("SIMULATOR_WEBHOOK_URL", "base address of the service"),
    "--rate": ("SIMULATOR_RATE", "messages a second, beyond them 429 (0 is no limit)"),
    "--latency-ms": ("SIMULATOR_LATENCY_MS", "delay of each answer (0)"),
    "--submitted-ms": ("SIMULATOR_SUBMITTED_MS", "delay of the receipt `submitted` (50)"),
    "--final-ms": ("SIMULATOR_FINAL_MS", "delay of the final receipt (250)"),
    "--late-ms": ("SIMULATOR_LATE_MS", "delay of a late receipt (5000)"),
    "--reply-ms": ("SIMULATOR_REPLY_MS", "delay of a phone's reply (1000)"),
    "--retry-ms": ("SIMULATOR_RETRY_MS", "first pause before a webhook is repeated (5000)"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Flags win over the environment, and that over the .env file."""
    flags = _parser().parse_args(arguments)
    given = {name: value for name, value in vars(flags).items() if value}
    try:
        settings = read_settings({**_from_file(), **os.environ, **given})
        simulator = Simulator(settings)
    except WrongSettingsError as mistakes:
        sys.stderr.write(f"The simulator cannot start:\n{mistakes}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"The simulator cannot listen at port {settings.port}: {error}\n")
        return 1
    _run(simulator)
    return 0


def _run(simulator: Simulator) -> None:
    told_to_end = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_end.set())
    with simulator:
        sys.stdout.write(f"The simulator of Vonage's Messages API is at {simulator.url}\n")
        sys.stdout.flush()
        told_to_end.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A fake Vonage for development and tests. The account comes from VONAGE_...",
    )
    for flag, (name, meaning) in FLAGS.items():
        parser.add_argument(flag, dest=name, metavar="VALUE", help=f"{meaning}; or {name}")
    parser.add_argument(
        "--verbose",
        dest="SIMULATOR_VERBOSE",
        action="store_const",
        const="1",
        help="one line for each request, with masked numbers",
    )
    return parser


def _from_file() -> dict[str, str]:
    return {name: value for name, value in dotenv_values(".env").items() if value is not None}


if __name__ == "__main__":
    sys.exit(main())
