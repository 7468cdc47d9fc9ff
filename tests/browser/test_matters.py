"""An administrator words matters and closes them, in a browser; and what people see of it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Dialog, Page, expect

from demo import verbs
from demo.product import product_of_our_own
from tests.browser.acts import come_as, is_accessible, on_phone
from tests.browser.office import APPLICANT, Office
from tests.browser.test_overseeing import ADMINISTRATOR
from tests.conftest import Product

NOTICE = "印章移交，12月1日恢复办理。"


@pytest.fixture(scope="module")
def one_process() -> Iterator[Product]:
    """A product of these tests' own: elsewhere nobody finds a matter closed or reworded."""
    with product_of_our_own() as url:
        yield Product(url)


@pytest.fixture
async def kept(office: Office) -> AsyncIterator[None]:
    """Whatever happens to a matter here: afterwards it is again as its file says, and open."""
    yield
    administrator = await office.person(ADMINISTRATOR)
    for part in ("texts", "closure"):
        for key in ("seal-use", "lectures"):
            entry = await administrator.ask("GET", f"/request/catalogue/{key}")
            seen = {"If-Match": f'"{entry["version"]}"'}
            await administrator.ask("DELETE", f"/request/catalogue/{key}/{part}", headers=seen)


@pytest.mark.usefixtures("kept")
async def test_a_matter_is_worded_differently_and_back(page: Page) -> None:
    await come_as(page, ADMINISTRATOR, "/manage/matters")
    await expect(page.get_by_role("row").filter(has_text="用印审批")).to_contain_text("办理中")
    await is_accessible(page)
    await page.get_by_role("link", name="用印审批").click()
    preview = page.get_by_role("region", name="预览")
    await expect(preview).to_contain_text("教职工 本科生 研究生")
    await page.get_by_label("名称").fill("")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("请填写名称。")).to_be_visible()
    await page.get_by_label("名称").fill("用印申请")
    await page.get_by_label("服务对象").fill("教职工\n\n访问学者")
    await expect(preview).to_contain_text("教职工 访问学者")
    await is_accessible(page)
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("heading", name="用印申请", level=1)).to_be_visible()
    await expect(page.get_by_text("已改写")).to_be_visible()
    await page.goto("/matters/seal-use")
    await expect(page.get_by_role("heading", name="用印申请")).to_be_visible()
    await page.goto("/manage/matters/seal-use")
    await page.get_by_role("button", name="恢复原文").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(page.get_by_label("名称")).to_have_value("用印审批")
    await page.get_by_role("tab", name="变更记录").click()
    changed = page.get_by_role("row").filter(has_text="改写内容").first
    await expect(changed).to_contain_text("现 用印申请")
    await expect(changed).to_contain_text("现 访问学者")
    await expect(changed).to_contain_text("单翊")
    await is_accessible(page)


@pytest.mark.usefixtures("kept")
async def test_a_closed_matter_says_why_and_a_draft_of_it_waits(page: Page, office: Office) -> None:
    draft = await verbs.draft(await office.person(APPLICANT), "research")
    await come_as(page, ADMINISTRATOR, "/manage/matters/seal-use")
    await page.get_by_role("button", name="暂停办理").click()
    dialog = page.get_by_role("dialog", name="暂停办理")
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("请填写公告")
    await dialog.get_by_label("公告").fill(NOTICE)
    await is_accessible(page)
    await dialog.get_by_role("button", name="确定").click()
    await expect(page.get_by_role("button", name="恢复办理")).to_be_visible()
    await is_accessible(page)

    await come_as(page, APPLICANT, "/")
    await expect(page.get_by_role("link", name="用印审批").first).to_contain_text("暂停办理")
    await is_accessible(page)
    for path in ("/matters/seal-use", "/apply/seal-use"):
        await page.goto(path)
        await expect(page.get_by_text(NOTICE)).to_be_visible()
        await expect(page.get_by_role("link", name="立即申请")).to_have_count(0)
        await expect(page.get_by_role("button", name="下一步")).to_have_count(0)
        await is_accessible(page)
    await page.goto(f"/drafts/{draft['id']}")
    await expect(page.get_by_text("草稿已为您保留")).to_be_visible()
    await expect(page.get_by_role("button", name="正式提交")).to_be_disabled()
    await is_accessible(page)

    await come_as(page, ADMINISTRATOR, "/manage/matters/seal-use")
    await page.get_by_role("button", name="恢复办理").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(page.get_by_role("button", name="暂停办理")).to_be_visible()
    await come_as(page, APPLICANT, f"/drafts/{draft['id']}")
    await expect(page.get_by_role("button", name="正式提交")).to_be_enabled()


@pytest.mark.usefixtures("kept")
async def test_a_closed_link_leads_to_its_notice_and_not_elsewhere(
    page: Page, office: Office
) -> None:
    administrator = await office.person(ADMINISTRATOR)
    entry = await administrator.ask("GET", "/request/catalogue/lectures")
    await administrator.ask(
        "PUT",
        "/request/catalogue/lectures/closure",
        headers={"If-Match": f'"{entry["version"]}"'},
        body={"notice": NOTICE},
    )
    await come_as(page, APPLICANT, "/")
    await page.get_by_role("link", name="讲座活动").first.click()
    await expect(page.get_by_text(NOTICE)).to_be_visible()
    await expect(page.get_by_role("link", name="前往办理")).to_have_count(0)


@pytest.mark.usefixtures("kept")
async def test_who_saw_an_older_version_is_told_and_reads_the_present_one(
    page: Page, office: Office
) -> None:
    await come_as(page, ADMINISTRATOR, "/manage/matters/lectures")
    name = page.get_by_label("名称")
    await expect(name).to_have_value("讲座活动申请与审批")
    administrator = await office.person(ADMINISTRATOR)
    entry = await administrator.ask("GET", "/request/catalogue/lectures")
    await administrator.ask(
        "PUT",
        "/request/catalogue/lectures/texts",
        headers={"If-Match": f'"{entry["version"]}"'},
        body={**entry["texts"], "name": "讲座审批"},
    )
    await name.fill("讲座申请")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_role("alert")).to_contain_text("已被他人修改")
    await expect(name).to_have_value("讲座申请")
    await is_accessible(page)
    await page.get_by_role("button", name="读取最新内容").click()
    await expect(name).to_have_value("讲座审批")
    assert on_phone(page) or await page.get_by_role("region", name="预览").is_visible()


async def test_the_way_back_stands_beside_the_name(page: Page) -> None:
    await come_as(page, ADMINISTRATOR, "/manage/matters/seal-use")
    name = await page.get_by_role("heading", name="用印审批", level=1).bounding_box()
    back = await page.get_by_role("button", name="返回").bounding_box()
    assert name
    assert back
    assert back["y"] < name["y"] + name["height"]
    assert back["y"] + back["height"] > name["y"]


async def test_whoever_leaves_what_is_not_saved_is_asked(page: Page) -> None:
    asked: list[str] = []
    answers = iter((False, True))

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        await (dialog.accept() if next(answers) else dialog.dismiss())

    page.on("dialog", answer)
    await come_as(page, ADMINISTRATOR, "/manage/matters/lectures")
    await page.get_by_label("名称").fill("讲座")
    await page.get_by_role("tab", name="变更记录").click()
    await page.get_by_role("tab", name="内容").click()
    await expect(page.get_by_label("名称")).to_have_value("讲座")
    await page.get_by_role("button", name="返回").click()
    await expect(page.get_by_label("名称")).to_have_value("讲座")
    await page.get_by_role("button", name="返回").click()
    await expect(page.get_by_role("heading", name="事项管理")).to_be_visible()
    assert asked == ["修改还没有保存，确定离开吗？"] * 2
