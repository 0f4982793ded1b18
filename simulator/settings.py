"""What the simulator is told at its start; every mistake is named at once."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

T = TypeVar("T")


class WrongSettingsError(Exception):
    """The simulator cannot start; the text has one line for each mistake."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulated Vonage account with one application, and the service it talks to."""

    application_id: str
    api_key: str
    signature_secret: str = field(repr=False)  # signs webhooks
    public_key: RSAPublicKey = field(repr=False)  # checks the application's tokens
    webhook_url: str = "http://127.0.0.1:3000"  # receipts go to /webhooks/status below it
    api_secret: str | None = field(default=None, repr=False)  # without one, no Basic credentials
    host: str = "127.0.0.1"
    port: int = 3999  # 0 takes any free one
    rate: int | None = None  # messages a second; None is no limit
    latency_ms: int = 0
    submitted_ms: int = 50
    final_ms: int = 250
    late_ms: int = 5000
    reply_ms: int = 1000
    retry_ms: int = 5000
    verbose: bool = False

    @property
    def status_url(self) -> str:
        return f"{self.webhook_url}/webhooks/status"

    @property
    def inbound_url(self) -> str:
        return f"{self.webhook_url}/webhooks/inbound"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment describes, or every reason why it does not."""
    reader = _Reader(environment)
    settings = Settings(
        application_id=reader.text("VONAGE_APPLICATION_ID"),
        api_key=reader.text("VONAGE_API_KEY"),
        signature_secret=reader.read("VONAGE_SIGNATURE_SECRET", _newest_secret),
        public_key=reader.public_key(),
        webhook_url=reader.text("SIMULATOR_WEBHOOK_URL", _local_service(environment)).rstrip("/"),
        api_secret=environment.get("VONAGE_API_SECRET") or None,
        host=reader.text("SIMULATOR_HOST", "127.0.0.1"),
        port=reader.number("SIMULATOR_PORT", 3999),
        rate=reader.number("SIMULATOR_RATE", 0) or None,
        latency_ms=reader.number("SIMULATOR_LATENCY_MS", 0),
        submitted_ms=reader.number("SIMULATOR_SUBMITTED_MS", 50),
        final_ms=reader.number("SIMULATOR_FINAL_MS", 250),
        late_ms=reader.number("SIMULATOR_LATE_MS", 5000),
        reply_ms=reader.number("SIMULATOR_REPLY_MS", 1000),
        retry_ms=reader.number("SIMULATOR_RETRY_MS", 5000),
        verbose=bool(environment.get("SIMULATOR_VERBOSE")),
    )
    reader.complain()
    return settings


def public_half(private_key: bytes) -> RSAPublicKey:
    """The public key that belongs to an RSA private key in PEM."""
    public = load_pem_private_key(private_key, password=None).public_key()
    if not isinstance(public, RSAPublicKey):
        raise ValueError("the private key is not an RSA key")  # noqa: TRY004 - the value is wrong
    return public


def _local_service(environment: Mapping[str, str]) -> str:
    return f"http://127.0.0.1:{environment.get('PORT') or 3000}"


def _newest_secret(text: str) -> str:
    """While a secret is changed the service knows "new,old"; Vonage signs with the new one."""
    newest = text.partition(",")[0].strip()
    if not newest:
        raise ValueError("its first part is empty")
    return newest


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a whole number of 0 or more")
    return int(text)


class _Reader:
    """Reads one value after the other and remembers what was wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._mistakes: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        return self.read(name, str, default)

    def number(self, name: str, default: int) -> int:
        return self.read(name, _natural, str(default))

    def public_key(self) -> RSAPublicKey:
        if self._environment.get("VONAGE_PRIVATE_KEY_BASE64"):
            return self.read("VONAGE_PRIVATE_KEY_BASE64", _public_key_in_base64)
        return self.read("VONAGE_PRIVATE_KEY_PATH", _public_key_in_file)

    def read(self, name: str, convert: Callable[[str], T], default: str | None = None) -> T:
        """A wrong value is noted and stands as nothing: `complain` is called before its use."""
        try:
            return convert(self._text_of(name, default))
        except (ValueError, TypeError, OSError, binascii.Error) as mistake:
            self._mistakes.append(f"{name}: {mistake}")
            return None  # type: ignore[return-value]  # never seen: complain() raises

    def _text_of(self, name: str, default: str | None) -> str:
        text = self._environment.get(name) or default
        if text is None:
            raise ValueError("is not set")
        return text

    def complain(self) -> None:
        if self._mistakes:
            raise WrongSettingsError("\n".join(self._mistakes))


def _public_key_in_base64(text: str) -> RSAPublicKey:
    return public_half(base64.b64decode(text, validate=True))


def _public_key_in_file(path: str) -> RSAPublicKey:
    return public_half(Path(path).read_bytes())
