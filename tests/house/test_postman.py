"""The Postman collection is that of the description, and of the shape that Postman imports."""

import json

from app.web.postman import FILE, SCHEMA, description, written


def test_the_collection_is_up_to_date_and_has_every_operation() -> None:
    document = description()
    kept = FILE.read_text(encoding="utf-8")

    assert kept == written(document), "run `make postman`"
    collection = json.loads(kept)
    requests = [each["request"] for folder in collection["item"] for each in folder["item"]]
    assert collection["info"]["schema"] == SCHEMA
    assert len(requests) == sum(map(len, document["paths"].values()))
    for request in requests:
        assert request["method"] in {"GET", "POST", "PUT", "PATCH", "DELETE"}
        assert request["url"]["raw"].startswith("{{url}}/")
        assert "{" not in "/".join(request["url"]["path"])
