"""The Liquid that templates may use: no loops, no assignments, no files, no time."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from liquid import Environment
from liquid.builtin import content, illegal, output
from liquid.builtin.filters import misc, string
from liquid.builtin.tags import case_tag, comment_tag, if_tag, unless_tag
from liquid.exceptions import FilterError
from liquid.mode import Mode
from liquid.tag import Tag

from app.domain.finish import MAX_LENGTH, TOO_LONG

_Filter = Callable[..., Any]


def _limited(function: _Filter) -> _Filter:
    """A row of replacements could otherwise fill the memory before anything is written."""

    @wraps(function)
    def limited(*args: object, **options: object) -> object:
        result = function(*args, **options)
        if isinstance(result, str) and len(result) > MAX_LENGTH:
            raise FilterError(TOO_LONG, token=None)
        return result

    return limited


class _IfTag(if_tag.IfTag):
    mode = Mode.STRICT  # else what follows a second else would be left out in silence


class _UnlessTag(unless_tag.UnlessTag):
    mode = Mode.STRICT


_TAGS: tuple[type[Tag], ...] = (
    *(content.Literal, output.Output, illegal.Illegal),  # how Liquid itself works
    *(_IfTag, _UnlessTag, case_tag.CaseTag, comment_tag.CommentTag),  # and raw, in its lexer
)
_FILTERS: dict[str, _Filter] = {"default": misc.default} | {
    function.__name__: function
    for function in (
        *(string.capitalize, string.upcase, string.downcase, string.strip, string.squish),
        *(string.truncate, string.replace, string.remove, string.append, string.prepend),
    )
}


class _Liquid(Environment):
    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only these few, and nothing of `extra`."""
        del extra
        for tag in _TAGS:
            self.add_tag(tag)
        for name, function in _FILTERS.items():
            self.add_filter(name, _limited(function))


LIQUID = _Liquid()
