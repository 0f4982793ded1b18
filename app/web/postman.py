"""The OpenAPI description as a Postman collection (v2.1), for those who try requests by hand.

Written with `python -m app.web.postman`.
"""

import functools
import json
from pathlib import Path
from typing import Any

from flask_openapi import OpenAPI

from app.web.mount import routes

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
FILE = Path(__file__).parents[2] / "examples" / "carillon.postman_collection.json"


def collection(document: dict[str, Any]) -> dict[str, Any]:
    """A folder for each tag, a request for each operation; address and key are variables."""
    folders: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            folders.setdefault(tag, []).append(_request(path, method, operation))
    return {
        "info": {"name": document["info"]["title"], "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [_variable("token", "{{key}}")]},
        "variable": [_variable("url", "http://127.0.0.1:3000"), _variable("key", "")],
        "item": [{"name": tag, "item": items} for tag, items in sorted(folders.items())],
    }


def _request(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    steps = [f":{step[1:-1]}" if step[:1] == "{" else step for step in path.split("/")[1:]]
    named = [step[1:] for step in steps if step.startswith(":")]
    url = {
        "raw": "{{url}}/" + "/".join(steps),
        "host": ["{{url}}"],
        "path": steps,
        "variable": [{"key": name, "value": ""} for name in named],
    }
    request: dict[str, Any] = {"method": method.upper(), "header": [], "url": url}
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": _example(body)}
    return {"name": operation.get("summary") or path, "request": request}


def _example(body: dict[str, Any]) -> str:
    return json.dumps(body.get("example", {}), indent=2, ensure_ascii=False)


def _variable(name: str, value: str) -> dict[str, str]:
    return {"key": name, "value": value, "type": "string"}


def written(document: dict[str, Any]) -> str:
    return json.dumps(collection(document), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


@functools.cache
def description() -> dict[str, Any]:
    """What this version describes itself as; made once, and to be left as it is."""
    app = routes()
    assert isinstance(app, OpenAPI)
    document: dict[str, Any] = app.api_doc
    return document


if __name__ == "__main__":
    FILE.write_text(written(description()), encoding="utf-8")
