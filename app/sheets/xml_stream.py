"""XML as it flows by: told element by element, never held as a whole.

Office files have no document types, so one that declares entities (to multiply them) is refused.
"""

from collections.abc import Callable, Mapping
from typing import IO, Never, Protocol, TypeVar
from xml.parsers import expat

_BLOCK = 1 << 16  # bytes
_SPACE = "http://www.w3.org/XML/1998/namespace space"
_BLANKS = " \t\r\n"
_LONGEST = 1_000_000  # characters of a cell, of which Excel keeps 32,767; bytes of a tag
_MAIN = (  # as Excel writes it, and "strict", as ISO 29500 has it
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)


class Damaged(ValueError):
    """It is not what the standard says; whoever opens it in Excel is told the same."""


Begin = Callable[[dict[str, str]], None]
End = Callable[[], None]
_Handler = TypeVar("_Handler", Begin, End)


class Listener(Protocol):
    """What is done where an element of a workbook's main language begins, and where it ends."""

    begins: dict[str, Begin]
    ends: dict[str, End]
    text: list[str]  # between elements, in pieces

    def pause(self) -> None:
        """A block is over."""


def listen(stream: IO[bytes], listener: Listener) -> None:
    """Tell it all that is in the stream. Raises Damaged, and what the stream raises."""
    begins, ends = _in_full(listener.begins), _in_full(listener.ends)

    def begun(name: str, attributes: dict[str, str]) -> None:
        if handle := begins.get(name):
            handle(attributes)

    def ended(name: str) -> None:
        if handle := ends.get(name):
            handle()

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = begun, ended
    parser.CharacterDataHandler = listener.text.append
    parser.StartDoctypeDeclHandler = _refuse
    told = 0
    try:
        while block := stream.read(_BLOCK):
            parser.Parse(block, False)  # noqa: FBT003 (positional in the library)
            listener.pause()
            told += len(block)
            # Older releases of expat look at an unfinished tag anew with every block.
            if told - parser.CurrentByteIndex > _LONGEST:
                raise Damaged("a tag is too long")
        parser.Parse(b"", True)  # noqa: FBT003 (as above)
    except expat.ExpatError as error:
        raise Damaged(str(error)) from error


def _in_full(handlers: Mapping[str, _Handler]) -> dict[str, _Handler]:
    return {f"{space} {tag}": handle for space in _MAIN for tag, handle in handlers.items()}


def _refuse(*_: object) -> Never:
    raise Damaged("declares a document type")


class Texts:
    """Listens to texts in runs, as cells and shared strings have them."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.runs: list[str] = []
        self.begins: dict[str, Begin] = {"t": self._begin_run, "rPh": self._begin_sound}
        self.ends: dict[str, End] = {"t": self._end_run, "rPh": self._end_sound}
        self._is_kept = False  # of the blanks around it
        self._is_sound = False  # how an East Asian text is pronounced
        self._within = False

    def _begin_run(self, attributes: dict[str, str]) -> None:
        self.text.clear()
        self._within = True
        self._is_kept = attributes.get(_SPACE) == "preserve"

    def _end_run(self) -> None:
        self._within = False
        if not self._is_sound:
            run = "".join(self.text)
            self.runs.append(run if self._is_kept else run.strip(_BLANKS))

    def _begin_sound(self, _: dict[str, str]) -> None:
        self._is_sound = True

    def _end_sound(self) -> None:
        self._is_sound = False

    def pause(self) -> None:
        """Drop what belongs to nobody; raises Damaged where a text has no end."""
        if not self._within:
            self.text.clear()
        elif sum(map(len, self.text)) > _LONGEST:
            raise Damaged("a text is too long")
