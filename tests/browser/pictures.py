"""The README's two pictures, taken from the running product: `python -m tests.browser.pictures`.

An approval page as an office sees it, and the sheet that becomes of it when everyone has agreed.
"""

import asyncio
import io
from pathlib import Path

import pypdfium2
from PIL import Image
from playwright.async_api import async_playwright, expect

from demo.hall import Hall, until
from demo.product import product_of_our_own
from tests.browser.acts import come_as
from tests.browser.conftest import QUIET, chromium, visiting
from tests.browser.office import (
    APPLICANT,
    COUNSEL,
    HEAD,
    NAMES,
    OFFICE,
    REVIEWER,
    SEAL_KEEPER,
    Office,
)
from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "pictures"
COLOURS = 96  # of a picture: enough for a screen and a sheet, and a third of the bytes
SEALS = 4  # of whom has one: the department, the one that approves, the counsel, the seal office
SHEET_SCALE = 1.6  # of 72 dots an inch


async def take(url: str, folder: Path) -> None:
    async with Hall(url) as hall, async_playwright() as playwright:
        office = Office(hall)
        requests = [await office.request(name, contract=True) for name in NAMES[:3]]
        task = await office.task_id(OFFICE, requests[1])
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        async with visiting(browser, url, "desktop") as page:
            await come_as(page, OFFICE, f"/tasks/{task}")
            await expect(page.get_by_role("radio", name="同意")).to_be_visible()
            await expect(page.get_by_role("link", name="下载PDF")).to_be_visible()
            _keep(Image.open(io.BytesIO(await page.screenshot())), folder / "portal.png")
        await browser.close()
        await office.agreed_by(requests[0], OFFICE, HEAD, REVIEWER, COUNSEL, SEAL_KEEPER)
        _keep(await _sheet(office, requests[0]), folder / "sheet.png")


async def _sheet(office: Office, request: str) -> Image.Image:
    """Its first page, once all seals are on it."""
    who = await office.person(APPLICANT)

    async def sealed() -> bool | None:
        sheets = await who.ask("GET", f"/document/requests/{request}/sheets")
        return True if len(sheets["items"][0]["seals"]) == SEALS else None

    await until("the sheet bears its seals", sealed)
    answer = await who.call("GET", f"/document/requests/{request}/sheet")
    with pypdfium2.PdfDocument(answer.content) as document:
        document.init_forms()  # a seal is the look of a signature's field
        picture: Image.Image = document[0].render(scale=SHEET_SCALE).to_pil()
        return picture


def _keep(picture: Image.Image, path: Path) -> None:
    few = picture.convert("RGB").quantize(
        COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    few.save(path, optimize=True)


def main() -> None:
    with product_of_our_own() as url:
        asyncio.run(take(url, FOLDER))
    print(f"pictures: {FOLDER}")


if __name__ == "__main__":
    main()
