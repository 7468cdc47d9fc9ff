"""An administrator keeps the directory, in a browser."""

from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.acts import is_accessible
from tests.browser.test_overseeing import ADMINISTRATOR, at
from tests.conftest import ROOT

DEMONSTRATION = ROOT / "deploy" / "demonstration"


async def test_a_person_is_added_changed_and_leaves(page: Page) -> None:
    login = f"xinren{uuid4().hex[:6]}"
    await at(page, ADMINISTRATOR, f"/manage/directory?q={login}")
    await expect(page.get_by_text("没有相符的记录。")).to_be_visible()
    await page.get_by_role("button", name="添加人员").click()
    dialog = page.get_by_role("dialog", name="添加人员")
    await dialog.get_by_label("登录名").fill(login)
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("请填写名称")
    await dialog.get_by_label("姓名").fill("辛仁")
    await dialog.get_by_label("手机").fill("1234-abc")
    await dialog.get_by_role("button", name="保存").click()
    await expect(dialog.get_by_label("手机")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("手机").fill("19912345678")
    await dialog.get_by_role("button", name="添加岗位").click()
    await dialog.get_by_label("第 1 个岗位的单位").click()
    await page.get_by_role("option", name="信息中心").click()
    await dialog.get_by_label("第 1 个岗位", exact=True).select_option(label="审计员")
    await is_accessible(page)
    await dialog.get_by_role("button", name="保存").click()
    row = page.get_by_role("row").filter(has_text=login)
    await expect(row).to_contain_text("信息中心 · 审计员")
    await is_accessible(page)

    await row.get_by_role("button", name="修改人员：辛仁").click()
    await page.get_by_role("dialog").get_by_label("姓名").fill("辛任")
    await page.get_by_role("dialog").get_by_role("button", name="保存").click()
    await expect(row).to_contain_text("辛任")
    await row.get_by_role("button", name="辛任已离任").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(row.get_by_role("button", name="辛任已离任")).to_have_count(0)
    await page.get_by_role("tab", name="变更记录").click()
    await expect(page.get_by_role("row").filter(has_text="登记离任").first).to_contain_text("辛任")
    changed = page.get_by_role("row").filter(has_text="名称：辛仁 → 辛任")
    await expect(changed.first).to_contain_text("修改人员")
    added = page.get_by_role("row").filter(has_text="添加人员").filter(has_text="辛仁")
    await expect(added.first).to_contain_text("岗位：信息中心 审计员")
    await is_accessible(page)


async def test_the_last_administrator_stays(page: Page) -> None:
    await at(page, ADMINISTRATOR, f"/manage/directory?q={ADMINISTRATOR}")
    await page.get_by_role("button", name="单翊已离任").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("至少要保留一位系统管理员")


async def test_a_unit_is_added(page: Page) -> None:
    code = f"institute-{uuid4().hex[:6]}"
    await at(page, ADMINISTRATOR, "/manage/directory?tab=units")
    await page.get_by_role("button", name="添加单位").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("单位", exact=False).first.fill(f"前沿研究院{code[-6:]}")
    await dialog.get_by_label("代码").fill(code)
    await is_accessible(page)
    await dialog.get_by_role("button", name="保存").click()
    await page.get_by_label("单位名称或代码").fill(code)
    await expect(page.get_by_role("row").filter(has_text=code)).to_have_count(1)


async def test_an_import_is_looked_at_before_it_is_done(page: Page) -> None:
    await at(page, ADMINISTRATOR, "/manage/directory?tab=import")
    units = (DEMONSTRATION / "units.csv").read_bytes()
    people = (DEMONSTRATION / "people.csv").read_bytes()

    async def choose(people: bytes) -> None:
        for label, name, content in (
            ("单位文件", "units.csv", units),
            ("人员文件", "people.csv", people),
        ):
            file = {"name": name, "mimeType": "text/csv", "buffer": content}
            await page.get_by_label(label).set_input_files(file)  # type: ignore[arg-type]
        await page.get_by_role("button", name="预览变更").click()

    await choose(people + b"wrong,,x,y,nowhere:head\n")
    await expect(page.get_by_text("文件中的问题")).to_be_visible()
    flaws = page.get_by_role("listitem").filter(has_text="people.csv")
    await expect(flaws.filter(has_text="mobile 列：不是电话号码")).to_have_count(1)
    await expect(flaws.filter(has_text="posts 列：单位文件中没有这个单位代码")).to_have_count(1)
    await is_accessible(page)
    login = f"laike{uuid4().hex[:6]}"
    await choose(people + f"{login},来克,19900001111,,computing:staff\n".encode())
    await expect(page.get_by_role("row").filter(has_text=login)).to_contain_text("新增")
    await is_accessible(page)
    await page.get_by_role("button", name="导入", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(page.get_by_text("已导入")).to_be_visible()
