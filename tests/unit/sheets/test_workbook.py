"""Workbooks become CSV: as another reader has them, in little memory, and whatever is in them."""

import csv
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import pytest
import python_calamine as calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import UnreadableSheet
from app.domain.sheet_facts import column_letters
from app.sheets.shared_strings import SharedStrings
from app.sheets.workbook import convert, to_csv
from app.sheets.worksheet import cell_text
from tests.support.workbooks import BOOK, write_parts, write_workbook

FORMATS = (
    *(0, 1, 2, 9, 11, 14, 18, 21, 22, 27, 36, 45, 46, 47, 49, 50, 58, 59),
    *("General", "yyyy-mm-dd", '"day" 0', "\\d0", "_d0", "[Red]0", "[$-409]d mmm", "0;yyyy"),
    *("[h]:mm", "[hh]:mm", "[ss].00", "mm:ss", "h AM/PM", "@", '#,##0 "kr";d', "[$€-407]0"),
    *("0.00E+00", "[Blue][h]:mm", "[Magenta]0", "[DBNum1]d", "a/p"),
)
ELAPSED = {46, "[h]:mm", "[hh]:mm", "[ss].00", "[Blue][h]:mm"}  # 46 is [h]:mm:ss
MOST_DAYS = 10**9  # the other reader breaks down at more
TEXT = st.text(st.characters(exclude_characters="\0", codec="utf-8", exclude_categories=["Cc"]))
SPACED = st.builds("{}{}{}".format, st.sampled_from(["", " ", "\n\t"]), TEXT, st.just(" "))
NUMBER = st.one_of(
    st.integers(0, 10**8).map(str),
    st.floats(0, 60_000, allow_nan=False).map(repr),
    st.sampled_from(["4.41E+11", "447700900123.0", "1e3", "0", "0.5", "1", "59", "61", "45000.75"]),
)


def _text(words: str) -> str:
    return escape(words, {"\r": "&#13;"})


def _run(words: str) -> str:
    return f"<t>{_text(words)}</t>"


def _kept(words: str) -> str:
    return f'<t xml:space="preserve">{_text(words)}</t>'


def _pronounced(words: str) -> str:
    return f"<r>{_run(words)}</r><r>{_kept(words)}</r><rPh sb='0' eb='1'><t>say</t></rPh>"


RUNS = st.builds(lambda how, words: how(words), st.sampled_from([_run, _kept, _pronounced]), SPACED)
CELL = st.one_of(
    st.none(),
    st.tuples(st.sampled_from(['t="s"']), RUNS),
    st.tuples(st.just('t="inlineStr"'), RUNS.map("<is>{}</is>".format)),
    st.tuples(st.just('t="str"'), SPACED.map(lambda words: f"<f>A1</f><v>{_text(words)}</v>")),
    st.tuples(st.just(""), st.integers(-(10**18), 10**18).map("<v>{}</v>".format)),
    st.tuples(st.just('t="b"'), st.sampled_from(["<v>0</v>", "<v>1</v>"])),
    st.tuples(st.just('t="e"'), st.sampled_from(["<v>#N/A</v>", "<v>#DIV/0!</v>"])),
    st.tuples(
        st.just('t="d"'), st.sampled_from(["<v>2026-11-26</v>", "<v>2026-11-26T09:30:00</v>"])
    ),
    st.tuples(st.integers(0, len(FORMATS) - 1), NUMBER)
    .filter(lambda told: FORMATS[told[0]] not in ELAPSED or float(told[1]) < MOST_DAYS)
    .map(lambda told: (f's="{told[0]}"', f"<v>{told[1]}</v>")),
)
SHEETS = st.lists(st.tuples(st.integers(1, 3), st.lists(CELL, max_size=6)), max_size=6)


def _sheet(rows: list[tuple[int, list[tuple[str, str] | None]]]) -> tuple[str, str]:
    """A sheet and its shared strings, as XML; its first cell has something in it."""
    sheet, strings, place = '<row r="1"><c r="A1"><v>1</v></c></row>', [], 1
    for gap, cells in rows:
        place += gap
        sheet += f'<row r="{place}">'
        for at, cell in enumerate(cells):
            if cell is not None:
                kind, inside = cell
                if kind == 't="s"':
                    strings.append(f"<si>{inside}</si>")
                    inside = f"<v>{len(strings) - 1}</v>"
                sheet += f'<c r="{column_letters(at)}{place}" {kind}>{inside}</c>'
        sheet += "</row>"
    return sheet, "".join(strings)


def _ours(path: Path) -> list[list[str]]:
    target = path.with_suffix(".csv")
    convert(path, target)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _theirs(path: Path) -> Iterator[list[str]]:
    book = calamine.CalamineWorkbook.from_path(path)
    rows = [[cell_text(cell) for cell in row] for row in book.get_sheet_by_index(0).iter_rows()]
    while rows and not any(rows[-1]):
        rows.pop()
    for cells in rows:
        while cells and not cells[-1]:
            cells.pop()
        yield cells


@settings(max_examples=60)
@given(SHEETS, st.booleans())
def test_every_cell_is_what_another_reader_has(
    rows: list[tuple[int, list[tuple[str, str] | None]]],
    from_1904: bool,  # noqa: FBT001 (made up by Hypothesis)
) -> None:
    sheet, strings = _sheet(rows)
    book = BOOK.replace("<sheets>", '<workbookPr date1904="1"/><sheets>') if from_1904 else BOOK
    with TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        write_parts(path, sheet, formats=FORMATS, strings=strings, book=book)

        assert _ours(path) == list(_theirs(path))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>447700900000.0</v></c>", "447700900000"),
        ('<c s="1"><v>45000.75</v></c>', "2023-03-15T18:00:00"),
        ('<c s="1"><v>45000</v></c>', "2023-03-15"),
        ('<c s="1"><v>0.5</v></c>', "12:00:00"),
        ('<c s="1"><v>-3</v></c>', "-3"),
        ('<c s="1"><v>1e300</v></c>', "1E+300"),
        ('<c s="99"><v>5</v></c>', "5"),
        ('<c t="str"><v>a_x000D_b_x0041_</v></c>', "a\rbA"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="s"><v>0</v></c>', "shared"),
        ('<c t="d"><v>no date at all</v></c>', "no date at all"),
        ("<c><v>not a number</v></c>", "not a number"),
    ],
)
def test_what_a_cell_says(tmp_path: Path, cell: str, text: str) -> None:
    sheet = f"<row>{cell}</row>"  # cells and rows without names follow one another
    path = write_parts(tmp_path / "book", sheet, formats=(0, 14), strings="<si><t>shared</t></si>")

    assert _ours(path) == [[text]]


_TWO = BOOK.replace("<sheets>", '<sheets><sheet name="Old" sheetId="9" r:id="r9" {}/>')


@pytest.mark.parametrize(
    ("book", "name"),
    [
        (BOOK, "People"),
        (_TWO.format('state="hidden"'), "People"),
        (_TWO.format('state="veryHidden"'), "People"),
        (_TWO.format(""), "People"),  # it is a chart: the reference is none to a worksheet
        (BOOK.replace("People", "Kunden &amp; Co"), "Kunden & Co"),
        (
            BOOK.replace(
                "schemas.openxmlformats.org/spreadsheetml/2006", "purl.oclc.org/ooxml/spreadsheetml"
            ),
            "People",
        ),
        (
            BOOK.replace("<", "<x:").replace("<x:/", "</x:").replace(" xmlns=", " xmlns:x="),
            "People",
        ),
    ],
)
def test_the_first_worksheet_that_can_be_seen_is_read(tmp_path: Path, book: str, name: str) -> None:
    path = write_parts(tmp_path / "book", "<row><c><v>7</v></c></row>", book=book)

    assert to_csv(path, tmp_path / "out") == name
    assert (tmp_path / "out").read_text() == "7\n"  # read with any line end


_BOMB = (
    '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><s>&i;</s>"
)


@pytest.mark.parametrize(
    ("sheet", "others", "told"),
    [
        ('<row><c t="s"><v>7</v></c></row>', [], "cannot be read as a workbook"),
        ('<row><c t="s"><v>-1</v></c></row>', [], "cannot be read as a workbook"),
        ('<row r="2"/><row r="1"/>', [], "cannot be read as a workbook"),
        ('<row r="1048577"/>', [], "cannot be read as a workbook"),
        ('<row><c r="XFE1"><v>1</v></c></row>', [], "cannot be read as a workbook"),
        ('<row><c r="?"><v>1</v></c></row>', [], "cannot be read as a workbook"),
        (f"<row><c><v>{'1' * 2_000_000}</v></c></row>", [], "cannot be read as a workbook"),
        ("<row>", [], "cannot be read as a workbook"),
        ("", [("xl/sharedStrings.xml", _BOMB)], "cannot be read as a workbook"),
        ("", [("xl/workbook.xml", BOOK.replace("<sheet ", '<sheet state="hidden" '))], "no sheet"),
        (f'<row><c t="{"x" * 20_000_000}"/></row>', [], "cannot be read as a workbook"),
        ("<row>" + "<c><v>1</v></c>" * 20_000 + "</row>", [], "cannot be read as a workbook"),
    ],
    ids=range(12),
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_damaged_or_made_to_do_harm_is_refused(
    tmp_path: Path, sheet: str, others: list[tuple[str, str]], told: str
) -> None:
    path = write_parts(tmp_path / "book", sheet, others=others)

    with pytest.raises(UnreadableSheet, match=told):
        to_csv(path, tmp_path / "out")


def test_a_workbook_with_a_password_is_told_so(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "book", "")
    content = bytearray(path.read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:  # in the directory: a bit of each
        content[at + 8] |= 1
    path.write_bytes(content)

    with pytest.raises(UnreadableSheet, match="has a password"):
        to_csv(path, tmp_path / "out")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**9), st.binary(min_size=1, max_size=9))
def test_no_damage_is_more_than_a_refusal(at: int, noise: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = write_workbook(Path(folder) / "book", [["a", 1], ["b", True]], is_shared=True)
        with zipfile.ZipFile(path) as plain:
            whole = {name: plain.read(name) for name in plain.namelist()}
        name = sorted(whole)[at % len(whole)]
        part = bytearray(whole[name])
        place = at % len(part)
        part[place : place + len(noise)] = noise
        with zipfile.ZipFile(path, "w") as file:
            for each, content in whole.items():
                file.writestr(each, bytes(part) if each == name else content)
        try:
            to_csv(path, Path(folder) / "out")
        except UnreadableSheet as error:
            assert "memory" not in str(error)  # noqa: PT017 (most damage does no harm at all)


def test_strings_are_found_in_any_order_however_long(tmp_path: Path) -> None:
    strings = [f"{place}{'x' * 30_000}" for place in range(700)]
    path = write_workbook(tmp_path / "book", ([each] for each in strings), is_shared=True)
    with SharedStrings(tmp_path) as shared:
        with zipfile.ZipFile(path) as book, book.open("xl/sharedStrings.xml") as stream:
            shared.read(stream)

        for place in [*range(0, 700, 67), *range(699, -1, -1)]:
            assert shared[place] == strings[place]


def test_memory_does_not_grow_with_the_sheet(tmp_path: Path) -> None:
    words = "a text that nobody else has, of some length " * 100
    rows = ([place, f"{place} {words}"] for place in range(12_000))  # 53 MB of strings
    path = write_workbook(tmp_path / "book", rows, is_shared=True)
    tracemalloc.start()
    try:
        convert(path, tmp_path / "out")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (tmp_path / "out").stat().st_size > 50_000_000
    assert most < 30_000_000
