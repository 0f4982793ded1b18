"""While a large request is worked on circles are looked for less often; then as before."""

import gc
from collections.abc import Iterator

import pytest
from flask import Flask

from app.web import memory
from app.web.memory import Calm

LARGE, SMALL = b"x" * 100_000, b"x" * 100
USUAL = (700, 10, 10)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*USUAL)
    yield
    gc.set_threshold(*before)


def app() -> Flask:
    made = Flask(__name__)
    memory.install(made)

    @made.post("/")
    def threshold() -> str:
        return repr(gc.get_threshold())

    @made.post("/broken")
    def broken() -> str:
        raise LookupError

    return made


def test_everything_is_not_looked_through_during_a_large_request() -> None:
    client = app().test_client()
    assert client.post("/", data=SMALL).text == repr(USUAL)
    assert client.post("/", data=LARGE).text == repr((700, 10, 2**31 - 1))
    assert gc.get_threshold() == USUAL


def test_a_large_request_that_fails_leaves_things_as_they_were() -> None:
    assert app().test_client().post("/broken", data=LARGE).status_code == 500
    assert gc.get_threshold() == USUAL


def test_the_last_of_several_ends_it() -> None:
    calm = Calm()
    calm.begin()
    calm.begin()
    calm.end()
    assert gc.get_threshold() != USUAL
    calm.end()
    assert gc.get_threshold() == USUAL
