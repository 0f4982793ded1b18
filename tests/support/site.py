"""The service over HTTP: the real application on a real database, with a gateway that tests own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from app.bootstrap import House, build
from app.sending.ports import Gateway
from app.services.passwords import Passwords
from app.web import pages
from app.web.auth import forget
from app.web.context import WebOptions
from app.web.mount import routes, serve
from tests.support.builders import API_KEY, numbers, settings
from tests.support.desk import Desk
from tests.support.fakes import FakeGateway
from tests.support.webhooks import Body, as_bytes, signed

Answer = Any
"""A werkzeug.test.TestResponse, whose `json` would have to be looked at for None each time."""

QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""The real ones take a quarter of a second for each; a hash names its own parameters."""

LATER = "2099-01-01T00:00:00Z"
"""Nothing of a campaign leaves before its time: what is queued stays so."""


_free: list[Flask] = []
"""Applications that serve nobody now: to describe every route takes longer than most tests."""


class Site:
    """A client that holds a key, and what is behind the application."""

    def __init__(self, app: Flask, house: House, gateway: Any) -> None:
        self.app = app
        self.house = house
        self.gateway = gateway
        self.client: Any = app.test_client()
        self.key = {"Authorization": f"Bearer {API_KEY}"}

    @property
    def pages(self) -> Flask:
        """The dashboard, which is an application of its own."""
        return pages.of(self.app).app

    def rules(self) -> list[Rule]:
        """Every route of both."""
        return [rule for app in (self.app, self.pages) for rule in app.url_map.iter_rules()]

    def get(self, path: str, **query: Any) -> Answer:
        return self.client.get(path, headers=self.key, query_string=query or None)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Post JSON, or nothing; `headers` are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        given = {} if body is None else {"json": body}
        return self.client.post(path, headers={**self.key, **named}, **given)

    def post_bytes(self, path: str, body: bytes, content_type: str = "application/json") -> Answer:
        return self.client.post(path, headers=self.key, data=body, content_type=content_type)

    def campaign(self, recipients: list[Any] | int = 3, **body: Any) -> dict[str, Any]:
        """Send to these, or to so many, and wait until that is done; returns the answer."""
        named = numbers(recipients) if isinstance(recipients, int) else recipients
        order = {"recipients": named, "message": "Hello", "allow_duplicate": True, **body}
        wait = {} if "scheduled_at" in body else {"Prefer": "wait=10"}
        answer = self.post("/api/campaigns/send", order, **wait)
        assert answer.status_code == 202, answer.text
        found: dict[str, Any] = answer.json
        return found

    def messages(self, campaign: dict[str, Any]) -> list[dict[str, Any]]:
        """The messages of a campaign, from the answer that it was launched with."""
        found: list[dict[str, Any]] = self.get(campaign["campaign"]["links"]["messages"]).json[
            "messages"
        ]
        return found

    def webhook(self, name: str, body: Body) -> Answer:
        """What Vonage does when something happened."""
        path = f"/webhooks/{name}"
        return self.client.post(path, data=as_bytes(body), headers=signed(body))

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All that a table holds."""
        with self.house.database.reading() as session:
            found = session.execute(text(f"SELECT * FROM {table}")).mappings()  # noqa: S608 (a name from a test)
            return [dict(row) for row in found]


@contextmanager
def open_site(
    database_url: str,
    gateway: Gateway | None = None,
    *,
    is_migrated: bool = True,
    **environment: str,
) -> Iterator[Site]:
    """A whole service; afterwards nothing of it runs, and its kept counts must be right."""
    gateway = gateway or FakeGateway()
    chosen = settings(
        **{
            "DATABASE_URL": database_url,
            "SEND_RATE": "1000",
            "PROGRAMME_NAME": "Bells",
            **environment,
        }
    )
    house = build(chosen, gateway=gateway, passwords=QUICK)
    options = WebOptions(
        api_keys=tuple(key.get_secret_value() for key in chosen.api_keys),
        signature=house.signature,
        sender=chosen.sender,
        max_recipients=chosen.max_recipients,
        max_import=chosen.max_import_mb << 20,
        policy=house.policy,
        terms=house.terms,
        is_simulated=chosen.is_simulated,
        rate_limit=chosen.rate_limit,
        rate_limit_storage=chosen.rate_limit_storage,
        trusted_proxies=chosen.trusted_proxies,
        metrics_keys=tuple(key.get_secret_value() for key in chosen.metrics_keys or ()),
    )
    app = _free.pop() if _free else routes()
    serve(app, house.services, options)
    try:
        yield Site(app, house, gateway)
        house.crew.stop(timeout=10)
        assert not house.crew.alive()
        if is_migrated:
            Desk(house.database).check_counts()
        _free.append(app)
    finally:
        forget()  # whose key it served last: the next test may call services on this very thread
        house.close(timeout=10)


def eventually(look: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)
