"""People at the portal, at both sizes: signing in, deciding, seeing what became of it."""

import pytest
from playwright.async_api import Page, expect

from demo import verbs
from demo.hall import Hall
from demo.script import Directory, Script
from demo.story import Story
from tests.browser.conftest import SIZES
from tests.conftest import ROOT, Product

AXE = ROOT / "portal" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PASSWORD = "sealflow-demo"


async def sign_in(page: Page, login: str) -> None:
    await page.get_by_label("账号").fill(login)
    await page.get_by_label("密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("button", name="退出登录")).to_be_visible()


async def is_accessible(page: Page) -> None:
    """axe finds nothing (WCAG 2.2 A and AA), and nothing scrolls sideways."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": {"type": "tag", "values": RULES}}
    found = await page.evaluate("options => axe.run(document, options)", options)
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


async def submitted(product: Product) -> Story:
    async with Hall(product.url) as hall:
        story = Story(hall, Script.load(), Directory.load())
        await story.begin()
        await story.apply()
        return story


async def test_a_wrong_password_is_refused_in_words(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("账号").fill("lukun")
    await page.get_by_label("密码", exact=True).fill("not this one")
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("alert").first).to_contain_text("不正确")
    await is_accessible(page)


@pytest.mark.parametrize("path", ["/", "/matters/seal-use", "/apply/seal-use", "/mine", "/tasks"])
async def test_every_page_is_accessible(page: Page, path: str) -> None:
    await page.goto(path)
    await sign_in(page, "shenzhijun")
    await expect(page.get_by_role("heading").first).to_be_visible()
    await expect(page).not_to_have_url("**/login**")
    await is_accessible(page)


async def test_a_request_is_returned_with_a_reason_and_the_applicant_reads_it(
    page: Page, one_process: Product
) -> None:
    story = await submitted(one_process)
    async with Hall(one_process.url) as hall:
        task = await verbs.task(await hall.signed_in("lukun"), story.request_id)
    await page.goto(f"/tasks/{task['task_id']}")  # as a mail links to it
    await sign_in(page, "lukun")
    await is_accessible(page)
    await decide(page, "退回", "")
    await expect(page.get_by_text("请填写").first).to_be_visible()
    await decide(page, "退回", "份数与合同不一致，请核对。")
    await expect(page.get_by_text("已退回").first).to_be_visible()
    await page.get_by_role("button", name="退出登录").click()
    await sign_in(page, "shenzhijun")
    await page.goto(f"/requests/{story.request_id}")
    await expect(page.get_by_text("份数与合同不一致，请核对。").first).to_be_visible()
    await is_accessible(page)


async def decide(page: Page, verdict: str, opinion: str) -> None:
    """On a desk the panel is beside the form; on a phone it opens from the bar below."""
    on_phone = page.viewport_size == dict(zip(("width", "height"), SIZES["phone"], strict=True))
    box = page.get_by_placeholder("可在此处补充填写审批意见")
    if not on_phone:
        await page.get_by_role("radio", name=verdict).check()
    elif not await box.is_visible():
        await page.get_by_role("button", name=verdict, exact=True).click()
    await box.fill(opinion)
    await page.get_by_role("button", name="确定" if on_phone else "提交", exact=True).click()
