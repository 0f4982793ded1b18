"""The OpenAPI description, made when somebody asks for it.

flask-openapi makes it while modules are imported: a quarter of the CPU of a start, and six
megabytes in every process, though most are never asked.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import flask_openapi
from flask_openapi import OpenAPI
from flask_openapi.models import PathItem
from flask_openapi.types import ParametersTuple
from flask_openapi.utils import parse_parameters
from pydantic import BaseModel, ConfigDict

from app.web import examples
from app.web.schemas import OptionalBody

# Blueprints belong to the process, and several applications may be described from them.
_one_at_a_time = threading.RLock()


class Document(BaseModel):
    """An answer, as the description shows it. Nothing is checked by it, so it is built late too."""

    model_config = ConfigDict(defer_build=True)


class APIBlueprint(flask_openapi.APIBlueprint):
    """Routes that say what they take and answer once `describe` is called."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._untold: list[Callable[[], object]] = []

    def _collect_openapi_info(self, rule: str, func: Any, **told: Any) -> ParametersTuple:
        """What the library calls for each route, for both its parameters and its description."""
        collect = super()._collect_openapi_info
        self._untold.append(partial(collect, rule, func, **told))
        return parse_parameters(func, doc_ui=False)

    def describe(self) -> None:
        """Fill in `paths`, `tags` and `components_schemas`, where that was not done before."""
        with _one_at_a_time:
            while self._untold:
                self._untold.pop(0)()


class DescribedLate(OpenAPI):
    """Flask with a description that only names answers that are given."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._blueprints: list[APIBlueprint] = []

    def register_api(self, api: flask_openapi.APIBlueprint, **options: Any) -> None:
        """Serve its routes; what they are is asked when the description is."""
        assert isinstance(api, APIBlueprint)
        self._blueprints.append(api)
        self.register_blueprint(api, **options)

    @property
    def api_doc(self) -> dict[str, Any]:
        """The description, made once; whoever asks meanwhile waits, and nobody gets half of it."""
        with _one_at_a_time:
            found: dict[str, Any] = super().api_doc
            return found

    def generate_spec_json(self) -> None:
        """The library adds a 422 to all that has none, and thinks that every body is needed."""
        for blueprint in self._blueprints:
            self._tell(blueprint)
        super().generate_spec_json()  # type: ignore[no-untyped-call]  # theirs
        for path in self.spec_json["paths"].values():
            for operation in path.values():
                added = operation["responses"].get("422", {}).get("content", {})
                if "application/json" in added:
                    del operation["responses"]["422"]
                if _may_be_missing(operation.get("requestBody", {})):
                    operation["requestBody"]["required"] = False
        examples.put_into(self.spec_json)

    def _tell(self, blueprint: APIBlueprint) -> None:
        """As the library does, but two blueprints may serve one path."""
        blueprint.describe()
        self.tags += [tag for tag in blueprint.tags if tag not in self.tags]
        self.components_schemas.update(blueprint.components_schemas)
        for path, item in blueprint.paths.items():
            before = self.paths.get(path)
            self.paths[path] = _both(before, item) if before else item


def _both(one: PathItem, other: PathItem) -> PathItem:
    told = [each.model_dump(exclude_none=True) for each in (one, other)]
    return PathItem.model_validate(told[0] | told[1])


def _may_be_missing(body: dict[str, Any]) -> bool:
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    optional = {model.__name__ for model in OptionalBody.__subclasses__()}
    return str(schema.get("$ref")).rpartition("/")[2] in optional
