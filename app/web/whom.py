"""Whom a campaign is for, as clients say it: recipients, or contacts of lists and audiences."""

from typing import Annotated, Any, NoReturn, Self

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from app.domain.audience_rules import read_rule
from app.domain.errors import FixInput, Mistake
from app.domain.target import Target
from app.web.context import options
from app.web.schemas import Body


def _not_too_many(recipients: list[Any]) -> list[Any]:
    most = options().max_recipients
    if len(recipients) > most:
        raise ValueError(f"has {len(recipients)} entries, at most {most} are taken at once")
    return recipients


_RECIPIENT_SCHEMA = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            {"type": "string", "examples": ["+14155550101"]},
            {
                "type": "object",
                "properties": {"to": {"type": "string"}},
                "required": ["to"],
                # anyOf, since flask-openapi knows no list of types.
                "additionalProperties": {
                    "anyOf": [{"type": each} for each in ("string", "number", "boolean", "null")]
                },
            },
        ]
    },
}


Recipients = Annotated[
    list[Any],
    Field(min_length=1),
    AfterValidator(_not_too_many),
    WithJsonSchema(_RECIPIENT_SCHEMA),
]


def _needed(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """Recipients may be left out where lists or an audience were named, rightly or not."""
    if value is not None:
        return handler(value)
    if all(info.data.get(name, "wrong") is None for name in ("lists", "audience")):
        raise PydanticCustomError("missing", "Field required (or lists, or an audience)")
    return []


RequiredRecipients = Annotated[Recipients, WrapValidator(_needed)]
_Named = Annotated[str, Field(min_length=1, max_length=100)]


class ForWhom(Body):
    """Whom a campaign is for."""

    lists: Annotated[list[_Named], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Ids or names of lists: contacts on any of them."
    )
    audience: _Named | dict[str, Any] | None = Field(
        None, description="The id or name of a saved audience, or a rule."
    )
    recipients: Recipients = Field(
        default_factory=list,
        description='Numbers, or objects {"to": number, ...} with the fields of the text.',
    )

    @model_validator(mode="after")
    def _of_one_kind(self) -> Self:
        if self.recipients and self._has_target:
            both = "and lists or an audience are two things: give one of them"
            _raise(self, Mistake("/recipients", both))
        if isinstance(self.audience, dict):
            try:
                read_rule(self.audience, "/audience")
            except FixInput as error:
                _raise(self, *error.mistakes)
        return self

    @property
    def _has_target(self) -> bool:
        return self.lists is not None or self.audience is not None

    @property
    def is_for_somebody(self) -> bool:
        """Was it said whom it is for?"""
        return bool(self.recipients) or self._has_target

    def target(self) -> Target | None:
        """Lists and audience, where they were named."""
        return Target(tuple(self.lists or ()), self.audience) if self._has_target else None


class ForOthers(ForWhom):
    """Whom a campaign is for from now on. Lists and audience are one answer, and go together."""

    @model_validator(mode="after")
    def _not_nobody(self) -> Self:
        nulls = [name for name in ("lists", "audience") if name in self.model_fields_set]
        if nulls and not self.is_for_somebody:
            _raise(self, *(Mistake(f"/{name}", _NOBODY) for name in nulls))
        return self


_NOBODY = "is null, which leaves nobody: name the recipients, lists or audience to write to instead"


def _raise(model: Body, *mistakes: Mistake) -> NoReturn:
    found = [
        InitErrorDetails(
            type=PydanticCustomError("whom", "{detail}", {"detail": mistake.detail}),
            loc=tuple(mistake.pointer.removeprefix("/").split("/")),
            input=None,
        )
        for mistake in mistakes
    ]
    raise ValidationError.from_exception_data(type(model).__name__, found)
