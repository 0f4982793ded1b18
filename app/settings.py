"""Every setting, read once from the environment into one frozen object.

A mistake is never guessed around: all of them are named at once, and the program does not start.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from app.private_key import KEY_BASE64, KEY_PATH, PEM, InvalidSettings, read_key
from app.setting_kinds import (
    A_SHARE,
    AN_AMOUNT,
    AN_URL,
    DAYS,
    NETWORKS,
    OFF,
    Amount,
    ApiKeys,
    Days,
    HashKeys,
    Networks,
    OrOff,
    Secrets,
    Sender,
    Share,
    Url,
    plain_path,
)

__all__ = ["InvalidSettings", "Settings", "read_settings"]


class Settings(BaseModel):
    """What the operator decided. The alias of a field is its name in the environment.

    Where a field has a description, a mistake is answered by "must be" and that.
    """

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
    private_key_path: Annotated[Path | None, BeforeValidator(plain_path)] = Field(
        None, alias="VONAGE_PRIVATE_KEY_PATH"
    )
    private_key_base64: SecretStr | None = Field(None, alias="VONAGE_PRIVATE_KEY_BASE64")
    number: Sender = Field(
        alias="VONAGE_NUMBER",
        description="a number with its country code, or a name of at most 11 letters and digits",
    )
    signature_secrets: Secrets = Field(
        alias="VONAGE_SIGNATURE_SECRET", description="of at least 8 characters"
    )
    api_url: Url = Field("https://api.nexmo.com", alias="VONAGE_API_URL", description=AN_URL)
    ngrok_url: Url | None = Field(None, alias="NGROK_URL", description=AN_URL)
    public_url: Url | None = Field(
        None, alias="PUBLIC_URL", description=f"{AN_URL}, of at most 58 characters", max_length=58
    )

    # This service.
    host: str = Field("127.0.0.1", alias="HOST")
    port: int = Field(3000, alias="PORT", ge=1, le=65535)
    database_url: str = Field(
        "sqlite:///var/carillon.db",
        alias="DATABASE_URL",
        pattern=r"^(sqlite|postgresql(\+psycopg)?)://",
        description="an address that begins with sqlite:// or postgresql://",
        repr=False,  # may hold a password
    )
    database_pool: int = Field(10, alias="DATABASE_POOL", ge=1, le=1_000)
    database_pool_more: int = Field(20, alias="DATABASE_POOL_MORE", ge=0, le=1_000)
    database_pooler: str = Field(
        "off",
        alias="DATABASE_POOLER",
        pattern="^(off|transaction)$",
        description="off, or transaction for a PgBouncer in that mode",
    )
    runner: str = Field(
        "threads",
        alias="RUNNER",
        pattern="^(threads|procrastinate)$",
        description="threads or procrastinate",
    )
    web_dispatch: str = Field(
        "on", alias="WEB_DISPATCH", pattern="^(on|off)$", description="on or off"
    )
    stop_timeout: int = Field(25, alias="STOP_TIMEOUT", ge=1, le=3_600)
    api_keys: ApiKeys = Field(alias="API_KEYS", description="of at least 20 characters each")
    rate_limit: OrOff[Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        1_200, alias="RATE_LIMIT", description="a whole number of requests a minute, or off"
    )
    rate_limit_storage: str = Field(
        "memory://",
        alias="RATE_LIMIT_STORAGE",
        pattern=r"^(memory|database|rediss?|valkeys?)://",
        description="memory://, database://, or an address that begins with redis:// or valkey://",
        repr=False,  # may hold a password
    )
    trusted_proxies: int = Field(0, alias="TRUSTED_PROXIES", ge=0, le=10)
    metrics_keys: ApiKeys | None = Field(
        None, alias="METRICS_KEY", description="of at least 20 characters each"
    )
    metrics_port: int | None = Field(None, alias="METRICS_PORT", ge=1, le=65535)
    metrics_dir: Path = Field(Path("var/metrics"), alias="METRICS_DIR")
    otel_endpoint: Url | None = Field(None, alias="OTEL_EXPORTER_OTLP_ENDPOINT", description=AN_URL)
    sentry_dsn: SecretStr | None = Field(None, alias="SENTRY_DSN", min_length=8)
    max_recipients: int = Field(1_000_000, alias="MAX_RECIPIENTS", ge=1)
    log_format: str = Field(
        "auto",
        alias="LOG_FORMAT",
        pattern="^(auto|json|console)$",
        description="auto, json or console",
    )
    log_level: str = Field(
        "INFO",
        alias="LOG_LEVEL",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        description="DEBUG, INFO, WARNING or ERROR",
    )

    # What short links begin with where clicks are counted; their last part is added to it.
    link_url: Url | None = Field(None, alias="LINK_URL", description=AN_URL, max_length=60)
    # Files that contacts are imported from.
    import_dir: Path = Field(Path("var/imports"), alias="IMPORT_DIR")
    max_import_mb: int = Field(512, alias="MAX_IMPORT_MB", ge=1, le=100_000)

    # When people are written to, and how often.
    quiet_hours: str = Field("default", alias="QUIET_HOURS")
    frequency_cap: int = Field(3, alias="FREQUENCY_CAP", ge=0, le=1_000)
    frequency_cap_hours: int = Field(24, alias="FREQUENCY_CAP_HOURS", ge=1, le=8_760)

    # Sending.
    send_rate: float = Field(30.0, alias="SEND_RATE", gt=0, le=100_000)
    send_at_once: int = Field(64, alias="SEND_AT_ONCE", ge=1, le=512)
    send_timeout: float = Field(20.0, alias="SEND_TIMEOUT", ge=0.1, le=300)

    # When a campaign is held or stopped before it does harm, unless its order says otherwise.
    brake_canary: OrOff[Annotated[int, Field(ge=0, le=1_000_000)]] = Field(
        100, alias="BRAKE_CANARY", description=f"a whole number, or {OFF}"
    )
    brake_canary_from: int = Field(1_000, alias="BRAKE_CANARY_FROM", ge=0)
    brake_canary_wait: float = Field(15.0, alias="BRAKE_CANARY_WAIT", ge=0, le=86_400)
    brake_max_failure_rate: OrOff[Share] = Field(
        0.25, alias="BRAKE_MAX_FAILURE_RATE", description=A_SHARE
    )
    brake_max_opt_out_rate: OrOff[Share] = Field(
        0.05, alias="BRAKE_MAX_OPT_OUT_RATE", description=A_SHARE
    )
    spend_cap_campaign: OrOff[Amount] = Field(
        None, alias="SPEND_CAP_CAMPAIGN", description=AN_AMOUNT
    )
    spend_cap_day: OrOff[Amount] = Field(None, alias="SPEND_CAP_DAY", description=AN_AMOUNT)
    late_tolerance: OrOff[Annotated[float, Field(ge=60, le=31_536_000)]] = Field(
        3600.0, alias="LATE_TOLERANCE", description=f"at least 60 seconds, or {OFF}"
    )

    # What we say of ourselves to someone who texts STOP, START or HELP.
    programme_name: str = Field("SMS alerts", alias="PROGRAMME_NAME", min_length=1, max_length=40)
    support_contact: str | None = Field(None, alias="SUPPORT_CONTACT", max_length=60)

    # Whom we forgot, and must recognise when somebody names them.
    consent_hash_keys: HashKeys | None = Field(
        None, alias="CONSENT_HASH_KEY", description="of at least 32 characters"
    )

    # For how long texts are kept, in days.
    retention_texts: OrOff[Days] = Field(None, alias="RETENTION_TEXTS", description=DAYS)
    retention_inbound: OrOff[Days] = Field(None, alias="RETENTION_INBOUND", description=DAYS)

    # Whom we tell of what happens.
    webhooks_allow_private: Networks | None = Field(
        None, alias="WEBHOOKS_ALLOW_PRIVATE", description=NETWORKS
    )
    retention_webhooks: Days = Field(
        14, alias="RETENTION_WEBHOOKS", description="a whole number of days from 1 on"
    )

    @property
    def is_on_sqlite(self) -> bool:
        """Is there one file, and one process that writes?"""
        return self.database_url.startswith("sqlite")

    @property
    def counts_in_database(self) -> bool:
        """Do all processes count requests together, in the database?"""
        return self.rate_limit_storage.startswith("database:")

    @property
    def address(self) -> str | None:
        """Where others reach this service, as far as we were told; no slash at its end."""
        told = self.public_url or self.ngrok_url
        return told.rstrip("/") if told else None

    @property
    def links_at(self) -> str | None:
        """What short links begin with. Not NGROK_URL: links in texts outlive a tunnel."""
        return self.link_url or (f"{self.public_url.rstrip('/')}/l" if self.public_url else None)

    @model_validator(mode="after")
    def _needs_postgresql(self) -> Self:
        """What several processes need that one file does not give."""
        for name, wanted in (
            ("RUNNER: procrastinate", self.runner == "procrastinate"),
            ("WEB_DISPATCH: off", self.web_dispatch == "off"),
            ("RATE_LIMIT_STORAGE: database://", self.counts_in_database),
        ):
            if wanted and self.is_on_sqlite:
                raise ValueError(
                    f"{name} needs a PostgreSQL in DATABASE_URL: on SQLite one process works"
                )
        return self

    @property
    def private_key(self) -> str:
        """The PEM text of the application's private key.

        Raises InvalidSettings, naming the setting, when the key cannot be read.
        """
        in_base64 = self.private_key_base64
        return read_key(self.private_key_path, in_base64.get_secret_value() if in_base64 else None)

    @property
    def is_simulated(self) -> bool:
        """Do texts go to the simulator? Vonage itself answers over https alone."""
        return self.api_url.startswith("http://")

    @property
    def sender(self) -> str:
        """The default sender as we write senders everywhere: E.164 with its plus, or a name."""
        return f"+{self.number}" if self.number.isdigit() else self.number


_ALSO = {
    "PORT": "APP_PORT",  # one of the tutorials calls it so
    "SEND_AT_ONCE": "SEND_THREADS",  # it was called so while each message had a thread
}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings that `environ` holds; an empty variable counts as not set.

    Raises InvalidSettings naming every mistake.
    """
    given = {name: value.strip() for name, value in environ.items() if value.strip()}
    for name, other in _ALSO.items():
        if other in given:
            given.setdefault(name, given[other])
    unusable_key = _mistakes_of_key(given)
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise InvalidSettings("\n".join([*_in_words(error), *unusable_key])) from None
    if unusable_key:  # must fail here, at the start
        raise InvalidSettings("\n".join(unusable_key))
    return settings


def _mistakes_of_key(given: Mapping[str, str]) -> list[str]:
    path = given.get(KEY_PATH)
    if path and PEM in path:
        return []  # pydantic names it
    try:
        read_key(Path(path) if path else None, given.get(KEY_BASE64))
    except InvalidSettings as error:
        return [str(error)]
    return []


def _in_words(error: ValidationError) -> list[str]:
    """One line a mistake, without the value: it may be a secret."""
    expected = {field.alias: field.description for field in Settings.model_fields.values()}
    lines = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        name = str(mistake["loc"][0]) if mistake["loc"] else ""
        text = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "missing":
            text = "is not set"
        elif words := expected.get(name):
            text = f"must be {words}"
        lines.append(f"{name}: {text}" if name else text)  # of several it names its own
    return list(dict.fromkeys(lines))
