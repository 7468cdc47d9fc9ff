"""Tables as files that spreadsheets open without running anything."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.export import Cell, Format, Row, at_most, inert, table

SHANGHAI = ZoneInfo("Asia/Shanghai")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1"]


async def written(format_: Format, *rows: Row) -> bytes:
    async def given() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    response = await table(format_, name="登记簿", titles=("甲", "乙"), rows=given(), zone=SHANGHAI)
    content = b"".join([bytes(chunk) async for chunk in response.body_iterator])  # type: ignore[arg-type]
    assert response.headers["content-length"] == str(len(content))
    return content


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
async def test_nothing_in_a_csv_begins_like_a_formula(formula: str) -> None:
    [_, [cell]] = cells(await written(Format.CSV, [formula]))
    assert cell == f"'{formula}"


async def test_a_csv_keeps_what_is_harmless() -> None:
    row: list[Cell] = ["a,b\n“c”", -3, datetime(2026, 3, 1, 20, 0, tzinfo=UTC), None]
    assert cells(await written(Format.CSV, row))[1] == [
        "a,b\n“c”",
        "-3",
        "2026-03-02 04:00:00",
        "",
    ]


@pytest.mark.parametrize("formula", FORMULAS)
async def test_an_xlsx_holds_no_formula_and_no_link(formula: str) -> None:
    content = await written(Format.XLSX, [formula, "https://tracker.example/"])
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert sheet.count('t="inlineStr"') == 4  # two titles, two cells


async def test_a_long_table_is_whole() -> None:
    rows = [[f"行{n}", n] for n in range(1001)]
    assert len(cells(await written(Format.CSV, *rows))) == 1002


def test_an_ordinary_text_stays_as_it_is() -> None:
    assert inert("校章 2 个") == "校章 2 个"
    assert inert("") == ""


@pytest.mark.parametrize(("most", "shown"), [(3, ["1", "2", "3"]), (2, ["1", "2", "只导出了前 2"])])
async def test_a_table_that_was_cut_says_so(most: int, shown: list[str]) -> None:
    async def given() -> AsyncIterator[Row]:
        for number in (1, 2, 3):
            yield (number,)

    rows = [str(row[0]) async for row in at_most(given(), most)]
    assert [row[: len(wanted)] for row, wanted in zip(rows, shown, strict=True)] == shown
