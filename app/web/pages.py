"""The dashboard: an application of its own, loaded when somebody first asks for a page of it.

Where only programs ask, it is never loaded: three megabytes, and a part of each start.
"""

import threading
from collections.abc import Callable, Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask

HOME = "/dashboard/"
_PAGES = "carillon.pages"


class Pages:
    """Answers what is asked under /dashboard, and gives everything else to who stands behind it."""

    def __init__(self, behind: Flask, make: Callable[[], Flask]) -> None:
        self._behind = behind
        self._make = make
        self._others = behind.wsgi_app
        self._lock = threading.Lock()
        self._app: Flask | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI (PEP 3333)."""
        path: str = environ["PATH_INFO"]
        if f"{path}/".startswith(HOME):
            return self.app.wsgi_app(environ, start_response)
        return self._others(environ, start_response)

    @property
    def app(self) -> Flask:
        """The application; whoever asks while it is made waits for it."""
        with self._lock:
            if self._app is None:
                self._app = self._joined(self._make())
            return self._app

    def _joined(self, app: Flask) -> Flask:
        """It serves the same services, with the same secret: whoever changes them changes both."""
        usual = Flask.default_config
        chosen = {name: value for name, value in app.config.items() if value != usual.get(name)}
        self._behind.config.update(chosen)
        self._behind.extensions.update(app.extensions)
        app.config, app.extensions = self._behind.config, self._behind.extensions
        return app


def install(app: Flask, make: Callable[[], Flask]) -> None:
    """Have `make` called for the first page that is asked for."""
    app.extensions[_PAGES] = Pages(app, make)


def of(app: Flask) -> Pages:
    """What was installed there."""
    found = app.extensions[_PAGES]
    assert isinstance(found, Pages)
    return found
