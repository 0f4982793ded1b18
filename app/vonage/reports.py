"""Reports as Vonage writes them (Reports API, product MESSAGES): each row as a delivery receipt.

The columns are told by their names, in whichever order; what is not known is ignored. Commas or
semicolons, with or without a byte order mark.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from app.domain.message import DeliveryReceipt
from app.domain.report import BadRow, ReportRow
from app.vonage.shapes import party, read_currency, read_id, read_price, read_time
from app.vonage.webhooks import read_client_ref, read_code, read_status_word

_NEEDED = "status, and message_id or client_ref"


def read_report(lines: Iterable[str], now: datetime) -> Iterator[ReportRow | BadRow]:
    """Every row, read or not; `now` stands in for a time that cannot be read."""
    numbered = iter(enumerate(lines, 1))
    first, header = next(((n, line) for n, line in numbered if line.strip("\ufeff\r\n ")), (1, ""))
    rest = (line for _, line in numbered)
    names = _names(header)
    if "status" not in names or not {"message_id", "client_ref"} & set(names):
        yield BadRow(first, f"there is no heading with {_NEEDED}")
        return
    reader = csv.reader(rest, delimiter=_delimiter(header))
    while True:
        line = first + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line, f"cannot be read: {error}")
            continue
        if any(cell.strip() for cell in cells):
            yield _read_row(line, names, cells, now)


def _delimiter(header: str) -> str:
    return ";" if header.count(";") > header.count(",") else ","


def _names(header: str) -> list[str]:
    try:
        cells = next(csv.reader([header.lstrip("\ufeff")], delimiter=_delimiter(header)), [])
    except csv.Error:
        return []
    return [cell.strip().lower().replace(" ", "_") for cell in cells]


def _read_row(
    line: int, names: Sequence[str], cells: Sequence[str], now: datetime
) -> ReportRow | BadRow:
    if len(cells) > len(names):
        return BadRow(line, "has more cells than the heading")
    told = (cell.replace("\0", "").strip() for cell in cells)  # no database takes U+0000
    row = {name: cell for name, cell in zip(names, told, strict=False) if cell}
    message_uuid = read_id(row.get("message_id"))
    client_ref = read_client_ref(row.get("client_ref"))
    if message_uuid is None and client_ref is None:
        return BadRow(line, "names no message")
    status, code = read_status_word(row.get("status", ""))
    if status is None:
        return BadRow(line, "has a status that is not known")
    received_at = read_time([row.get("date_received")])
    receipt = DeliveryReceipt(
        status=status,
        at=read_time([row.get("date_finalized")]) or received_at or now,
        client_ref=client_ref,
        message_uuid=message_uuid,
        to=party(row, "to"),
        error_code=code or read_code(row.get("error_code")),
        price=read_price(row.get("total_price")),
        currency=read_currency(row.get("currency")),
    )
    return ReportRow(line, json.dumps(row, ensure_ascii=False), receipt, received_at)
