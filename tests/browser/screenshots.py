"""Every screen at both sizes: `python -m tests.browser.screenshots FOLDER`."""

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from demo import verbs
from demo.hall import Hall
from demo.product import product_of_our_own
from demo.script import Directory, Script
from demo.story import Story
from tests.browser.administration import SCREENS
from tests.browser.conftest import QUIET, SIZES, chromium

PASSWORD = "sealflow-demo"


async def shoot(url: str, folder: Path) -> None:
    async with Hall(url) as hall:
        story = Story(hall, Script.load(), Directory.load())
        await story.begin()
        await story.apply()
        request = story.request_id
        applicant = await hall.signed_in("shenzhijun")
        number = (await verbs.request(applicant, request))["tracking_number"]
    paths = ["/", "/matters/seal-use", "/apply/seal-use", "/mine", f"/requests/{request}", "/done"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        for size in SIZES:
            await _shoot_for(browser, url, "shenzhijun", paths, folder=folder, size=size)
            await _shoot_for(
                browser, url, "lukun", ["/tasks", "/dev-inbox"], folder=folder, size=size
            )
            for login, screens in SCREENS.items():
                there = [screen.format(number=number) for screen in screens]
                await _shoot_for(browser, url, login, there, folder=folder, size=size)
        await browser.close()


async def _shoot_for(
    browser: Browser, url: str, login: str, paths: list[str], *, folder: Path, size: str
) -> None:
    width, height = SIZES[size]
    page = await browser.new_page(
        base_url=url, viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    credentials = {"login": login, "password": PASSWORD}
    await page.request.post("/api/session", data=credentials, headers={"Origin": url})
    for path in paths:
        await page.goto(path, wait_until="networkidle")
        name = _name(path)
        await page.screenshot(path=folder / f"{size}-{name}.png")
    await page.close()


def _name(path: str) -> str:
    """hall; requests, whichever; manage-directory-units."""
    first, _, rest = path.strip("/").partition("/")
    if first != "manage":
        return first or "hall"
    section, _, query = rest.partition("?")
    words = [first, *section.split("/"), query.partition("=")[2]]
    return "-".join(word for word in words if word)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with product_of_our_own() as url:
        asyncio.run(shoot(url, folder))
    print(f"screenshots: {folder}")


if __name__ == "__main__":
    main()
