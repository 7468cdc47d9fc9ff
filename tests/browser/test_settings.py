"""One's own settings at the portal: who stands in, and the account in WeChat."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from tests.browser.acts import come_as, decide, is_accessible
from tests.browser.office import Office

HOLDER, DEPUTY = "zhouyining", "苏荻"  # office staff of 计算机学院, and a teacher elsewhere
CLOCKS = timedelta(hours=8)  # what the organisation's clocks are ahead


def in_days(days: int) -> str:
    """As a person types it into a field of a date and a time."""
    return (datetime.now(UTC) + CLOCKS + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def given(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name).filter(has_text="代理中")


async def begin(page: Page, name: str) -> Locator:
    await page.get_by_role("button", name="新建委托").click()
    dialog = page.get_by_role("dialog", name="新建委托")
    await dialog.get_by_role("searchbox").fill(name)
    await dialog.get_by_role("option", name=name).click()
    return dialog


async def test_someone_stands_in_decides_and_stands_in_no_more(page: Page, office: Office) -> None:
    await come_as(page, HOLDER, "/settings")
    await page.get_by_role("button", name="新建委托").click()
    dialog = page.get_by_role("dialog", name="新建委托")
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_have_text("请先选择受托人。")
    await is_accessible(page)
    await dialog.get_by_role("button", name="放弃").click()
    dialog = await begin(page, DEPUTY)
    await dialog.get_by_label("委托的岗位").select_option("计算机学院 · 单位办公室工作人员")
    await dialog.get_by_label("结束时间").fill(in_days(-1))
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_have_text("结束时间须晚于开始时间和现在。")
    await dialog.get_by_label("结束时间").fill(in_days(7))
    await dialog.get_by_label("原因").fill("出差")
    await dialog.get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_contain_text("计算机学院 · 单位办公室工作人员")
    await is_accessible(page)

    request = await office.request(f"代理测试协议{uuid4().hex[:6]}")
    await come_as(page, "sudi", f"/tasks/{await office.task_id('sudi', request)}")
    await expect(page.get_by_text("代 周苡宁 处理")).to_be_visible()
    await decide(page, "同意", "代为审核，同意。")
    await expect(page.get_by_text("已同意").first).to_be_visible()

    await come_as(page, "sudi", "/settings")
    received = page.get_by_role("listitem").filter(has_text="周苡宁").filter(has_text="代理中")
    await expect(received).to_be_visible()
    await expect(page.get_by_text("您没有审批岗位")).to_be_visible()
    await is_accessible(page)

    await come_as(page, HOLDER, "/settings")
    await given(page, DEPUTY).get_by_role("button", name="结束委托：苏荻").click()
    await expect(page.get_by_role("dialog")).to_contain_text("不能再代您处理")
    await is_accessible(page)
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_have_count(0)
    await expect(page.get_by_text("已结束").first).to_be_visible()


async def test_a_delegation_that_cannot_be_says_why(page: Page) -> None:
    await come_as(page, HOLDER, "/settings")
    dialog = await begin(page, DEPUTY)
    await dialog.get_by_label("结束时间").fill(in_days(2))
    await dialog.get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_contain_text("全部审批岗位")
    dialog = await begin(page, "陆堃")
    await dialog.get_by_label("结束时间").fill(in_days(1))
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("已经委托了 苏荻")
    await is_accessible(page)
    await dialog.get_by_role("button", name="放弃").click()

    await come_as(page, "lukun", "/settings")
    dialog = await begin(page, "周苡宁")
    await dialog.get_by_label("结束时间").fill(in_days(1))
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("对方在这段时间也委托了 苏荻")
    await dialog.get_by_role("button", name="放弃").click()

    await come_as(page, HOLDER, "/settings")
    await given(page, DEPUTY).get_by_role("button", name="结束委托：苏荻").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_have_count(0)
