"""Small phones, and a phone on its side: nothing scrolls sideways on any screen."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.acts import come_as
from tests.browser.administration import SCREENS
from tests.browser.conftest import opened
from tests.browser.office import APPLICANT, OFFICE, SEAL_KEEPER, Office
from tests.browser.test_counter import approved
from tests.conftest import Product

SIZES = {"small": (320, 640), "usual": (360, 740), "on its side": (844, 390)}
WIDER = """() => {
  const wide = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth <= wide) return []
  return [...document.querySelectorAll('main *, header *')]
    .filter(one => one.getBoundingClientRect().right > wide + 1)
    .slice(0, 3).map(one => one.outerHTML.slice(0, 160))
}"""


@pytest.fixture(params=SIZES)
async def narrow(request: pytest.FixtureRequest, browser: Browser, one_process: Product) -> Page:
    """Closed by the browser's end."""
    return await opened(browser, one_process.url, *SIZES[request.param])


async def look(page: Page, path: str) -> list[str]:
    """What is wider than the page, once it shows what it has."""
    await page.goto(path)
    await expect(page.locator("main :is(h1, h2, .card):visible").first).to_be_visible()
    await expect(page.locator(".waiting.card")).to_have_count(0)
    return [f"{path}: {part}" for part in await page.evaluate(WIDER)]


async def test_no_screen_scrolls_sideways(narrow: Page, office: Office) -> None:
    page = narrow
    request = await office.request("横向滚动测试协议与一个很长很长的用印材料名称用来换行")
    sealed = await approved(office, "横向滚动已批准")
    task = await office.task_id(OFFICE, request)
    register = await office.task_id(SEAL_KEEPER, sealed["id"], kind="register")
    paths: dict[str, tuple[str, ...]] = {
        APPLICANT: (
            *("/", "/matters/seal-use", "/apply/seal-use", "/mine", "/mine?tab=copy"),
            *("/mine?tab=supervision", "/mine?tab=drafts", "/messages", "/settings"),
            *(f"/requests/{request}", f"/requests/{sealed['id']}", "/dev-inbox", "/nowhere"),
        ),
        OFFICE: ("/tasks", "/done", f"/tasks/{task}", "/settings"),
        SEAL_KEEPER: (f"/tasks/{register}",),
        **SCREENS,
    }
    wide: list[str] = []
    for login, theirs in paths.items():
        await come_as(page, login, "/")
        for path in theirs:
            wide += await look(page, path.format(number=sealed["number"]))
    assert not wide, "\n".join(wide)
