"""Sheets as people make them: found out, read from any place, and never swallowed by a quote."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import UnreadableSheet
from app.domain.sheet_cells import as_it_was, harmless
from app.sheets.csv_rows import read_rows
from app.sheets.looking import look
from tests.support.workbooks import write_workbook

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "cp1252",
}


@pytest.mark.parametrize(
    ("text", "delimiter", "header", "columns"),
    [
        ("Phone,First name\n+447700900100,Jo\n", ",", True, "number first_name"),
        ("Telefon;Vorname;PLZ\n015123;Jo;1\n", ";", True, "number first_name postal_code"),
        ("móvil\tnombre\tciudad\n1\tJo\tX\n", "\t", True, "number first_name fields.ciudad"),
        ("Téléphone portable|Prénom\n1|Jo\n", "|", True, "number first_name"),
        ("Phone,Mobile\n1,2\n", ",", True, "fields.phone number"),
        ("Phone,phone\n1,2\n", ",", True, "number fields.phone_2"),
        ("sep=;\nPhone;Tags\n1;x,y\n", ";", True, "number tags"),
        ("+447700900100\n+447700900101\n", ",", False, "number"),
        ("Jo;+447700900100\nAl;+447700900101\n", ";", False, "fields.column_1 number"),
        (
            '"Doe, Jo";+447700900100\n"Roe, Al";+447700900101\n',
            ";",
            False,
            "fields.column_1 number",
        ),
        ("Who,Where\n+447700900100,x\n", ",", True, "number fields.where"),
        ("\n\nPhone,Straße & Nr.\n1,2\n", ",", True, "number fields.strasse_nr"),
        ("Phone,,город\n1,2,3\n", ",", True, "number fields.b fields.column_3"),
        ("Phone,Opted out,Liste,TZ\n1,,,\n", ",", True, "number opted_out list time_zone"),
    ],
)
def test_what_stands_over_the_columns(
    tmp_path: Path,
    text: str,
    delimiter: str,
    header: bool,  # noqa: FBT001 (a column of the table)
    columns: str,
) -> None:
    path = tmp_path / "sheet"
    path.write_text(text, encoding="utf-8", newline="")
    facts = look(path)

    assert (facts.form.delimiter, facts.form.has_header) == (delimiter, header)
    assert " ".join(facts.columns) == columns


CELLS = st.text(
    st.characters(codec="cp1252", exclude_characters="\r\n\0", exclude_categories=["Cc"]),
    max_size=12,
)
ROWS = st.lists(st.tuples(CELLS, CELLS.map(lambda cell: f"{cell}\nmore")), min_size=1, max_size=8)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@settings(max_examples=15)
@given(ROWS)
def test_any_sheet_is_read_back_the_same_from_any_row(
    encoding: str, delimiter: str, rows: list[tuple[str, str]]
) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter)
    people = [["+447700900100", "Zoë Example", *row] for row in rows]
    writer.writerows([["Phone", "First name", "A note", "Another"], *people])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(out.getvalue().encode(encoding))
        facts = look(path)
        found = list(read_rows(path, facts.form, facts.first, 4))
        middle = found[len(found) // 2].end
        rest = list(read_rows(path, facts.form, middle, 4))

    assert (facts.form.encoding, facts.form.delimiter) == (ENCODINGS[encoding], delimiter)
    assert [list(row.cells) for row in found] == people
    assert rest == found[len(found) // 2 + 1 :]
    assert found[-1].end == len(out.getvalue().encode(encoding))


@pytest.mark.parametrize(
    "broken",
    ['+447700900101,"Jo', '"+447700900101,Jo', '+447700900101,"Jo"x"'],
)
def test_a_broken_quote_loses_its_own_line_only(tmp_path: Path, broken: str) -> None:
    good = [f"+44770090{place},A{place}" for place in range(2000, 2400)]
    path = tmp_path / "sheet"
    lines = ["number,first_name", *good[:5], broken, *good[5:]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    facts = look(path)
    rows = list(read_rows(path, facts.form, facts.first, 2))

    assert [
        ",".join(row.cells) for row in rows if row.why is None and row.cells[1][:1] == "A"
    ] == good


def test_bytes_that_are_no_text_spoil_their_cell_only(tmp_path: Path) -> None:
    path = tmp_path / "sheet"
    path.write_bytes(b"\xef\xbb\xbfnumber,name\n1,a\xffb\n2,ok\n")
    facts = look(path)

    assert [row.cells[0] for row in read_rows(path, facts.form, facts.first, 2)] == ["1", "2"]


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="1048576"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>1</v></c></row>',
        " " * 40_000_000,
    ],
)
def test_a_workbook_that_is_made_to_do_harm_harms_nobody(tmp_path: Path, sheet: str) -> None:
    path = write_workbook(tmp_path / "bomb", [], sheet=sheet)

    assert path.stat().st_size < 100_000
    with pytest.raises(UnreadableSheet, match=r"only empty rows|is empty"):
        look(path)


@given(st.text("=+-@\t\r'a1", max_size=8))
def test_what_was_made_harmless_is_read_back_as_it_was(cell: str) -> None:
    assert as_it_was(harmless(cell)) == cell
    assert harmless(cell)[:1] not in set("=-@\t\r")


def test_numbers_keep_their_plus() -> None:
    assert harmless("+447700900123") == "+447700900123"
    assert harmless("+447700900123+1") == "'+447700900123+1"
