"""What an approver adds to a decision: files of their own, and other people's agreement."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, Route, expect

from demo import files, verbs
from tests.browser.acts import come_as, decide, is_accessible, on_phone, opinion_box
from tests.browser.office import APPLICANT, OFFICE, Office


async def on_task(page: Page, office: Office, name: str) -> str:
    """An approver, before a new request. Returns: its id."""
    request = await office.request(name)
    await come_as(page, OFFICE, f"/tasks/{await office.task_id(OFFICE, request)}")
    await expect(page.get_by_text(name).first).to_be_visible()
    await opinion_box(page)
    return request


async def test_files_of_an_opinion_stand_in_the_record(
    page: Page, office: Office, tmp_path: Path
) -> None:
    report, wrong = tmp_path / "核查报告.pdf", tmp_path / "放错的.pdf"
    report.write_bytes(files.document("核查报告.pdf", [["核查报告", "第一页"]]))
    wrong.write_bytes(files.document("放错的.pdf", [["放错的", "第一页"]]))
    request = await on_task(page, office, "意见附件测试协议")
    chooser = page.get_by_label("上传附件：处理意见")
    await chooser.set_input_files([report, wrong])
    await expect(page.get_by_role("button", name="删除 核查报告.pdf")).to_be_visible()
    await page.get_by_role("button", name="删除 放错的.pdf").click()
    await expect(page.get_by_text("放错的.pdf")).to_have_count(0)
    await is_accessible(page)
    await page.reload()  # what was uploaded is there again
    await opinion_box(page)
    await expect(page.get_by_role("button", name="删除 核查报告.pdf")).to_be_visible()
    await decide(page, "同意", "见附件。")
    await expect(page.get_by_text("已同意").first).to_be_visible()
    await come_as(page, APPLICANT, f"/requests/{request}")
    if on_phone(page):
        await page.get_by_role("tab", name="处理记录").click()
    link = page.get_by_role("link", name="核查报告.pdf")
    await expect(link).to_be_visible()
    await is_accessible(page)
    answer = await page.request.get(await link.get_attribute("href") or "")
    assert await answer.body() == report.read_bytes()


async def test_a_file_that_is_not_let_in_says_why(
    page: Page, office: Office, tmp_path: Path
) -> None:
    fake, program = tmp_path / "合同.pdf", tmp_path / "程序.exe"
    fake.write_bytes(b"MZ" + bytes(600))
    program.write_bytes(b"MZ")
    await on_task(page, office, "附件检查测试协议")
    chooser = page.get_by_label("上传附件：处理意见")
    await chooser.set_input_files(program)
    await expect(page.get_by_role("alert").filter(has_text="只能上传 PDF")).to_be_visible()
    await page.get_by_role("button", name="不再上传 程序.exe").click()
    await chooser.set_input_files(fake)
    await expect(page.get_by_role("button", name="不再上传 合同.pdf")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="不再上传 合同.pdf").click()
    await expect(page.get_by_text("合同.pdf")).to_have_count(0)


async def test_nothing_is_decided_while_a_file_is_on_its_way(
    page: Page, office: Office, tmp_path: Path
) -> None:
    report = tmp_path / "慢.pdf"
    report.write_bytes(files.document("慢.pdf", [["慢", "第一页"]]))
    held: list[Callable[[], Awaitable[None]]] = []

    async def hold(route: Route) -> None:
        if route.request.method == "POST":
            held.append(route.continue_)
        else:
            await route.continue_()

    await page.route("**/attachments?*", hold)
    await on_task(page, office, "附件在途测试协议")
    await page.get_by_label("上传附件：处理意见").set_input_files(report)
    await expect(page.get_by_role("button", name="取消上传")).to_be_visible()
    await decide(page, "同意", "见附件。")
    await expect(page.get_by_role("alert").filter(has_text="有文件正在上传")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="取消上传").click()
    await expect(page.get_by_text("慢.pdf")).to_have_count(0)


async def test_a_signer_is_added_and_taken_off_again(page: Page, office: Office) -> None:
    request = await on_task(page, office, "加人测试协议")
    await expect(page.get_by_role("button", name="减签", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="加签").click()
    dialog = page.get_by_role("dialog", name="加签")
    await dialog.get_by_role("searchbox").fill("苏荻")
    await dialog.get_by_role("option", name="苏荻").click()
    await is_accessible(page)
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog).to_have_count(0)
    await office.task_id("sudi", request)
    await opinion_box(page)
    await page.get_by_role("button", name="减签", exact=True).click()
    dialog = page.get_by_role("dialog", name="减签")
    await expect(dialog).to_contain_text("苏荻")
    await is_accessible(page)
    await dialog.get_by_role("button", name="减签：苏荻").click()
    await expect(dialog).to_have_count(0)  # while it is open, nothing behind it has a role
    await expect(page.get_by_role("button", name="减签", exact=True)).to_have_count(0)
    record = await verbs.record(await office.person(APPLICANT), request)
    assert "signer_removed" in [entry["kind"] for entry in record]
