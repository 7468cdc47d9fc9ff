"""Pages that follow what happens, without a reload."""

from uuid import uuid4

from playwright.async_api import Page, expect

from demo import verbs
from tests.browser.acts import come_as, is_accessible
from tests.browser.office import APPLICANT, OFFICE, Office


async def test_a_new_task_appears_by_itself(page: Page, office: Office) -> None:
    name = f"随时更新{uuid4().hex[:8]}"
    await come_as(page, OFFICE, f"/tasks?text={name}")
    await expect(page.get_by_text("没有相符的事项")).to_be_visible()
    await office.request(name)
    await expect(page.get_by_role("link", name=name).first).to_be_visible()


async def test_an_open_request_shows_the_decision_as_it_is_made(page: Page, office: Office) -> None:
    request = await office.request("进度跟随测试协议")
    await come_as(page, APPLICANT, f"/requests/{request}")
    await expect(page.get_by_text("当前环节：单位办公室工作人员审批")).to_be_visible()
    await office.decide(OFFICE, request)
    await expect(page.get_by_text("当前环节：申请部门意见")).to_be_visible()


async def test_who_comes_too_late_sees_it_before_pressing_anything(
    page: Page, office: Office
) -> None:
    request = await office.request("先到先办测试协议")
    await come_as(page, OFFICE, f"/tasks/{await office.task_id(OFFICE, request)}")
    await expect(page.get_by_text("先到先办测试协议").first).to_be_visible()
    await office.decide("zhouyining", request)
    await expect(page.get_by_text("同组的其他审批人已经处理")).to_be_visible()
    await is_accessible(page)


async def test_an_applicant_urges_and_withdraws(page: Page, office: Office) -> None:
    request = await office.request("反悔测试协议")
    await come_as(page, APPLICANT, f"/requests/{request}")
    await page.get_by_role("button", name="催办").click()
    await expect(page.get_by_role("dialog")).to_contain_text("请选择要催办的节点")
    await is_accessible(page)
    await page.get_by_role("button", name="确定").click()
    await expect(page.get_by_text("已催办").first).to_be_visible()
    await page.get_by_role("button", name="催办").click()
    await page.get_by_role("button", name="确定").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("刚刚催办过")
    await page.get_by_role("button", name="放弃").click()
    await page.get_by_role("button", name="撤销").click()
    await expect(page.get_by_role("dialog")).to_contain_text("此操作不可逆")
    await is_accessible(page)
    await page.get_by_role("button", name="确定").click()
    await expect(page.get_by_text("已撤销").first).to_be_visible()
    await verbs.request_reaches(await office.person(APPLICANT), request, status="withdrawn")
