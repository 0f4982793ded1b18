r"""What a pattern of digits says of all numbers that begin alike, found once for each beginning.

The pattern is asked about a beginning with `#` for each digit behind it, in two readings. In one
`#` passes only where any digit does (`\d`): what matches, does so whatever follows. In the other it
passes wherever some digit does: what does not match, never does. Where the two differ nothing is
said, and the whole number has to be asked.
"""

import re

_MOST = 4_000  # beginnings that are kept; North America has some 3,000 with five digits
_SYMBOL = re.compile(r"\\d|\\Z|\[[0-9-]+\]|\(\?[:=!]|[()|?*+]|\{[0-9,]+\}|[0-9]")
_NOT = "(?!"


class Beginnings(dict[str, int | None]):
    """By the first `width` digits of numbers of one length: the group of the pattern for them all.

    0: it takes none of these numbers. None: that is up to the digits behind, or one of them may
    begin with what `unless` matches.
    """

    def __init__(self, pattern: str, length: int, width: int, unless: str = "") -> None:
        super().__init__()
        self.width = width
        self._rest = "#" * (length - width)
        self._surely, self._perhaps = _read(pattern, surely=True), _read(pattern, surely=False)
        self._unless = _read(unless, surely=False) if unless else None
        self._is_readable = bool(self._surely and self._perhaps and (self._unless or not unless))

    def __missing__(self, beginning: str) -> int | None:
        group = self._group(beginning + self._rest) if self._is_readable else None
        if len(self) < _MOST:
            self[beginning] = group
        return group

    def _group(self, digits: str) -> int | None:
        if self._unless and self._unless.match(digits):
            return None
        surely, perhaps = (taken(each, digits) for each in (self._surely, self._perhaps))
        return surely if surely == perhaps else None


def taken(pattern: re.Pattern[str] | None, digits: str) -> int:
    """The group that takes these digits whole; 0: none does."""
    found = pattern.fullmatch(digits) if pattern else None
    return (found.lastindex or 0) if found else 0


def _read(pattern: str, *, surely: bool) -> re.Pattern[str] | None:
    """The pattern in one of the two readings; None where it has what is not known here."""
    symbols = _SYMBOL.findall(pattern)
    if "".join(symbols) != pattern:
        return None
    inside = [surely]  # what is denied is read the other way
    written = []
    for symbol in symbols:
        if symbol == ")":
            inside.pop()
        elif symbol[0] == "(":
            inside.append(inside[-1] ^ (symbol == _NOT))
        written.append(_digit(symbol, surely=inside[-1]))
    return re.compile("".join(written))


def _digit(symbol: str, *, surely: bool) -> str:
    if symbol == r"\d":
        return r"[\d#]"
    if symbol[0] == "[" and not surely:
        return f"{symbol[:-1]}#]"
    return f"[{symbol}#]" if symbol.isdigit() and not surely else symbol
