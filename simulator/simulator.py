"""The simulator as one thing that starts and stops."""

from threading import Event, Thread
from types import TracebackType
from typing import Self

from simulator.answers import Answer
from simulator.authentication import Authentication
from simulator.carrier import Carrier
from simulator.conditions import Conditions
from simulator.control import Control
from simulator.ledger import Ledger
from simulator.messages_api import MessagesApi
from simulator.page import ROOT, Page
from simulator.phones import Phones
from simulator.server import Server
from simulator.settings import Settings
from simulator.webhooks import Webhooks

MESSAGES = ("POST", "/v1/messages")
HOW_OFTEN_IT_LOOKS_FOR_ITS_END = 0.05  # seconds


class Simulator:
    """A fake Vonage in the background of this process; also a context manager, for tests."""

    def __init__(self, settings: Settings) -> None:
        self._conditions = Conditions(settings)
        self._webhooks = Webhooks(settings, self._conditions)
        self._ended = Event()
        ledger = Ledger()
        phones = Phones()
        carrier = Carrier(settings, self._conditions, self._webhooks, phones)
        self._page = Page(phones, carrier)
        authentication = Authentication(settings)
        self._messages = MessagesApi(authentication, self._conditions, ledger, carrier)
        self._control = Control(ledger, self._webhooks, carrier, self._conditions, phones)
        self._server = Server(
            (settings.host, settings.port), self._respond, verbose=settings.verbose
        )
        self._thread = Thread(
            target=self._server.serve_forever,
            args=(HOW_OFTEN_IT_LOOKS_FOR_ITS_END,),
            name="simulator",
            daemon=True,
        )

    @property
    def url(self) -> str:
        """Its base address, with the port that it really got."""
        return f"http://{self._server.server_name}:{self._server.server_port}"

    def start(self) -> None:
        """Returns when requests are answered."""
        self._webhooks.start()
        self._thread.start()

    def stop(self) -> None:
        """Ends at once: open connections are closed, waiting webhooks are lost."""
        self._ended.set()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._webhooks.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _respond(self, method: str, target: str, authorization: str | None, body: bytes) -> Answer:
        path, _, query = target.partition("?")
        if path == ROOT or path.startswith(f"{ROOT}/"):
            return self._page.answer(method, path.removeprefix(ROOT), query, body)
        if (method, path) != MESSAGES:
            return self._control.answer(method, path, body)
        answer = self._messages.post(authorization, body)
        self._wait(self._conditions.seconds("latency_ms"))
        return answer

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._ended.wait(seconds)
