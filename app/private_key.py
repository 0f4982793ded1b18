"""The application's private key, from a file or from the environment."""

import base64
import binascii
from pathlib import Path

PEM = "-----BEGIN"
KEY_PATH, KEY_BASE64 = "VONAGE_PRIVATE_KEY_PATH", "VONAGE_PRIVATE_KEY_BASE64"


class InvalidSettings(Exception):
    """The environment cannot be used as it is; the text lists every mistake by name."""


def read_key(path: Path | None, in_base64: str | None) -> str:
    """The PEM text; where both are given, it is not the file's. Raises InvalidSettings."""
    try:
        if in_base64:
            name, text = KEY_BASE64, base64.b64decode(in_base64, validate=True).decode("ascii")
        elif path:
            name, text = KEY_PATH, path.read_text(encoding="ascii")
        else:
            raise InvalidSettings(f"{KEY_PATH} or {KEY_BASE64}: one of them is needed")
    except OSError as error:
        raise InvalidSettings(f"{KEY_PATH}: {error.strerror}") from error
    except (binascii.Error, ValueError) as error:
        name = KEY_BASE64 if in_base64 else KEY_PATH
        raise InvalidSettings(f"{name}: is no PEM file") from error
    if PEM not in text:
        raise InvalidSettings(f"{name}: is no PEM file")
    return text
