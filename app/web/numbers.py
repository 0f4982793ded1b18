"""Numbers over HTTP: why did they get it, or why not?"""

from typing import Any

from flask_openapi import Tag

from app.domain.scopes import Scope
from app.web.auth import guard
from app.web.context import services
from app.web.described import APIBlueprint
from app.web.documents import SECURED, answers
from app.web.timelines import NumberPath, TimelineDocument, shown

numbers = APIBlueprint(
    "numbers",
    __name__,
    url_prefix="/api/numbers",
    abp_tags=[Tag(name="numbers")],
    abp_security=SECURED,
)
guard(numbers, Scope.CONTACTS)


@numbers.get("/<number>/timeline", responses=answers(TimelineDocument, 422))
def timeline(path: NumberPath) -> Any:
    """Every decision about a number in order, with rule, source and evidence.

    The number is read as people write it. At most the newest 1,000 entries are shown, and
    `note` says so; of a number that nothing is known about the lists are empty.
    """
    return shown(services().timelines.of(path.number))
