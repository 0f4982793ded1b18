"""Speaks HTTP to the two programs of the demo, and to this machine only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

from demo.trouble import Trouble

TIMEOUT = 20.0  # seconds


@dataclass(frozen=True, slots=True)
class Local:
    """A program that listens on this machine. No proxy is asked, and no other host can be."""

    port: int
    key: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str) -> Any:
        """The JSON at this path. Raises Trouble for any answer but success, and for none."""
        return self._ask("GET", path)

    def post(self, path: str, body: bytes) -> Any:
        return self._ask("POST", path, body)

    def pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """The rows of every page of a list."""
        following: str | None = path
        while following:
            page = self.get(following)
            yield from page[name]
            following = page["next"]

    def is_ready(self, path: str) -> bool:
        """Does it answer with success by now?"""
        try:
            return self._send("GET", path, None)[0] == HTTPStatus.OK
        except (OSError, HTTPException):
            return False

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        try:
            status, answer = self._send(method, path, body)
        except (OSError, HTTPException) as error:
            raise Trouble(f"{method} {self.url}{path}: {type(error).__name__} {error}") from error
        if status >= HTTPStatus.BAD_REQUEST:
            raise Trouble(f"{method} {self.url}{path} was answered with {status}: {answer[:500]}")
        return json.loads(answer)

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, str]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode("utf-8", "replace")
        finally:
            connection.close()
