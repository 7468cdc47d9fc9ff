"""An administrator writes, verifies and publishes a flow, in a browser."""

import re
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.acts import come_as, is_accessible
from tests.browser.test_counter import confirm
from tests.browser.test_overseeing import ADMINISTRATOR


async def test_a_flow_is_written_verified_published_and_retired(page: Page) -> None:
    key = f"trial-{uuid4().hex[:6]}"
    await come_as(page, ADMINISTRATOR, "/manage/flows")
    await is_accessible(page)
    await page.get_by_role("row").filter(has_text="已发布").get_by_role("link").first.click()
    await is_accessible(page)
    await page.get_by_role("link", name="修改为新版本").click()
    text = page.get_by_role("textbox", name="定义文本")
    await expect(text).to_have_value(re.compile("seal-use"))
    written = await text.input_value()
    await text.fill(written.replace("next = ", "nxt = ", 1))
    await page.get_by_role("button", name="校验").click()
    await expect(page.get_by_role("alert")).to_contain_text("缺少某项、有多余或重复的项")
    await is_accessible(page)
    # Of one unit alone: the others' requests go on as they did.
    right = written.replace('key = "seal-use"', f'key = "{key}"\nunits = ["marine-institute"]')
    await text.fill(right)
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page).to_have_url(re.compile(f"/manage/flows/{key}/"))
    await expect(page.get_by_role("button", name="发布", exact=True)).to_be_disabled()
    await page.get_by_role("tab", name="流程图").click()
    await is_accessible(page)
    await page.get_by_role("button", name="校验").click()
    await page.get_by_role("button", name="发布", exact=True).click()
    await confirm(page)
    await expect(page.get_by_text("已发布").first).to_be_visible()
    await expect(page.get_by_role("button", name="保存草稿")).to_have_count(0)
    await page.get_by_role("button", name="停用", exact=True).click()
    await confirm(page)
    await expect(page.get_by_text("已停用").first).to_be_visible()
    await is_accessible(page)
