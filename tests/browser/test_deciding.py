"""Approvers at the portal: one by one, and many at once."""

from pathlib import Path

from playwright.async_api import Page, expect

from demo import verbs
from demo.hall import Visitor, until
from tests.browser.acts import come_as, decide, is_accessible, on_phone, opinion_box
from tests.browser.office import (
    APPLICANT,
    COUNSEL,
    COUNTERSIGNERS,
    HEAD,
    OFFICE,
    REVIEWER,
    SEAL_KEEPER,
    Office,
)


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


async def test_a_task_is_handed_over_and_the_colleague_has_it(page: Page, office: Office) -> None:
    request = await office.request("转交测试协议")
    await come_as(page, OFFICE, f"/tasks/{await office.task_id(OFFICE, request)}")
    await expect(page.get_by_text("转交测试协议").first).to_be_visible()
    await opinion_box(page)
    await page.get_by_role("button", name="更换节点审批人员").click()
    dialog = page.get_by_role("dialog", name="更换节点审批人员")
    await expect(dialog.get_by_label("选择节点")).to_be_visible()
    await is_accessible(page)
    await dialog.get_by_role("option", name="周苡宁").click()
    await dialog.get_by_label("原因").fill("出差")
    await dialog.get_by_role("button", name="确定").click()
    await expect(page.get_by_text("已转交给 周苡宁")).to_be_visible()
    await office.decide("zhouyining", request)
    record = await verbs.record(await office.person(APPLICANT), request)
    assert "reassigned" in [entry["kind"] for entry in record]


async def test_someone_is_told_of_a_request_and_has_read_it(page: Page, office: Office) -> None:
    request = await office.request("知会测试协议")
    await come_as(page, APPLICANT, f"/requests/{request}")
    await page.get_by_role("button", name="知会", exact=True).click()
    dialog = page.get_by_role("dialog", name="知会")
    await dialog.get_by_role("searchbox").fill("苏荻")
    await dialog.get_by_role("option", name="苏荻").click()
    await is_accessible(page)
    await dialog.get_by_role("button", name="确定").click()
    await expect(page.get_by_text("已知会").first).to_be_visible()
    await come_as(page, "sudi", f"/requests/{request}")
    await expect(page.get_by_text("知会测试协议").first).to_be_visible()
    copies = f"/workflow/requests/{request}/copies"
    told = await until_read(await office.person(APPLICANT), copies)
    assert [one["person"]["name"] for one in told] == ["苏荻"]


async def until_read(who: Visitor, path: str) -> list[verbs.Json]:
    async def look() -> list[verbs.Json] | None:
        items: list[verbs.Json] = (await who.ask("GET", path))["items"]
        return items if all(one["read_at"] for one in items) else None

    return await until("everyone who was told has read it", look)


async def test_departments_countersign_at_the_same_time_and_the_sheet_carries_their_seals(
    page: Page, office: Office
) -> None:
    request = await office.request("会签测试合同", contract=True)
    await office.agreed_by(request, OFFICE, HEAD)
    await come_as(page, REVIEWER, f"/tasks/{await office.task_id(REVIEWER, request)}")
    await expect(page.get_by_text("会签测试合同").first).to_be_visible()
    box = await opinion_box(page)
    await page.get_by_role("radio", name="同意").check()
    await page.get_by_role("button", name="选择会签部门").click()
    picker = page.get_by_role("dialog", name="选择会签部门")
    for _, unit in COUNTERSIGNERS:
        await picker.get_by_role("option", name=unit).click()
    await is_accessible(page)
    await picker.get_by_role("button", name="确定").click()
    await box.fill("请两部门会签。")
    await page.get_by_role("button", name="确定" if on_phone(page) else "提交", exact=True).click()
    await expect(page.get_by_text("已同意").first).to_be_visible()
    for login, _ in reversed(COUNTERSIGNERS):  # in any order
        await office.decide(login, request)
    await office.agreed_by(request, COUNSEL, SEAL_KEEPER)
    await come_as(page, APPLICANT, f"/requests/{request}")
    await expect(page.get_by_text("审批已全部通过")).to_be_visible()
    await page.get_by_role("tab", name="审批表").click()
    for _, unit in COUNTERSIGNERS:
        await expect(page.get_by_text(unit).first).to_be_visible()
    await is_accessible(page)
    to_print = await page.get_by_role("link", name="打印用印材料").get_attribute("href")

    async def printed() -> bool:  # once the sheet has its number
        answer = await page.request.get(to_print or "")
        return answer.headers["content-type"] == "application/pdf"

    assert await until("what was approved can be printed", printed)


async def test_anyone_can_check_a_sheet_and_the_file_at_hand(
    page: Page, office: Office, tmp_path: Path
) -> None:
    request = await office.request("核验测试协议")
    who = await office.person(APPLICANT)
    await verbs.task(await office.person(OFFICE), request)
    sheets = await until_there(who, f"/document/requests/{request}/sheets")
    sheet = await who.call("GET", f"/document/requests/{request}/sheet")
    good, bad = tmp_path / "审批表.pdf", tmp_path / "改过.pdf"
    good.write_bytes(sheet.content)
    bad.write_bytes(sheet.content + b" ")
    await page.goto(f"/verify/{sheets[0]['verification_code']}")
    await expect(page.get_by_text("现行有效")).to_be_visible()
    await is_accessible(page)
    await page.get_by_label("核对电子文件").set_input_files(good)
    await expect(page.get_by_text("与系统中的审批表一致")).to_be_visible()
    await page.get_by_label("核对电子文件").set_input_files(bad)
    await expect(page.get_by_text("不一致")).to_be_visible()


async def test_the_code_on_a_printed_page_leads_to_whether_its_file_was_approved(
    page: Page, office: Office, tmp_path: Path
) -> None:
    request = await office.request("打印核验协议")
    await office.agreed_by(request, OFFICE, HEAD, REVIEWER, SEAL_KEEPER)
    who = await office.person(APPLICANT)
    [sheet] = await until_there(who, f"/document/requests/{request}/sheets")
    await until_there(who, f"/document/requests/{request}/print-copy/files")  # it has its number
    material = (await who.ask("GET", f"/request/requests/{request}"))["form"]["materials"][0]
    name, digest = material["files"][0]["id"], material["files"][0]["sha256"]
    file = tmp_path / "任务书.pdf"
    file.write_bytes((await who.call("GET", f"/request/requests/{request}/files/{name}")).content)
    await page.goto(f"/verify/{sheet['verification_code']}#{digest[:32]}")
    await expect(page.get_by_text("出自本次申请批准的一个材料原文件")).to_be_visible()
    await is_accessible(page)
    await page.get_by_label("核对电子文件").set_input_files(file)
    await expect(page.get_by_text("这就是打印件上二维码所指的原文件")).to_be_visible()
    await page.goto("/")
    await page.goto(f"/verify/{sheet['verification_code']}#{'0' * 32}")
    await expect(page.get_by_text("请勿据此用印")).to_be_visible()


async def until_there(who: Visitor, path: str) -> list[verbs.Json]:
    async def look() -> list[verbs.Json] | None:
        items: list[verbs.Json] = (await who.ask("GET", path))["items"]
        return items or None

    return await until(f"{path} has something", look)
