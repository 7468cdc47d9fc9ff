"""Approvers at the portal: one by one, and many at once."""

from playwright.async_api import Page, expect

from demo import verbs
from tests.browser.acts import come_as, decide, is_accessible, opinion_box
from tests.browser.office import APPLICANT, OFFICE, Office


async def test_a_request_is_returned_with_a_reason_and_the_applicant_corrects_it(
    page: Page, office: Office
) -> None:
    request = await office.request("退回更正测试协议")
    task = await office.task_id(OFFICE, request)
    await come_as(page, OFFICE, f"/tasks/{task}")
    await decide(page, "退回", "")
    await expect(page.get_by_text("请填写处理意见").first).to_be_visible()
    await decide(page, "退回", "份数与合同不一致，请核对。")
    await expect(page.get_by_text("已退回").first).to_be_visible()
    await come_as(page, APPLICANT, f"/requests/{request}")
    await expect(page.get_by_text("份数与合同不一致，请核对。").first).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("link", name="修改并重新提交").click()
    await expect(page.get_by_text("份数与合同不一致，请核对。").first).to_be_visible()
    await page.get_by_label("第 1 项：用印材料份数").fill("5")
    await page.get_by_role("checkbox").first.check()
    await is_accessible(page)
    await page.get_by_role("button", name="提交", exact=True).click()
    await page.get_by_role("button", name="确定").click()
    await expect(page.get_by_role("heading", name="修改已提交")).to_be_focused()
    await come_as(page, OFFICE, f"/tasks/{await office.task_id(OFFICE, request)}")
    await page.get_by_role("button", name="查看修改").click()
    await expect(page.get_by_role("dialog")).to_contain_text("用印材料份数")
    await is_accessible(page)


async def test_many_are_agreed_to_at_once_and_each_has_its_result(
    page: Page, office: Office
) -> None:
    first = await office.request("批量之一", applicant="sudi")
    second = await office.request("批量之二", applicant="sudi")
    await come_as(page, OFFICE, "/tasks?text=批量之")
    await expect(page.get_by_role("link", name="批量之").first).to_be_visible()
    await page.get_by_role("button", name="批量同意").click()
    await page.get_by_role("button", name="全选").click()
    await expect(page.get_by_text("已选 2 件")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="同意", exact=True).click()
    await office.decide("zhouyining", second)  # meanwhile somebody else of the office
    dialog = page.get_by_role("dialog")
    await is_accessible(page)
    await dialog.get_by_role("button", name="同意", exact=True).click()
    await expect(dialog.get_by_role("status").first).to_contain_text("已同意 1 件，1 件没有办理")
    await is_accessible(page)
    who = await office.person("sudi")
    request = await verbs.request_reaches(who, first, current_nodes=["申请部门意见"])
    assert request["status"] == "in_progress"


async def test_an_opinion_that_was_typed_survives_the_end_of_the_session(
    page: Page, office: Office
) -> None:
    request = await office.request("意见保留测试协议")
    path = f"/tasks/{await office.task_id(OFFICE, request)}"
    await come_as(page, OFFICE, path)
    await expect(page.get_by_text("意见保留测试协议").first).to_be_visible()
    box = await opinion_box(page)
    await box.fill("材料已核对，附件二缺页。")
    await come_as(page, OFFICE, path)
    await expect(page.get_by_text("意见保留测试协议").first).to_be_visible()
    await expect(await opinion_box(page)).to_have_value("材料已核对，附件二缺页。")
