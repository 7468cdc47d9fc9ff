"""What people do at the portal, and what every page owes them."""

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import SIZES
from tests.browser.office import PASSWORD
from tests.conftest import ROOT

AXE = ROOT / "portal" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What a finger has to hit, and is smaller than it should be. Links within a sentence are exempt
# (WCAG 2.2, 2.5.8), and so is what only a screen reader finds.
SMALL_TARGETS = """() => [...document.querySelectorAll('button, select, input, a.button, a.link')]
  .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.closest('.unseen'))
  .map(one => [one, (one.closest('label') ?? one).getBoundingClientRect()])
  .filter(([one, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([one, box]) => `${one.outerHTML.slice(0, 120)} ${box.width}x${box.height}`)"""


def on_phone(page: Page) -> bool:
    width, height = SIZES["phone"]
    return page.viewport_size == {"width": width, "height": height}


async def sign_in(page: Page, login: str) -> None:
    await page.get_by_label("账号").fill(login)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("button", name="退出登录")).to_be_visible()


async def come_as(page: Page, login: str, path: str) -> None:
    """Someone signed in already, who opens a page."""
    url = await page.evaluate("location.origin") if page.url.startswith("http") else None
    if url is None:
        await page.goto("/login")
        url = await page.evaluate("location.origin")
    credentials = {"login": login, "password": PASSWORD}
    answer = await page.request.post("/api/session", data=credentials, headers={"Origin": url})
    assert answer.ok
    await page.goto(path)


async def is_accessible(page: Page) -> None:
    """axe finds nothing (WCAG 2.2 A and AA), nothing scrolls sideways, fingers hit what they aim
    at."""
    # What a head that stays in view covers just now would count as too small to hit.
    await page.evaluate("window.scrollTo(0, 0)")
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = await page.evaluate("options => axe.run(document, options)", options)
    faults = [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
    assert not faults, faults
    assert await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    if on_phone(page):
        small = await page.evaluate(SMALL_TARGETS)
        assert not small, small


async def opinion_box(page: Page, verdict: str = "同意") -> Locator:
    """Beside the form on a desk; on a phone it opens from the bar below."""
    box = page.get_by_placeholder("可在此处补充填写审批意见")
    if on_phone(page) and not await box.is_visible():
        await page.get_by_role("button", name=verdict, exact=True).click()
    return box


async def decide(page: Page, verdict: str, opinion: str) -> None:
    box = await opinion_box(page, verdict)
    await page.get_by_role("radio", name=verdict).check()
    await box.fill(opinion)
    name = "确定" if on_phone(page) else "提交"
    await page.get_by_role("button", name=name, exact=True).click()
