"""What clients send about texts: saved templates, what senders add, texts to be counted."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from app.domain.campaign import SavedVersion, read_fields
from app.domain.errors import InvalidRecipient, InvalidTemplate
from app.domain.finish import MAX_LENGTH
from app.domain.footer import LONGEST_LINE, LONGEST_NAME
from app.domain.template import read_template
from app.web.schemas import MAX_PAGE, Body, Cursor, Id, Query, Sender

Version = Annotated[int, Field(ge=1, le=2**31 - 1, strict=True)]
TrackLinks = Annotated[
    bool,
    Field(
        strict=True,
        description="Count clicks: links become short ones of this service, one each recipient.",
    ),
]


class ChosenTemplate(Body):
    """A saved template, and which of its versions."""

    id: Id
    version: Version | None = Field(None, description="The newest where none is named.")

    def version_named(self) -> SavedVersion:
        return SavedVersion(self.id, self.version)


def no_choice() -> ChosenTemplate:
    """Stands where a change names no template; null would be a mistake."""
    return ChosenTemplate(id="", version=None)


def text_or_template(text: str | None, info: ValidationInfo) -> str | None:
    """Exactly one of the two says what is sent."""
    template = info.data.get("template")
    if text is None and template is None and "template" in info.data:
        raise PydanticCustomError("missing", 'Field required, or a saved template as "template"')
    return text if text is None else not_both(text, info)


def not_both(text: str, info: ValidationInfo) -> str:
    template = info.data.get("template")
    if template is not None and template.id:
        raise ValueError('leave it out where "template" says what is sent')
    return text


def _template_text(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    try:
        read_template(text)
    except InvalidTemplate as error:
        raise ValueError(str(error)) from None
    return text


TemplateText = Annotated[
    str,
    AfterValidator(_template_text),
    Field(description="{{ field }} is filled in.", examples=["Hi {{ name | default: 'there' }}!"]),
]
TemplateName = Annotated[str, Field(min_length=1, max_length=200)]


class NewTemplate(Body):
    """A text to be used again."""

    name: TemplateName
    text: TemplateText


class ReviseTemplate(Body):
    """What a template says from now on."""

    text: TemplateText
    name: TemplateName | None = Field(None, description="The old one where it is left out.")


def _fields(value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError("must be an object with a value for each field")  # noqa: TRY004 (pydantic takes ValueError)
    try:
        return dict(read_fields(value))
    except InvalidRecipient as error:
        raise ValueError(str(error)) from None


class PreviewTemplate(Body):
    """For whom a template is to be filled in."""

    fields: Annotated[dict[str, str], BeforeValidator(_fields)] = Field(default_factory=dict)
    version: Version | None = Field(None, description="The newest where none is named.")
    from_: Sender | None = Field(None, alias="from", description="With what this sender adds.")


class CountText(Body):
    """A text as it would be sent."""

    text: str = Field(min_length=1, max_length=MAX_LENGTH)


class TemplatePath(Query):
    template_id: Id


class TemplatesQuery(Query):
    """A page of templates, the newest first."""

    before: Cursor | None = Field(None, description="Only templates older than this id.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)
    archived: bool = Field(default=False, description="Those that were archived.")


class LinksQuery(Query):
    """How many addresses to show."""

    limit: int = Field(100, ge=1, le=MAX_PAGE)


def _with_a_letter(text: str) -> str:
    if not any(each.isalnum() for each in text):
        raise ValueError("must have a letter or a digit")
    if not text.isprintable():
        raise ValueError("must be one line that can be printed")
    return text.strip()


def _is_there(switch: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 (pydantic calls it)
    name = str(info.field_name).removeprefix("add_")
    if switch and name in info.data and info.data[name] is None:
        raise ValueError(f"needs {name} to be set")
    return switch


_Switch = Annotated[bool, Field(strict=True), AfterValidator(_is_there)]


class SetSenderTexts(Body):
    """What a sender adds to the texts of its campaigns."""

    programme_name: (
        Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_with_a_letter)]
        | None
    ) = None
    add_programme_name: _Switch = Field(
        default=False, description="Put the name before texts that do not begin with it."
    )
    opt_out_line: (
        Annotated[str, Field(min_length=1, max_length=LONGEST_LINE), AfterValidator(_with_a_letter)]
        | None
    ) = Field(None, examples=["Reply STOP to opt out"])
    add_opt_out_line: _Switch = Field(
        default=False, description="Put the line behind texts that do not tell how to opt out."
    )
