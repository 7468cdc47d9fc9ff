"""An applicant writes a request: nothing typed is lost, nothing wrong goes unnoticed."""

from pathlib import Path

from playwright.async_api import Page, expect

from demo import files
from tests.browser.acts import come_as, is_accessible
from tests.browser.office import APPLICANT

PAGES = [["技术服务合同", "第一页"], ["第二条", "第二页"], ["签章", "第三页"]]


async def begin(page: Page) -> None:
    await come_as(page, APPLICANT, "/apply/seal-use")
    await page.get_by_role("radio", name="科研类").check()
    await page.get_by_role("button", name="下一步").click()
    await expect(page.get_by_label("用印申请人手机")).to_be_visible()


async def test_a_request_is_written_checked_and_handed_in(page: Page, tmp_path: Path) -> None:
    contract = tmp_path / "技术服务合同.pdf"
    contract.write_bytes(files.document("材料.pdf", PAGES))
    await begin(page)
    await page.get_by_role("button", name="正式提交").click()
    summary = page.get_by_role("alert").filter(has_text="需要更正")
    await expect(summary).to_be_focused()
    await is_accessible(page)
    await summary.get_by_role("link", name="请填写经办人姓名").click()
    await expect(page.locator("[id='form.handler_name']")).to_be_focused()
    await name_everyone(page)
    await page.get_by_label("第 1 项：用印材料名称").fill("技术服务合同")
    await page.locator("input[type=file]").first.set_input_files(contract)
    await expect(page.get_by_text("3 页")).to_be_visible()
    await page.get_by_label("第 1 项：用印材料份数").fill("4")
    await ask_for_seals(page)
    await is_accessible(page)
    await page.get_by_role("button", name="正式提交").click()
    await expect(page.get_by_role("dialog")).to_contain_text("校章 8 个")
    await is_accessible(page)
    await page.get_by_role("button", name="确定").click()
    await expect(page.get_by_role("heading", name="已正式提交")).to_be_focused()
    await expect(page.get_by_text("SL20")).to_be_visible()
    await is_accessible(page)


async def test_the_sheet_is_seen_before_anything_is_handed_in(page: Page) -> None:
    await begin(page)
    await page.locator("[id='form.handler_name']").fill("梁荻锦")
    await page.get_by_role("button", name="预览审批表").click()
    dialog = page.get_by_role("dialog", name="预览审批表")
    sheet = dialog.get_by_role("img", name="第 1 页")
    await expect(sheet).to_be_visible()
    assert await sheet.evaluate("one => one.decode().then(() => one.naturalWidth > 900)")
    await is_accessible(page)
    await dialog.get_by_role("button", name="关闭").click()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="预览审批表").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("网络不通")
    await page.context.set_offline(False)
    await dialog.get_by_role("button", name="重试").click()
    await expect(sheet).to_be_visible()


async def name_everyone(page: Page) -> None:
    await page.get_by_role("checkbox").first.check()
    await page.get_by_role("button", name="用印单位").click()
    await is_accessible(page)
    await page.get_by_role("searchbox").last.fill("计算机")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="用印单位：计算机学院")).to_be_focused()
    await page.get_by_label("选择审批部门").select_option(label="科研部")
    await page.locator("[id='form.applicant_name']").fill("沈知珺")
    await page.locator("[id='form.applicant_mobile']").fill("199 0000 0029")
    await page.locator("[id='form.handler_name']").fill("梁荻锦")
    await page.locator("[id='form.handler_mobile']").fill("19900000030")


async def ask_for_seals(page: Page) -> None:
    """A page that the file lacks is pointed out; how many seals that makes is worked out."""
    for question in ("power_of_attorney", "horizontal_contract"):
        await page.locator(f"[name={question}]").last.check()
    await page.get_by_label("校章个数").fill("1")
    place = page.get_by_label("校章用章位置")
    await place.fill("第1项用印材料第5页")
    await expect(page.get_by_text("只有 3 页")).to_be_visible()
    await place.fill("第1项用印材料2,3页")
    await page.get_by_role("button", name="采用").click()
    await expect(page.get_by_label("校章个数")).to_have_value("8")


async def test_what_is_typed_without_a_network_is_kept_and_sent_later(page: Page) -> None:
    await begin(page)
    await page.context.set_offline(True)
    await expect(page.get_by_text("网络已断开").first).to_be_visible()
    await page.locator("[id='form.handler_name']").fill("断网时填写的人")
    await page.get_by_role("button", name="暂存").click()
    await expect(page.get_by_text("网络不通，内容已保存在本机").first).to_be_visible()
    await page.context.set_offline(False)
    await expect(page.get_by_text("已暂存").first).to_be_visible()
    await page.reload()
    await expect(page.locator("[id='form.handler_name']")).to_have_value("断网时填写的人")


async def test_two_tabs_do_not_overwrite_each_other(page: Page) -> None:
    await begin(page)
    other = await page.context.new_page()
    await other.goto(page.url)
    await other.locator("[id='form.handler_name']").fill("另一个页面")
    await other.get_by_role("button", name="暂存").click()
    await expect(other.get_by_text("已暂存").first).to_be_visible()
    await page.locator("[id='form.handler_name']").fill("这个页面")
    await page.get_by_role("button", name="暂存").click()
    conflict = page.get_by_role("alert").filter(has_text="在别处改过")
    await expect(conflict).to_be_visible()
    await is_accessible(page)
    await conflict.get_by_role("button", name="保留这里的内容").click()
    await expect(conflict).to_have_count(0)
    await page.reload()
    await expect(page.locator("[id='form.handler_name']")).to_have_value("这个页面")
    await other.close()


async def test_a_file_that_is_not_allowed_is_refused_with_a_reason(
    page: Page, tmp_path: Path
) -> None:
    program = tmp_path / "程序.exe"
    program.write_bytes(b"MZ")
    await begin(page)
    await page.locator("input[type=file]").first.set_input_files(program)
    await expect(page.get_by_role("alert").filter(has_text="只能上传")).to_be_visible()
    await is_accessible(page)
