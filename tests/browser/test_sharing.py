"""我的知会 and 我的督办: what people are told of, what they watch, and what is late."""

import asyncio
import re
from uuid import uuid4

from playwright.async_api import Locator, Page, Route, expect

from tests.browser.acts import come_as, is_accessible
from tests.browser.office import APPLICANT, OFFICE, SEAL_KEEPER, Office
from tests.browser.tampering import make_late
from tests.browser.test_overseeing import AUDITOR
from tests.conftest import Product

TOLD = "gulinaer"  # nobody else of these tests tells them anything


async def person_id(office: Office, login: str) -> str:
    return str((await (await office.person(login)).ask("GET", "/workflow/me"))["id"])


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name)


async def test_what_one_is_told_of_is_marked_until_it_is_read(page: Page, office: Office) -> None:
    name = f"知会列表{uuid4().hex[:6]}"
    await come_as(page, TOLD, "/mine?tab=copy")
    await expect(page.get_by_role("tab", name="我的知会")).to_have_attribute(
        "aria-selected", "true"
    )
    request = await office.request(name)
    await office.task_id(OFFICE, request)  # from then on workflow-svc knows it
    who = await office.person(APPLICANT)
    body = {"people": [await person_id(office, TOLD)]}
    await who.ask("POST", f"/workflow/requests/{request}/copies", body=body, status=201)
    await expect(row(page, name)).to_contain_text("未读")  # by itself
    await expect(page.get_by_role("link", name=re.compile("我的.*1 件知会"))).to_be_visible()
    await is_accessible(page)
    await row(page, name).get_by_role("link").first.click()
    await expect(page).to_have_url(re.compile(f"/requests/{request}$"))  # the list says as much
    await expect(page.get_by_text("当前环节：单位办公室工作人员审批")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("件知会"))).to_have_count(0)
    await page.goto("/mine?tab=copy")
    await expect(row(page, name)).to_contain_text("已阅")
    await page.get_by_role("checkbox", name="只看未读").check()
    await expect(page.get_by_text("都已阅读")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="全部").click()
    await expect(row(page, name)).to_be_visible()


async def test_who_watches_a_request_may_urge(page: Page, office: Office) -> None:
    name = f"督办列表{uuid4().hex[:6]}"
    request = await office.request(name)
    await office.task_id(OFFICE, request)
    who = await office.person(SEAL_KEEPER)
    body = {"person_id": await person_id(office, TOLD)}
    await who.ask("POST", f"/workflow/requests/{request}/supervisors", body=body, status=201)
    await come_as(page, TOLD, "/mine")
    await page.get_by_role("tab", name="我的督办").click()
    await expect(row(page, name)).to_contain_text("未读")
    await is_accessible(page)
    await row(page, name).get_by_role("button", name="催办").click()
    await expect(page.get_by_role("dialog")).to_contain_text("单位办公室工作人员审批")
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(row(page, name)).to_contain_text("已催办")
    await come_as(page, OFFICE, f"/tasks?text={name}")
    await expect(row(page, name)).to_contain_text("催办")


async def test_a_count_that_comes_does_not_move_what_a_finger_is_on(
    page: Page, office: Office
) -> None:
    request = await office.request(f"数字后到{uuid4().hex[:6]}")
    await office.task_id(OFFICE, request)
    who = await office.person(APPLICANT)
    body = {"people": [await person_id(office, TOLD)]}
    await who.ask("POST", f"/workflow/requests/{request}/copies", body=body, status=201)
    counted = asyncio.Event()

    async def hold(route: Route) -> None:
        await counted.wait()
        await route.continue_()

    await page.route("**/api/workflow/counts", hold)
    await come_as(page, TOLD, "/mine")
    tab = page.get_by_role("tab", name="我的督办")
    await expect(page.get_by_role("tab", name="我的知会")).to_have_text("我的知会")
    before = await tab.bounding_box()
    await tab.hover()
    await page.mouse.down()
    counted.set()
    await expect(page.get_by_role("tab", name="我的知会")).to_have_text(re.compile(r"\d"))
    assert await tab.bounding_box() == before
    await page.mouse.up()
    await expect(tab).to_have_attribute("aria-selected", "true")


async def test_what_is_late_is_marked_and_counted(
    page: Page, office: Office, one_process: Product
) -> None:
    name = f"超时列表{uuid4().hex[:6]}"
    request = await office.request(name)
    task = await office.task_id(OFFICE, request)
    make_late(one_process, request)
    await come_as(page, OFFICE, f"/tasks?text={name}&mark=overdue")
    await expect(row(page, name)).to_contain_text("超时")
    await is_accessible(page)
    await page.goto(f"/tasks/{task}")
    await expect(page.get_by_text("超时", exact=True)).to_be_visible()
    await come_as(page, AUDITOR, "/manage/statistics")
    await expect(page.get_by_text("正在超时")).to_be_visible()
    figure = page.get_by_role("definition").filter(has=page.get_by_role("link"))
    await figure.get_by_role("link").click()
    await expect(page.get_by_role("link", name=name)).to_be_visible()
    await expect(page.locator("tr, li").filter(has_text=name)).to_contain_text("超时")
    await is_accessible(page)


async def test_what_is_sealed_on_paper_is_not_agreed_to_in_a_batch(
    page: Page, office: Office
) -> None:
    name = f"批量用印{uuid4().hex[:6]}"
    sealed = await office.request(f"{name}之一")
    await office.agreed_by(sealed, OFFICE, "qinmingyuan", "hezhe", SEAL_KEEPER)
    other = await office.request(f"{name}之二")
    await office.agreed_by(other, OFFICE, "qinmingyuan", "hezhe")
    await office.task_id(SEAL_KEEPER, other)
    task = await office.task_id(SEAL_KEEPER, sealed, kind="register")
    await come_as(page, SEAL_KEEPER, f"/tasks?text={name}")
    await expect(row(page, f"{name}之一")).to_be_visible()
    await page.get_by_role("button", name="批量同意").click()
    await page.get_by_role("button", name="全选").click()
    await expect(page.get_by_text("已选 1 件")).to_be_visible()
    await expect(row(page, f"{name}之一").get_by_role("checkbox")).to_be_disabled()
    await is_accessible(page)
    await page.goto(f"/tasks/{task}")
    await page.get_by_role("link", name="到“现场用印”办理").click()
    await expect(page.get_by_text(f"{name}之一").first).to_be_visible()
    await expect(page.get_by_role("heading", name="登记本次用印")).to_be_visible()
