"""Settings: every mistake named at once, and never a secret with it."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.settings import InvalidSettings, Settings, read_settings
from tests.support.builders import (
    API_KEY,
    SENDER,
    SIGNATURE_SECRET,
    environment,
    private_key,
    settings,
)


def mistakes(environ: dict[str, str]) -> list[str]:
    """What is said when this environment is read."""
    with pytest.raises(InvalidSettings) as found:
        read_settings(environ)
    return str(found.value).splitlines()


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in environment().items() if name not in names}


def test_an_empty_environment_names_all_that_is_needed() -> None:
    assert mistakes({}) == [
        "VONAGE_API_KEY: is not set",
        "VONAGE_APPLICATION_ID: is not set",
        "VONAGE_NUMBER: is not set",
        "VONAGE_SIGNATURE_SECRET: is not set",
        "API_KEYS: is not set",
        "VONAGE_PRIVATE_KEY_PATH or VONAGE_PRIVATE_KEY_BASE64: one of them is needed",
    ]


def test_all_mistakes_are_named_at_once() -> None:
    wrong = {
        "VONAGE_NUMBER": "bad number!",
        "VONAGE_SIGNATURE_SECRET": "short",
        "VONAGE_API_URL": "ftp://x",
        "NGROK_URL": "my host",
        "PUBLIC_URL": "https://" + "x" * 60,
        "PORT": "many",
        "DATABASE_URL": "mysql://host/name",
        "API_KEYS": "short,,shorter",
        "MAX_RECIPIENTS": "0",
        "LOG_FORMAT": "xml",
        "LOG_LEVEL": "loud",
        "SEND_RATE": "nan",
        "SEND_AT_ONCE": "1.5",
        "SEND_TIMEOUT": "inf",
        "PROGRAMME_NAME": "x" * 41,
        "SUPPORT_CONTACT": "x" * 61,
        "VONAGE_PRIVATE_KEY_BASE64": "no key",
    }

    lines = mistakes({**environment(), **wrong})

    assert {line.partition(":")[0] for line in lines} == wrong.keys()
    assert len(lines) == len(wrong)  # each is named once, however many keys are too short
    for value in wrong.values():
        assert not any(value in line.partition(":")[2] for line in lines if len(value) > 4), value


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("VONAGE_NUMBER", "a number with its country code, or a name"),
        ("VONAGE_API_URL", "http:// or https://"),
        ("DATABASE_URL", "sqlite:// or postgresql://"),
        ("LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR"),
        ("LOG_FORMAT", "auto, json or console"),
        ("API_KEYS", "at least 20 characters"),
        ("VONAGE_SIGNATURE_SECRET", "at least 8 characters"),
    ],
)
def test_a_mistake_tells_how_to_mend_it(name: str, words: str) -> None:
    (line,) = mistakes(environment(**{name: "?"}))

    assert line.startswith(f"{name}: must be ")
    assert words in line


SECRETS = (
    "VONAGE_API_SECRET",
    "VONAGE_PRIVATE_KEY_BASE64",
    "VONAGE_SIGNATURE_SECRET",
    "API_KEYS",
    "DATABASE_URL",
)


@given(st.sampled_from(SECRETS), st.text("ABCDEFGHJK0123456789!%", min_size=4, max_size=60))
def test_no_secret_is_ever_repeated(name: str, value: str) -> None:
    environ = environment(**{name: value, "PORT": "many"})

    assert value not in "\n".join(mistakes(environ)).removeprefix(f"{name}:")


def test_settings_are_shown_without_secrets() -> None:
    made = settings(
        VONAGE_API_SECRET="the-api-secret",
        DATABASE_URL="postgresql://user:the-password@host/name",
    )

    for secret in ("the-api-secret", "the-password", API_KEY, SIGNATURE_SECRET, "PRIVATE KEY"):
        assert secret not in repr(made) + str(made), secret


def test_settings_cannot_be_changed() -> None:
    made = settings()

    with pytest.raises(ValidationError):
        made.port = 1


def test_what_is_not_set_has_its_default() -> None:
    made = settings()

    assert (made.host, made.port) == ("127.0.0.1", 3000)
    assert made.database_url == "sqlite:///var/carillon.db"
    assert made.api_url == "https://api.nexmo.com"
    assert made.max_recipients == 1_000_000
    assert (made.send_rate, made.send_at_once, made.send_timeout) == (30.0, 64, 20.0)
    assert (made.log_format, made.log_level) == ("auto", "INFO")
    assert made.programme_name == "SMS alerts"
    assert (made.support_contact, made.ngrok_url, made.api_secret) == (None, None, None)


def test_an_empty_variable_counts_as_not_set() -> None:
    made = settings(PORT="", SEND_RATE="  ", SUPPORT_CONTACT="", VONAGE_PRIVATE_KEY_PATH="")

    assert (made.port, made.send_rate, made.support_contact) == (3000, 30.0, None)
    assert "VONAGE_NUMBER: is not set" in mistakes(environment(VONAGE_NUMBER=" "))


def test_blanks_around_a_value_do_no_harm() -> None:
    assert settings(PORT=" 8080 ", VONAGE_API_KEY=" abc ").api_key == "abc"


def test_app_port_is_another_name_of_port() -> None:
    assert settings(APP_PORT="8080").port == 8080
    assert settings(APP_PORT="8080", PORT="9090").port == 9090
    assert settings(APP_PORT="8080", PORT="").port == 8080
    assert settings(SEND_THREADS="8").send_at_once == 8
    assert settings(SEND_THREADS="8", SEND_AT_ONCE="9").send_at_once == 9


def test_lists_are_separated_by_commas() -> None:
    other = "another-key-0123456789"
    made = settings(
        API_KEYS=f"{API_KEY} , {other}", VONAGE_SIGNATURE_SECRET=f"{SIGNATURE_SECRET},new-secret"
    )

    assert [key.get_secret_value() for key in made.api_keys] == [API_KEY, other]
    assert [secret.get_secret_value() for secret in made.signature_secrets] == [
        SIGNATURE_SECRET,
        "new-secret",
    ]


@pytest.mark.parametrize(
    ("given_number", "sender"),
    [
        ("15550001111", "+15550001111"),
        ("+15550001111", "+15550001111"),
        ("12345", "+12345"),
        ("Bells", "Bells"),
        ("4ALL", "4ALL"),
    ],
)
def test_the_sender_is_written_as_senders_are_everywhere(given_number: str, sender: str) -> None:
    assert settings(VONAGE_NUMBER=given_number).sender == sender


@pytest.mark.parametrize("number", ["0155", "a name too long", "1", "１2345", "+", "1 555"])
def test_what_can_be_no_sender_is_a_mistake(number: str) -> None:
    (line,) = mistakes(environment(VONAGE_NUMBER=number))

    assert line.startswith("VONAGE_NUMBER: ")


def test_the_key_may_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "private.key"
    path.write_text(private_key(), encoding="ascii")
    environ = without("VONAGE_PRIVATE_KEY_BASE64")

    made = read_settings({**environ, "VONAGE_PRIVATE_KEY_PATH": str(path)})

    assert made.private_key == private_key()


def test_the_key_may_be_in_the_environment_and_wins_over_a_file() -> None:
    made = settings(VONAGE_PRIVATE_KEY_PATH="/nowhere/private.key")

    assert made.private_key == private_key()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        (b"", "is no PEM file"),
        (b"hello", "is no PEM file"),
        (b"\xff\xfe\x00", "is no PEM file"),
    ],
)
def test_a_file_that_holds_no_key_is_named(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    path = tmp_path / "private.key"
    if content is not None:
        path.write_bytes(content)
    environ = without("VONAGE_PRIVATE_KEY_BASE64")

    lines = mistakes({**environ, "VONAGE_PRIVATE_KEY_PATH": str(path), "PORT": "x"})

    assert f"VONAGE_PRIVATE_KEY_PATH: {words}" in lines
    assert len(lines) == 2


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    environ = without("VONAGE_PRIVATE_KEY_BASE64")

    (line,) = mistakes({**environ, "VONAGE_PRIVATE_KEY_PATH": str(tmp_path)})

    assert line.startswith("VONAGE_PRIVATE_KEY_PATH: ")


@pytest.mark.parametrize(
    "text",
    [
        "not base64!",
        "abc",
        "äöü",
        base64.b64encode(b"hello").decode(),
        base64.b64encode(b"\xff").decode(),
    ],
)
def test_base64_of_no_key_is_named(text: str) -> None:
    assert mistakes(environment(VONAGE_PRIVATE_KEY_BASE64=text)) == [
        "VONAGE_PRIVATE_KEY_BASE64: is no PEM file"
    ]


def test_a_key_pasted_in_place_of_its_path_is_not_repeated() -> None:
    environ = {**without("VONAGE_PRIVATE_KEY_BASE64"), "VONAGE_PRIVATE_KEY_PATH": private_key()}

    (line,) = mistakes(environ)

    assert line == (
        "VONAGE_PRIVATE_KEY_PATH: is the key itself: give its path,"
        " or set VONAGE_PRIVATE_KEY_BASE64"
    )


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///var/x.db",
        "sqlite:////tmp/x.db",
        "postgresql://u:p@h/n",
        "postgresql+psycopg://u@h/n",
    ],
)
def test_both_databases_can_be_named(url: str) -> None:
    assert settings(DATABASE_URL=url).database_url == url


@pytest.mark.parametrize(
    "url", ["postgres://h/n", "sqlitex://", "postgresql", "postgresql+psycopg2://h/n", "x.db"]
)
def test_no_other_database_can(url: str) -> None:
    (line,) = mistakes(environment(DATABASE_URL=url))

    assert line.startswith("DATABASE_URL: must be an address")


def test_what_is_none_of_ours_is_left_alone() -> None:
    assert isinstance(settings(PATH="/bin", HOME="/", LANG="C"), Settings)


def test_the_tests_own_sender_is_the_one_that_was_set() -> None:
    assert settings().sender == SENDER


@pytest.mark.parametrize(("name", "value"), [("RUNNER", "procrastinate"), ("WEB_DISPATCH", "off")])
def test_several_processes_need_a_postgresql(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{name}: {value} needs a PostgreSQL"):
        settings(**{name: value})

    chosen = settings(**{name: value, "DATABASE_URL": "postgresql://somewhere/carillon"})
    assert not chosen.is_on_sqlite


@pytest.mark.parametrize(
    ("given", "address", "links"),
    [
        ({}, None, None),
        ({"NGROK_URL": "https://x.ngrok.app/"}, "https://x.ngrok.app", None),
        (
            {"NGROK_URL": "https://x.ngrok.app", "PUBLIC_URL": "https://sms.test/"},
            "https://sms.test",
            "https://sms.test/l",
        ),
        (
            {"PUBLIC_URL": "https://sms.test", "LINK_URL": "https://go.test/l"},
            "https://sms.test",
            "https://go.test/l",
        ),
    ],
)
def test_where_others_reach_us(
    given: dict[str, str], address: str | None, links: str | None
) -> None:
    made = settings(**given)

    assert (made.address, made.links_at) == (address, links)
