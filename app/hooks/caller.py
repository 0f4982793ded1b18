"""One POST to a client's address: checked, bounded in time and size, led nowhere else."""

import functools
import http.client
import re
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from app.domain.hook_addresses import Networks, Target, read_url
from app.domain.hooks import HookAnswer
from app.hooks.connections import Refused, addresses_of, end, open_connection

TIMEOUT = 10.0  # seconds for a whole try; receivers should answer first and work afterwards
_MOST_READ = 2_048  # bytes of an answer
_EXCERPT = 500  # characters that are kept
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd]+")
_SECONDS = re.compile(r"[0-9]{1,6}")


class HookCaller:
    """Calls endpoints; any number of threads may at once."""

    def __init__(
        self,
        allowed: Networks = (),
        timeout: float = TIMEOUT,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._timeout = timeout
        self._context = context

    def post(self, url: str, headers: Mapping[str, str], body: str) -> HookAnswer:
        """Send it, and tell what came of it; never raises for what others do.

        No redirect is followed: it could lead where nobody checked. No proxy of the environment
        is used: it would resolve the name anew.
        """
        began = time.monotonic()
        try:
            target = read_url(url)
            addresses = addresses_of(target, self._allowed)
            return self._ask(target, addresses, headers, body.encode(), began)
        except ssl.SSLCertVerificationError as error:  # which is a ValueError as well
            problem = f"its certificate is not accepted: {error.verify_message}"
        except (Refused, ValueError) as error:
            problem = str(error)
        except (OSError, http.client.HTTPException) as error:
            is_late = isinstance(error, TimeoutError) or self._is_late(began)
            problem = (
                f"no answer within {self._timeout:g} seconds" if is_late else f"{_named(error)}"
            )
        return HookAnswer(None, time.monotonic() - began, problem=problem)

    def _is_late(self, began: float) -> bool:
        return time.monotonic() - began >= self._timeout

    def _ask(
        self,
        target: Target,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        body: bytes,
        began: float,
    ) -> HookAnswer:
        context = self._context or _trust_of_this_machine()
        connection = open_connection(target, addresses, context, self._timeout)
        # A time-out of the socket begins anew with every byte: this one does not.
        watch = threading.Timer(self._timeout, end, (connection,))
        watch.daemon = True
        watch.start()
        try:
            connection.request("POST", target.path, body, _sent(headers))
            response = connection.getresponse()
            text = response.read(_MOST_READ)
            if self._is_late(began):
                raise TimeoutError
            return _read(response, text, time.monotonic() - began)
        finally:
            watch.cancel()
            connection.close()


@functools.cache
def _trust_of_this_machine() -> ssl.SSLContext:
    """One for the process, for its first call: certificates take 20 ms and a megabyte to read."""
    return ssl.create_default_context()


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    usual = {
        "Content-Type": "application/json",
        "User-Agent": "Carillon-Webhooks",
        "Connection": "close",
    }
    return {**usual, **headers}


def _read(response: http.client.HTTPResponse, text: bytes, duration: float) -> HookAnswer:
    code = response.status
    is_good = HTTPStatus.OK <= code < HTTPStatus.MULTIPLE_CHOICES
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= code < HTTPStatus.BAD_REQUEST
    hint = ": redirects are not followed, change the URL" if is_redirect else ""
    wish = response.headers.get("Retry-After", "")
    return HookAnswer(
        code,
        duration,
        _UNPRINTABLE.sub(" ", text.decode("utf-8", "replace"))[:_EXCERPT],
        None if is_good else f"answered {code}{hint}",
        float(wish) if _SECONDS.fullmatch(wish) else None,
        is_gone=code == HTTPStatus.GONE,
    )


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_EXCERPT]
