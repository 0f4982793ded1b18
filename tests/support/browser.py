"""A service with everything real, and Debian's Chromium to look at it."""

import contextlib
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.bootstrap import House
from app.domain.users import Role
from app.factory import create_app, house_of
from simulator.settings import read_settings as read_simulator
from simulator.simulator import Simulator
from tests.support.builders import environment, private_key, settings
from tests.support.processes import free_port
from tests.support.visitors import PASSWORD, add_user
from tests.support.walks import pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
_PATIENCE = 10_000  # milliseconds
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 860}


class Stage:
    """A service, the simulator that it sends to, and a browser."""

    def __init__(self, url: str, simulator_url: str, house: House, browser: Browser) -> None:
        self.app: Any = None
        self.pages: list[str] = []  # addresses of all that can be read
        self.url = url
        self.simulator_url = simulator_url
        self.house = house
        self._browser = browser

    @contextmanager
    def open(self, role: Role | None = Role.ADMIN, **options: Any) -> Iterator["Tab"]:
        """A tab of somebody who is signed in; at the end nothing may have been complained of."""
        given = {"viewport": WIDE, "timezone_id": "Europe/Berlin", "reduced_motion": "reduce"}
        context = self._browser.new_context(base_url=self.url, **{**given, **options})
        context.set_default_timeout(_PATIENCE)
        try:
            if role is not None:
                self._sign_in(context, role)
            tab = Tab(context.new_page())
            yield tab
            assert tab.complaints == [], tab.complaints
        finally:
            context.close()

    def _sign_in(self, context: BrowserContext, role: Role) -> None:
        """By the form, without a page: a request of the same browser."""
        add_user(self.house.database, str(role), role)
        door = context.request.get("/dashboard/sign-in").text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', door)
        assert token
        form = {"csrf_token": token[1], "name": str(role), "password": PASSWORD}
        answer = context.request.post("/dashboard/sign-in", form=form)
        assert answer.ok, answer.status


class Tab:
    """A page, and all that the browser complained of: errors, warnings of its policy, scripts."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # a browser keeps its connections

    def log(self, *_arguments: Any) -> None:
        """The application logs its requests itself."""


@contextmanager
def served(app: Any, port: int) -> Iterator[None]:
    """The application over HTTP, in threads of this process."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]  # kept-alive connections may stay
    server.block_on_close = False  # type: ignore[attr-defined]  # the same
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def stage(browser: Browser, database_url: str, **changes: str) -> Iterator[Stage]:
    """All of it; afterwards nothing runs any more."""
    port = free_port()
    with contextlib.ExitStack() as stack:
        simulated = environment(
            SIMULATOR_PORT="0", SIMULATOR_WEBHOOK_URL=f"http://127.0.0.1:{port}", **changes
        )
        simulator = stack.enter_context(Simulator(read_simulator(simulated)))
        chosen = settings(
            DATABASE_URL=database_url,
            VONAGE_API_URL=simulator.url,
            PROGRAMME_NAME="Bells",
            SEND_RATE="200",
            **changes,
        )
        assert private_key()
        app = create_app(chosen)
        house = house_of(app)
        stack.callback(house.close, timeout=10)
        house.start()
        stack.enter_context(served(app, port))
        made = Stage(f"http://127.0.0.1:{port}", simulator.url, house, browser)
        made.app = app
        made.pages += pages(app)
        yield made
