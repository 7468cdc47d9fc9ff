"""Tables as files: CSV and XLSX that a spreadsheet opens without running anything in them.

What people wrote may begin like a formula. A CSV cannot say that a cell is text, so such a cell
gets an apostrophe before it (OWASP, CSV Injection); in XLSX every text is typed as text. The rows
are written to a temporary file as they come: a table may be long, and a reader slow.
"""

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any
from zoneinfo import ZoneInfo

import xlsxwriter
from fastapi.responses import StreamingResponse

from shared.downloads import disposition

Cell = str | int | date | datetime | None
Row = Sequence[Cell]

MOST_ROWS = 50_000

_AT_ONCE = 200  # rows written in one go
_CHUNK = 1 << 16
_IN_MEMORY = 1 << 20
_LONGEST_CELL = 32_767  # characters that a spreadsheet's cell holds
_FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_BOM = "\ufeff"  # by which spreadsheets know that it is UTF-8


class Format(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

# How a route that gives a table is described.
TABLE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}
}


def inert(text: str) -> str:
    """The text as a CSV cell that no spreadsheet takes for a formula."""
    begins = text.lstrip(" ")[:1]
    return f"'{text}" if begins and begins in _FORMULA_STARTS else text


async def at_most(rows: AsyncIterable[Row], most: int = MOST_ROWS) -> AsyncIterator[Row]:
    """These rows, or the first of them and a last line that says that there are more."""
    count = 0
    async for row in rows:
        if count == most:
            yield (f"只导出了前 {most} 行，请缩小筛选范围后再导出其余的",)
            return
        count += 1
        yield row


async def table(
    format_: Format, *, name: str, titles: Sequence[str], rows: AsyncIterable[Row], zone: ZoneInfo
) -> StreamingResponse:
    """A download named `name` with one line of titles. Times are shown in `zone`.

    All rows have been read when it returns.
    """
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    try:
        write, finish = _writers[format_](file, titles, zone)
        batch: list[Row] = []
        async for row in rows:
            batch.append(row)
            if len(batch) >= _AT_ONCE:
                await asyncio.to_thread(write, batch)
                batch = []
        await asyncio.to_thread(write, batch)
        await asyncio.to_thread(finish)
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Length": str(file.tell()),
        "Content-Disposition": disposition(f"{name}.{format_}", inline=False),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(_read(file), media_type=MEDIA_TYPES[format_], headers=headers)


Writer = tuple[Callable[[Sequence[Row]], None], Callable[[], None]]


def _csv(file: IO[bytes], titles: Sequence[str], zone: ZoneInfo) -> Writer:
    def write(rows: Sequence[Row]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_csv_cell(cell, zone) for cell in row] for row in rows)
        file.write(text.getvalue().encode())

    file.write(_BOM.encode())
    write([titles])
    return write, lambda: None


def _csv_cell(cell: Cell, zone: ZoneInfo) -> str | int:
    if isinstance(cell, int):
        return cell
    return inert(_text(cell, zone))


def _xlsx(file: IO[bytes], titles: Sequence[str], zone: ZoneInfo) -> Writer:
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.set_column(column, column, max(10, 2 * len(title) + 4))
        sheet.write_string(0, column, title, bold)
    at = 1

    def write(rows: Sequence[Row]) -> None:
        nonlocal at
        for row in rows:
            for column, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(at, column, cell)
                else:
                    sheet.write_string(at, column, _text(cell, zone)[:_LONGEST_CELL])
            at += 1

    def finish() -> None:
        if at > 1:
            sheet.autofilter(0, 0, at - 1, len(titles) - 1)
        book.close()
        file.seek(0, io.SEEK_END)

    return write, finish


_writers = {Format.CSV: _csv, Format.XLSX: _xlsx}


def _text(cell: Cell, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        await asyncio.to_thread(file.seek, 0)
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
    finally:
        file.close()
