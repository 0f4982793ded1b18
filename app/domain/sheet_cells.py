"""Cells that a spreadsheet would carry out rather than show, made harmless and back.

A cell that begins with = + - @ tab or carriage return is a formula to Excel, LibreOffice and
Google Sheets (OWASP, CSV injection). An apostrophe before it makes it text. A cell that looks as
if that had been done gets one more, so that every cell can be read back as it was.

A plus with nothing but digits, which is how we write telephone numbers, stays as it is: as a
formula it could only be that number, and other programs need it without an apostrophe.
"""

import re

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"\+\d{7,15}\Z")


def harmless(cell: str) -> str:
    """The cell as no spreadsheet runs it."""
    return f"'{cell}" if _RISKY.match(cell) and not _NUMBER.match(cell) else cell


def as_it_was(cell: str) -> str:
    """The cell before it was made harmless."""
    return cell[1:] if cell[:1] == "'" and _RISKY.match(cell) else cell
