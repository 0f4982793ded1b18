"""Texts with placeholders, in Liquid: "Hi {{ first_name | default: 'there' }}".

Liquid runs here without anything that loops, assigns, loads or knows the time, so a template can
only choose and polish the values that it is given. Fields are text; nothing is HTML-escaped.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin import output
from liquid.builtin.expressions import FilteredExpression, Path, logical, primitive
from liquid.builtin.tags import if_tag
from liquid.exceptions import FilterError, LiquidError, LiquidSyntaxError
from liquid.expression import Expression
from liquid.output import NullIO

from app.domain.errors import InvalidTemplate
from app.domain.finish import NO_FINISH, Finish, Finished
from app.domain.liquid import LIQUID, MAX_LENGTH, TOO_LONG

_IS_FALSE = "a field without a value is false: ask {% if name %} or {% unless name %}"

_SIZES = (logical.LtExpression, logical.GtExpression, logical.LeExpression, logical.GeExpression)
_NOTHING = (primitive.Nil, primitive.Empty, primitive.Blank)


@dataclass(frozen=True, slots=True)
class Template:
    """A text that has been read and found good; it costs nothing where it has no placeholders."""

    text: str
    fields: frozenset[str] = frozenset()  # a recipient without one of these gets no text
    mentioned: frozenset[str] = frozenset()  # these and the optional ones
    _compiled: BoundTemplate | None = field(default=None, compare=False, repr=False)
    _finish: Finish = field(default=NO_FINISH, compare=False, repr=False)
    _finished: Finished | None = field(default=None, compare=False, repr=False)  # of a plain one

    @property
    def is_plain(self) -> bool:
        """Is the text the same for everybody?"""
        return self._compiled is None

    def missing(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        """The names, sorted, of the fields that are needed and absent or blank."""
        return tuple(sorted(name for name in self.fields if not _value(fields, name)))

    def finished(self, finish: Finish) -> "Template":
        """The same template, of which every text is finished so."""
        ready = finish.of(self.text) if self.is_plain else None
        return replace(self, _finish=finish, _finished=ready)

    def compose(self, fields: Mapping[str, str]) -> Finished:
        """The text for one recipient, finished, with the links that were made short in it.

        Raises InvalidTemplate where `missing` names a field, or the text becomes too long.
        """
        if self._finished is not None:
            return self._finished
        if not self._finish.changes_something:
            return Finished(self._filled_in(fields))
        return self._finish.of(self._filled_in(fields))

    def render(self, fields: Mapping[str, str]) -> str:
        """The text of `compose` alone."""
        return self.compose(fields).text

    def _filled_in(self, fields: Mapping[str, str]) -> str:
        if self._compiled is None:
            return self.text
        values = {name: _value(fields, name) for name in self.mentioned}
        if not all(map(values.__getitem__, self.fields)):
            raise InvalidTemplate(f"there is no value for {', '.join(self.missing(fields))}")
        if any(value and len(value) > MAX_LENGTH for value in values.values()):
            raise InvalidTemplate(TOO_LONG)
        try:
            text = self._compiled.render(values)
        except LiquidError as error:
            raise InvalidTemplate(_in_words(error)) from None
        if len(text) > MAX_LENGTH:
            raise InvalidTemplate(TOO_LONG)
        return text


def read_template(text: str) -> Template:
    """The template in this text; single braces are ordinary characters.

    A field must be given unless it only stands in conditions, has a `default`, or is written
    under an `if` that asks for it. Raises InvalidTemplate, which says where and what.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidTemplate(f"the template is longer than {MAX_LENGTH} characters")
    if "{{" not in text and "{%" not in text:
        return Template(text)
    try:
        compiled = LIQUID.from_string(text)
        reading = _Reading(compiled)
        for node in compiled.nodes:
            reading.read(node, frozenset())
    except LiquidError as error:
        raise InvalidTemplate(_in_words(error)) from None
    return Template(text, frozenset(reading.needed), frozenset(reading.mentioned), compiled)


def _value(fields: Mapping[str, str], name: str) -> str | None:
    """A blank cell of a spreadsheet is no value: nobody wants to read "Hi ,"."""
    value = fields.get(name)
    return value if value and not value.isspace() else None


class _Reading:
    """What a walk through a template finds: the fields, and what is not allowed."""

    def __init__(self, template: BoundTemplate) -> None:
        self.needed: set[str] = set()
        self.mentioned: set[str] = set()
        self._template = template

    def read(self, node: Node, given: frozenset[str]) -> None:
        """Read a node, where the fields in `given` are known to have a value."""
        if isinstance(node, output.OutputNode):
            self._read_output(node, given)
            return
        self._names(node.expressions(), compared=True)
        if isinstance(node, if_tag.IfNode):
            self.read(node.consequence, given | _asked_for(node.condition))
            for other in node.alternatives:
                self._names([other.expression], compared=True)
                self.read(other.block, given | _asked_for(other.expression))
            if node.default:
                self.read(node.default, given)
            return
        for child in node.children(RenderContext(self._template)):
            self.read(child, given)

    def _read_output(self, node: output.OutputNode, given: frozenset[str]) -> None:
        expression = node.expression
        names = self._names([expression])
        if isinstance(expression, FilteredExpression):
            arguments = [part for part in expression.children() if part is not expression.left]
            if any(each.name == "default" for each in expression.filters or ()):
                names = self._names(arguments)
        self.needed |= names - given
        # Wrong arguments show only when filters run: better now than for the first recipient.
        values = dict.fromkeys(names | self.mentioned, "x")
        node.render(RenderContext(self._template, globals=values), NullIO())

    def _names(self, expressions: Iterable[Expression], *, compared: bool = False) -> set[str]:
        """The fields in these, which are noted as mentioned; raises LiquidError."""
        names: set[str] = set()
        for expression in expressions:
            if reason := _why_not(expression, compared=compared):
                raise FilterError(reason, token=expression.token)
            if isinstance(expression, Path):
                names.add(_field(expression))
            else:
                names |= self._names(expression.children(), compared=compared)
        self.mentioned |= names
        return names


def _why_not(expression: Expression, *, compared: bool) -> str | None:
    """What would not mean what it seems to mean, since every field is text or has no value."""
    if isinstance(expression, primitive.RangeLiteral):
        return "ranges are not available"
    if isinstance(expression, _SIZES):
        return "fields are text and cannot be compared by size"
    if isinstance(expression, _NOTHING):
        return _IS_FALSE if compared else "nil, empty and blank are words of Liquid, not fields"
    if compared and isinstance(expression, primitive.StringLiteral):
        return None if expression.value.strip() else _IS_FALSE
    if compared and isinstance(expression, primitive.Literal):
        return "fields are text: write what they are compared with in quotes"
    return None


def _field(path: Path) -> str:
    (name, *deeper) = path.path
    if deeper or not isinstance(name, str):
        raise FilterError(f"{path} is no field: a name has no dots or indexes", token=path.token)
    return name


def _asked_for(condition: Expression) -> frozenset[str]:
    """The fields that surely have a value where this condition holds."""
    if isinstance(condition, logical.BooleanExpression):
        return _asked_for(condition.expression)
    if isinstance(condition, logical.LogicalAndExpression):
        return _asked_for(condition.left) | _asked_for(condition.right)
    return frozenset([_field(condition)]) if isinstance(condition, Path) else frozenset()


def _in_words(error: LiquidError) -> str:
    token = error.token
    if token and 0 <= token.start_index < len(token.source):
        before = token.source[: token.start_index].split("\n")
        return f"line {len(before)}, column {len(before[-1]) + 1}: {error.message}"
    unfinished = isinstance(error, LiquidSyntaxError)  # what came too early has no position
    return f"{'in an unfinished placeholder or tag: ' * unfinished}{error.message}"
