"""Every setting, read once from the environment into one frozen object.

A mistake is never guessed around: all of them are named at once, and the program does not start.
"""

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)


class InvalidSettings(Exception):
    """The environment cannot be used as it is; the text lists every mistake by name."""


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _plain_path(value: object) -> object:
    """PEM text given in place of a path is a common accident, and must not reach an error text."""
    if isinstance(value, str) and "-----BEGIN" in value:
        raise ValueError("is the key itself: give its path, or set VONAGE_PRIVATE_KEY_BASE64")
    return value


# Shorter secrets can be guessed; 128 bits in hexadecimal is 32 characters.
_ApiKey = Annotated[SecretStr, Field(min_length=20)]
_Secret = Annotated[SecretStr, Field(min_length=8)]
_Url = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+(/[^\s]*)?$")]
# A number as Vonage writes it, with or without its plus, or a sender name (GSM: 11 characters).
_Sender = Annotated[
    str, StringConstraints(pattern=r"^(\+?[1-9]\d{2,14}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$")
]


class Settings(BaseModel):
    """What the operator decided. The alias of a field is its name in the environment."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        regex_engine="python-re",  # pydantic's own cannot look ahead
    )

    # Vonage, with the names that its tutorials taught.
    api_key: str = Field(alias="VONAGE_API_KEY", min_length=1)
    api_secret: SecretStr | None = Field(None, alias="VONAGE_API_SECRET")
    application_id: str = Field(alias="VONAGE_APPLICATION_ID", min_length=1)
    private_key_path: Annotated[Path | None, BeforeValidator(_plain_path)] = Field(
        None, alias="VONAGE_PRIVATE_KEY_PATH"
    )
    private_key_base64: SecretStr | None = Field(None, alias="VONAGE_PRIVATE_KEY_BASE64")
    number: _Sender = Field(alias="VONAGE_NUMBER")
    signature_secrets: Annotated[tuple[_Secret, ...], BeforeValidator(_comma_separated)] = Field(
        alias="VONAGE_SIGNATURE_SECRET"
    )
    api_url: _Url = Field("https://api.nexmo.com", alias="VONAGE_API_URL")
    ngrok_url: _Url | None = Field(None, alias="NGROK_URL")

    # This service.
    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(3000, alias="PORT", ge=1, le=65535)
    database_url: str = Field(
        "sqlite:///var/carillon.db", alias="DATABASE_URL", pattern=r"^(sqlite|postgresql)"
    )
    api_keys: Annotated[tuple[_ApiKey, ...], BeforeValidator(_comma_separated)] = Field(
        alias="API_KEYS"
    )
    max_recipients: int = Field(1_000_000, alias="MAX_RECIPIENTS", ge=1)
    log_format: str = Field("auto", alias="LOG_FORMAT", pattern="^(auto|json|console)$")
    log_level: str = Field("INFO", alias="LOG_LEVEL", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    # Sending.
    send_rate: float = Field(30.0, alias="SEND_RATE", gt=0, le=100_000)
    send_threads: int = Field(16, alias="SEND_THREADS", ge=1, le=512)
    send_timeout: float = Field(20.0, alias="SEND_TIMEOUT", ge=0.1, le=300)

    # What we say of ourselves to someone who texts STOP, START or HELP.
    programme_name: str = Field("SMS alerts", alias="PROGRAMME_NAME", min_length=1, max_length=40)
    support_contact: str | None = Field(None, alias="SUPPORT_CONTACT", max_length=60)

    @model_validator(mode="after")
    def _needs_a_key(self) -> Self:
        if not self.private_key_path and not self.private_key_base64:
            raise ValueError(
                "VONAGE_PRIVATE_KEY_PATH or VONAGE_PRIVATE_KEY_BASE64: one of them is needed"
            )
        return self

    @property
    def private_key(self) -> str:
        """The PEM text of the application's private key.

        Raises InvalidSettings, naming the setting, when the key cannot be read.
        """
        if self.private_key_base64:
            return _decoded(self.private_key_base64.get_secret_value())
        try:
            return Path(str(self.private_key_path)).read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidSettings(f"VONAGE_PRIVATE_KEY_PATH: {error.strerror}") from error

    @property
    def sender(self) -> str:
        """The default sender as we write senders everywhere: E.164 with its plus, or a name."""
        return f"+{self.number}" if self.number.isdigit() else self.number


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise InvalidSettings("VONAGE_PRIVATE_KEY_BASE64: is not base64 of a PEM file") from error


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` holds; an empty variable counts as not set.

    Raises InvalidSettings naming every mistake.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    if "APP_PORT" in given:  # one of the tutorials calls it so
        given.setdefault("PORT", given["APP_PORT"])
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise InvalidSettings("\n".join(_in_words(error))) from None
    assert settings.private_key  # an unreadable key must fail here, at the start
    return settings


def _in_words(error: ValidationError) -> list[str]:
    """One line a mistake, without the value: it may be a secret."""
    lines = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(mistake["loc"][0]) if mistake["loc"] else ""
        text = mistake["msg"].removeprefix("Value error, ")
        text = "is not set" if mistake["type"] == "missing" else text
        lines.append(f"{name}: {text}" if name else text)
    return lines
