"""What a large request does to the memory of its process.

Python frees it, but the C library keeps what was freed for itself: after a campaign of a million
recipients more than a hundred megabytes, for good. And Python looks for circles among all that was
made since the start, again and again while more is made, and lets no other thread run meanwhile: a
tenth of a second among a million recipients, half of one where each has fields. None of them is in
a circle.
"""

import gc
import threading

from flask import Flask, Response, g, request

from app.allocator import give_back

_LARGE = 64 * 1024  # bytes of a body; giving back takes a few milliseconds
_NEVER = 2**31 - 1


def install(app: Flask) -> None:
    """Give back what a large request took, as soon as its answer is out."""
    calm = Calm()

    def begin() -> None:
        if _is_large():
            calm.begin()
            g.is_calm = True

    def end(_error: BaseException | None) -> None:
        if g.pop("is_calm", False):
            calm.end()

    app.before_request(begin)
    app.after_request(_after)
    app.teardown_request(end)


class Calm:
    """While anybody is calm, circles are looked for only among what was made just now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._usual = gc.get_threshold()

    def begin(self) -> None:
        with self._lock:
            if not self._count:
                self._usual = gc.get_threshold()
                gc.set_threshold(*self._usual[:2], _NEVER)
            self._count += 1

    def end(self) -> None:
        """To be called once for each `begin`."""
        with self._lock:
            self._count -= 1
            if not self._count:
                gc.set_threshold(*self._usual)


def _after(response: Response) -> Response:
    if _is_large():
        response.call_on_close(give_back)
    return response


def _is_large() -> bool:
    return (request.content_length or 0) > _LARGE
