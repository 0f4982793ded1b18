"""The description is made when it is asked for, and once."""

import threading
from typing import Any

from flask_openapi import Tag
from pydantic import Field

from app.web.described import APIBlueprint, DescribedLate, Document
from app.web.documents import ProblemDocument, answers
from app.web.schemas import Query


class _Shown(Document):
    count: int = Field(description="how many")


class _Asked(Query):
    limit: int = 10


def _app(*blueprints: APIBlueprint) -> DescribedLate:
    app = DescribedLate("described", validation_error_model=ProblemDocument)
    for blueprint in blueprints:
        app.register_api(blueprint)
    return app


def _blueprint(name: str = "things") -> APIBlueprint:
    blueprint = APIBlueprint(name, __name__, abp_tags=[Tag(name="things")])

    @blueprint.get("/things", responses=answers(_Shown))
    def all_things(query: _Asked) -> dict[str, int]:
        """All of them."""
        return {"count": query.limit}

    return blueprint


def test_nothing_is_described_before_it_is_asked_for() -> None:
    blueprint = _blueprint()
    app = _app(blueprint)
    assert app.test_client().get("/things?limit=3").json == {"count": 3}
    assert not blueprint.paths
    assert not app.paths
    assert "_Shown" in app.api_doc["components"]["schemas"]
    assert app.api_doc["paths"]["/things"]["get"]["summary"] == "All of them."


def test_two_applications_are_described_from_one_blueprint() -> None:
    blueprint = _blueprint()
    assert _app(blueprint).api_doc == _app(blueprint).api_doc


def test_two_blueprints_may_serve_one_path() -> None:
    other = APIBlueprint("others", __name__, abp_tags=[Tag(name="things")])

    @other.post("/things", responses=answers(_Shown, 201))
    def one_more() -> dict[str, int]:
        return {"count": 1}

    found = _app(_blueprint(), other).api_doc
    assert sorted(found["paths"]["/things"]) == ["get", "post"]
    assert [tag["name"] for tag in found["tags"]] == ["things"]


def test_who_asks_at_the_same_time_gets_all_of_it() -> None:
    app = _app(_blueprint())
    found: list[dict[str, Any]] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait(5)
        found.append(dict(app.api_doc["paths"]["/things"]["get"]["responses"]))

    crew = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for each in crew:
        each.start()
    for each in crew:
        each.join(10)
    assert found == [found[0]] * 4
    assert "200" in found[0]
