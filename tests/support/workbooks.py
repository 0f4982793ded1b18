"""Workbooks (XLSX) as small as they can be, written by hand: a number stays a number."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from app.domain.sheet_facts import column_letters

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_ROOT = (
    f'{_RELATIONS}<Relationship Id="r1" Type="{_OFFICE}/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>'
)
_BOOK_RELATIONS = (
    f'{_RELATIONS}<Relationship Id="r1" Type="{_OFFICE}/worksheet"'
    ' Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="r3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    "</Relationships>"
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLED = 200  # the first number of a format of a workbook's own
BOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="People" sheetId="1" r:id="r1"/></sheets></workbook>'
)


def write_workbook(
    path: Path, rows: Iterable[Iterable[object]], *, sheet: str = "", is_shared: bool = False
) -> Path:
    """A workbook with these rows; `sheet` is XML in their place.

    Texts stand in their cells, or are shared as Excel shares them.
    """
    with _begun(path) as book, TemporaryFile() as shared:
        with book.open("xl/worksheets/sheet1.xml", "w") as file:
            file.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for part in [sheet] if sheet else _rows(rows, shared if is_shared else None):
                file.write(part.encode())
            file.write(b"</sheetData></worksheet>")
        if is_shared:
            shared.seek(0)
            with book.open("xl/sharedStrings.xml", "w") as file:
                file.write(f'<sst xmlns="{_MAIN}">'.encode())
                while block := shared.read(1 << 20):
                    file.write(block)
                file.write(b"</sst>")
    return path


def write_parts(
    path: Path,
    sheet: str,
    *,
    formats: Sequence[str | int] = (0,),
    strings: str = "",
    book: str = BOOK,
    others: Iterable[tuple[str, str]] = (),
) -> Path:
    """A workbook of parts as XML: rows, number formats (by code, or built in), strings."""
    with _begun(path, book) as file:
        file.writestr("xl/styles.xml", _styles(formats))
        file.writestr("xl/sharedStrings.xml", f'<sst xmlns="{_MAIN}">{strings}</sst>')
        body = f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
        file.writestr("xl/worksheets/sheet1.xml", body)
        for name, content in others:
            file.writestr(name, content)
    return path


def _begun(path: Path, book: str = BOOK) -> zipfile.ZipFile:
    file = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
    file.writestr("[Content_Types].xml", _TYPES)
    file.writestr("_rels/.rels", _ROOT)
    file.writestr("xl/workbook.xml", book)
    file.writestr("xl/_rels/workbook.xml.rels", _BOOK_RELATIONS)
    return file


def _styles(formats: Sequence[str | int]) -> str:
    codes = "".join(
        f'<numFmt numFmtId="{_STYLED + place}" formatCode={quoteattr(code)}/>'
        for place, code in enumerate(formats)
        if isinstance(code, str)
    )
    numbers = [_STYLED + at if isinstance(code, str) else code for at, code in enumerate(formats)]
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in numbers)
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts>{codes}</numFmts>'
        f"<cellXfs>{styles}</cellXfs></styleSheet>"
    )


def _rows(rows: Iterable[Iterable[object]], shared: IO[bytes] | None) -> Iterator[str]:
    known = 0
    for place, row in enumerate(rows, 1):
        cells = ""
        for at, value in enumerate(row):
            name = f"{column_letters(at)}{place}"
            if shared is not None and isinstance(value, str):
                shared.write(f"<si>{_text(value)}</si>".encode())
                cells += f'<c r="{name}" t="s"><v>{known}</v></c>'
                known += 1
            else:
                cells += _cell(name, value)
        yield f'<row r="{place}">{cells}</row>'


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{name}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{name}"><v>{value!r}</v></c>'
    return f'<c r="{name}" t="inlineStr"><is>{_text(str(value))}</is></c>'


def _text(value: str) -> str:
    return f'<t xml:space="preserve">{escape(value)}</t>'
