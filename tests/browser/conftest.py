"""A real browser on the one-process product, at a desk's size and at a phone's."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from demo.hall import Hall
from deploy.setup import BROWSERS
from tests.browser.office import Office
from tests.conftest import Product

# A page follows by events: on a busy machine they come when they come.
expect.set_options(timeout=30_000)

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """The system's. Raises: AssertionError when it is not installed."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, "the browser tests need chromium: run `make test`"
    return found


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        await browser.close()


@pytest.fixture(params=SIZES)
async def page(
    request: pytest.FixtureRequest, browser: Browser, one_process: Product
) -> AsyncIterator[Page]:
    """A browser of its own, not signed in; any error on its console fails the test."""
    async with visiting(browser, one_process.url, request.param) as page:
        yield page


@asynccontextmanager
async def visiting(browser: Browser, url: str, size: str) -> AsyncIterator[Page]:
    """A browser of somebody's own at a product; `size` is one of SIZES."""
    page = await opened(browser, url, *SIZES[size])
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    await page.context.close()
    assert not broken


async def opened(browser: Browser, url: str, width: int, height: int) -> Page:
    context = await browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        reduced_motion="reduce",
    )
    return await context.new_page()


@pytest.fixture
async def office(one_process: Product) -> AsyncIterator[Office]:
    async with Hall(one_process.url) as hall:
        yield Office(hall)
