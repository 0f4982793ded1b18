"""The .env of the demo: made with fresh secrets, or found and checked before anything is sent."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from demo import secrets_file
from demo.trouble import Trouble

VONAGE = "https://api.nexmo.com"  # where texts go when a .env does not say
DATABASE = "sqlite:///var/demo.db"
LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything the programs of the demo are told."""

    folder: Path
    values: Mapping[str, str]  # what the .env says
    port: int
    simulator_port: int

    @property
    def api_key(self) -> str:
        return self.values["API_KEYS"].partition(",")[0].strip()

    @property
    def sender(self) -> str:
        return self.values.get("VONAGE_NUMBER", "")

    def of_programs(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """The environment for children. The .env wins over the shell: what is exported there may
        belong to a real account. Where texts go is not taken from either.
        """
        return {
            **inherited,
            "DATABASE_URL": DATABASE,
            # The phones of the demo are awake at any hour, and want to see every campaign.
            "QUIET_HOURS": "off",
            "FREQUENCY_CAP": "0",
            **self.values,
            "HOST": LOOPBACK,
            "PORT": str(self.port),
            "SIMULATOR_HOST": LOOPBACK,
            "SIMULATOR_PORT": str(self.simulator_port),
            "SIMULATOR_WEBHOOK_URL": f"http://{LOOPBACK}:{self.port}",
            "VONAGE_API_URL": f"http://{LOOPBACK}:{self.simulator_port}",
            "API_KEY": self.api_key,
            "no_proxy": LOOPBACK,
            "NO_PROXY": LOOPBACK,
        }


def prepare(folder: Path, shell: Mapping[str, str]) -> tuple[Environment, list[str]]:
    """The environment, and what was done to get it, in sentences. PORT and SIMULATOR_PORT of the
    shell win over the .env.

    Raises Trouble for a .env that would text real people, or that lacks an API key.
    """
    done = []
    (folder / "var").mkdir(exist_ok=True)
    if not (folder / ".env").exists():
        secrets_file.write(folder)
        done.append("Wrote .env with fresh secrets.")
    values = _read(folder / ".env")
    if _mend_key(folder, values):
        done.append(f"{secrets_file.KEY_PATH} was missing: made a new one.")
    port = _port("PORT", shell.get("PORT"), shell.get("APP_PORT"), values.get("PORT"), "3000")
    simulator_port = _port(
        "SIMULATOR_PORT",
        shell.get("SIMULATOR_PORT"),
        values.get("SIMULATOR_PORT"),
        str(urlsplit(values["VONAGE_API_URL"]).port or ""),
        "3999",
    )
    if port == simulator_port:
        raise Trouble(f"PORT and SIMULATOR_PORT are both {port}: give them different ones.")
    return Environment(folder, values, port, simulator_port), done


def _read(path: Path) -> dict[str, str]:
    values = {name: value for name, value in dotenv_values(path).items() if value}
    url = values.get("VONAGE_API_URL", VONAGE)
    if not is_loopback(url):
        raise Trouble(
            f"This folder has a .env that sends through {url}, and the demo must never text\n"
            "real people. Move it away and start again; the demo then writes one of its own:\n\n"
            "  mv .env .env.mine"
        )
    if not values.get("API_KEYS"):
        raise Trouble("The .env has no API_KEYS. Move it away, and the demo writes one of its own.")
    return values


def is_loopback(url: str) -> bool:
    """Does this address lead back to this machine?"""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, or nothing that can be read
        return False


def _mend_key(folder: Path, values: Mapping[str, str]) -> bool:
    """Make the demo's own key anew if it was deleted; a key of somebody else's is not ours."""
    path = folder / secrets_file.KEY_PATH
    if values.get("VONAGE_PRIVATE_KEY_PATH") != secrets_file.KEY_PATH or path.exists():
        return False
    secrets_file.write_key(path)
    return True


def _port(name: str, *candidates: str | None) -> int:
    """The first that is given."""
    text = next(filter(None, candidates))
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= HIGHEST_PORT):
        raise Trouble(f"{name} is {text!r}: it must be a port, 1 to {HIGHEST_PORT}.")
    return int(text)
