"""Writes the demo's .env and its private key: every secret is made anew, none has a default."""

import os
import secrets
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

KEY_PATH = "var/demo/private.key"
ONLY_OURS = 0o600

# 45 messages a second: 200 take about five seconds, long enough to watch.
_TEXT = """\
# Written by `make demo`, with secrets that were made for this folder and are used nowhere else.
# No account is behind them: texts go to the simulator on this machine.
#
# To go on to the real Vonage, put a copy of .env.example in the place of this file, fill in your
# account, and start the service with `make run`. The demo refuses to run beside such a .env.

VONAGE_API_URL=http://127.0.0.1:3999
VONAGE_API_KEY={api_key}
VONAGE_API_SECRET={api_secret}
VONAGE_APPLICATION_ID={application_id}
VONAGE_PRIVATE_KEY_PATH={key_path}
VONAGE_SIGNATURE_SECRET={signature_secret}
# A number that is kept free for fiction.
VONAGE_NUMBER=12025550100

HOST=127.0.0.1
PORT=3000
DATABASE_URL=sqlite:///var/demo.db
API_KEYS={our_key}
SEND_RATE=45
PROGRAMME_NAME=Carillon demo
"""


def write(folder: Path) -> None:
    """A .env and the key it names; only the owner may read them."""
    write_key(folder / KEY_PATH)
    text = _TEXT.format(
        api_key=secrets.token_hex(4),
        api_secret=secrets.token_urlsafe(12),
        application_id=uuid4(),
        key_path=KEY_PATH,
        signature_secret=secrets.token_urlsafe(32),
        our_key=secrets.token_urlsafe(32),
    )
    _write_private(folder / ".env", text.encode())


def write_key(path: Path) -> None:
    """A new RSA key in the form in which Vonage hands them out (PKCS#8, PEM)."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _write_private(path: Path, content: bytes) -> None:
    """The mode is there before the first byte. What exists is never overwritten."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ONLY_OURS), "wb") as file:
        file.write(content)
