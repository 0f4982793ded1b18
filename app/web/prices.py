"""Prices over HTTP: what an operator sets, beside what was learned."""

from collections.abc import Iterable
from typing import Any

from flask_openapi import Tag

from app.domain.errors import FixInput, Mistake
from app.domain.prices import SetPrice, read_price
from app.domain.scopes import Scope
from app.web import preview_views
from app.web.auth import actor, guard
from app.web.bodies import require_json
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import BODY, SECURED, answers
from app.web.preview_documents import GivenPrice, PricesDocument, SetPrices

prices = APIBlueprint(
    "prices",
    __name__,
    url_prefix="/api/prices",
    abp_tags=[Tag(name="prices")],
    abp_security=SECURED,
)
guard(prices, Scope.ADMIN)
prices.before_request(require_json)


@prices.get("", responses=answers(PricesDocument))
def index() -> Any:
    """What a segment costs, for each country that has a price."""
    return {"prices": [preview_views.price(each) for each in services().prices.all().values()]}


@prices.put("", responses=answers(PricesDocument, *BODY))
def change(body: SetPrices) -> Any:
    """Set prices, or forget them with `"price": null`; what is not named stays."""
    found = services().prices.set(_read(body.prices), actor())
    return {"prices": [preview_views.price(each) for each in found.values()]}


def _read(given: Iterable[GivenPrice]) -> list[SetPrice]:
    """Raises FixInput with every mistake of all of them."""
    read: list[SetPrice] = []
    mistakes: list[Mistake] = []
    for place, each in enumerate(given):
        try:
            read.append(read_price(each.country, each.currency, each.price, f"/prices/{place}"))
        except FixInput as error:
            mistakes += error.mistakes
    if mistakes:
        raise FixInput(mistakes)
    return read
