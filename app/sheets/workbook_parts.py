"""What is in a workbook: an archive whose parts refer to one another (ECMA-376, part 2)."""

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from app.sheets.cell_formats import Kind, kind_of
from app.sheets.xml_stream import Damaged, Texts, listen

_LARGEST = 16 << 20  # bytes of a part that tells where others are
_USUAL = "xl/workbook.xml"
_IDS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships id",
)
_TRUE = {"1", "true", "on"}


class NoSheet(Exception):
    """It has no worksheet that can be seen."""


class Locked(Exception):
    """It has a password."""


@dataclass(frozen=True, slots=True)
class Reference:
    """From one part to another."""

    kind: str  # the last word of its type: worksheet, styles, sharedStrings
    target: str  # as the archive calls it


class Parts:
    """The parts of a workbook by name, of which writers mix up the case and the slashes."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._names = {_plain(info.filename): info for info in archive.infolist()}

    def has(self, name: str) -> bool:
        """Is there such a part?"""
        return _plain(name) in self._names

    def open(self, name: str) -> IO[bytes]:
        """The part's bytes, as they are unpacked. Raises Damaged, or Locked."""
        info = self._names.get(_plain(name))
        if info is None:
            raise Damaged(f"{name[:100]} is missing")
        if info.flag_bits & 1:
            raise Locked
        return self._archive.open(info)

    def references(self, name: str) -> dict[str, Reference]:
        """Where the part refers to, by the ids that it uses; "" is the archive itself."""
        folder, base = posixpath.split(name)
        path = posixpath.join(folder, "_rels", f"{base}.rels")
        if not self.has(path):
            return {}
        found: dict[str, Reference] = {}

        def begun(tag: str, told: dict[str, str]) -> None:
            if tag.endswith(" Relationship") and told.get("TargetMode") != "External":
                kind = told.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, told.get("Target", "")))
                found[told.get("Id", "")] = Reference(kind, target)

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = begun
        with self.open(path) as stream:
            content = stream.read(_LARGEST)
        try:
            parser.Parse(content, True)  # noqa: FBT003 (positional in the library)
        except expat.ExpatError as error:
            raise Damaged(str(error)) from error
        return found


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


@dataclass(frozen=True, slots=True)
class Book:
    """The first worksheet that can be seen, and what is needed to read it."""

    sheet: str
    part: str
    strings: str | None
    styles: str | None
    from_1904: bool


def find_sheet(parts: Parts) -> Book:
    """Where the table is. Raises NoSheet, Damaged and Locked."""
    roots = [each.target for each in parts.references("").values() if each.kind == "officeDocument"]
    name = next(filter(parts.has, roots), _USUAL)
    book = _BookListener()
    with parts.open(name) as stream:
        listen(stream, book)
    references = parts.references(name.lstrip("/"))
    by_kind = {each.kind: each.target for each in references.values() if parts.has(each.target)}
    for title, reference in book.shown:
        where = references.get(reference)
        if where and where.kind == "worksheet":
            strings, styles = by_kind.get("sharedStrings"), by_kind.get("styles")
            return Book(title, where.target, strings, styles, book.from_1904)
    raise NoSheet


class _BookListener(Texts):
    """Notes the sheets that can be seen, and from when days are counted."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str]] = []
        self.from_1904 = False
        self.begins = {"sheet": self._begin_sheet, "workbookPr": self._begin_properties}

    def _begin_sheet(self, attributes: dict[str, str]) -> None:
        if attributes.get("state", "visible") == "visible":
            reference = next((attributes[key] for key in _IDS if key in attributes), "")
            self.shown.append((attributes.get("name", ""), reference))

    def _begin_properties(self, attributes: dict[str, str]) -> None:
        self.from_1904 = attributes.get("date1904", "").lower() in _TRUE


def read_kinds(stream: IO[bytes]) -> Sequence[Kind]:
    """What a number is in each style of the workbook."""
    styles = _StyleListener()
    listen(stream, styles)
    return [kind_of(number, styles.codes.get(number)) for number in styles.numbers]


class _StyleListener(Texts):
    """Notes the codes of formats, and which format each style has."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[int, str] = {}
        self.numbers: list[int] = []
        self._within_styles = False
        self.begins = {
            "numFmt": self._begin_format,
            "cellXfs": self._begin_styles,
            "xf": self._begin_style,
        }
        self.ends = {"cellXfs": self._end_styles}

    def _begin_format(self, attributes: dict[str, str]) -> None:
        self.codes[_id(attributes)] = attributes.get("formatCode", "")

    def _begin_styles(self, _: dict[str, str]) -> None:
        self._within_styles = True

    def _end_styles(self) -> None:
        self._within_styles = False

    def _begin_style(self, attributes: dict[str, str]) -> None:
        if self._within_styles:
            self.numbers.append(_id(attributes))


def _id(attributes: dict[str, str]) -> int:
    told = attributes.get("numFmtId", "0")
    return int(told) if told.isdecimal() else 0
