"""Somebody at the dashboard: a client that is signed in, and sends forms as a browser does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import event

from app.domain.ids import time_ordered_ids
from app.domain.users import Role, User
from app.storage import users
from app.storage.database import Database
from tests.support.site import QUICK, Site

PASSWORD = "correct horse battery"
_HASH = QUICK.hash(PASSWORD)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """A browser of one user, or of nobody."""

    def __init__(self, site: Site, role: Role | None) -> None:
        self.site = site
        self.client: Any = site.app.test_client()
        if role is not None:
            self.user = add_user(site.house.database, str(role), role)
            token = site.house.services.sign_ins.remember(self.user)
            self.client.set_cookie("carillon", _cookie(site.pages, token), path="/dashboard")

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query_string=query or None)

    def token(self, path: str = "/dashboard/account") -> str:
        """What a form on this page would send."""
        found = _TOKEN.search(self.get(path).text)
        assert found, f"there is no form on {path}"
        return found[1]

    def post(self, path: str, form: dict[str, Any] | None = None, **options: Any) -> Any:
        """Send a form with its token."""
        given = {"csrf_token": self.token(), **(form or {})}
        return self.client.post(path, data=given, **options)


def _cookie(pages: Flask, token: str) -> str:
    signing = SecureCookieSessionInterface().get_signing_serializer(pages)
    assert signing is not None
    return str(signing.dumps({"token": token}))


def add_user(database: Database, name: str, role: Role) -> User:
    """Somebody whose password is PASSWORD; found, where they are there already."""
    with database.writing() as session:
        if there := users.named(session, name):
            return there
        now = datetime.now(UTC)
        user = User(
            next(time_ordered_ids(now, name.encode().ljust(10))), name, role, None, now, None
        )
        users.add(session, user, _HASH)
        return user


@contextmanager
def counted_queries(database: Database) -> Iterator[list[str]]:
    """The statements that are run while the block is."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
