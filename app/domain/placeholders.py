"""Placeholders: read and filled in by Liquid, which is loaded with this module.

It takes four megabytes and a quarter of a second: a process whose texts have none goes without.
"""

from collections.abc import Iterable, Mapping

from liquid import BoundTemplate, RenderContext
from liquid.ast import Node
from liquid.builtin import output
from liquid.builtin.expressions import FilteredExpression, Path, logical, primitive
from liquid.builtin.tags import if_tag
from liquid.exceptions import FilterError, LiquidError, LiquidSyntaxError
from liquid.expression import Expression
from liquid.output import NullIO

from app.domain.errors import InvalidTemplate
from app.domain.liquid import LIQUID

_IS_FALSE = "a field without a value is false: ask {% if name %} or {% unless name %}"

_SIZES = (logical.LtExpression, logical.GtExpression, logical.LeExpression, logical.GeExpression)
_NOTHING = (primitive.Nil, primitive.Empty, primitive.Blank)


class Placeholders:
    """Those of one text that has been read and found good; raises InvalidTemplate otherwise."""

    def __init__(self, text: str) -> None:
        try:
            self._compiled = LIQUID.from_string(text)
            reading = _Reading(self._compiled)
            for node in self._compiled.nodes:
                reading.read(node, frozenset())
        except LiquidError as error:
            raise InvalidTemplate(_in_words(error)) from None
        self.needed = frozenset(reading.needed)
        self.mentioned = frozenset(reading.mentioned)

    def fill_in(self, values: Mapping[str, str | None]) -> str:
        """The text with these values. Raises InvalidTemplate where a filter cannot take them."""
        try:
            return self._compiled.render(values)
        except LiquidError as error:
            raise InvalidTemplate(_in_words(error)) from None


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
