"""Administrators keep seals and messages, and two people void a request, in a browser."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from demo.hall import Hall
from tests.browser.acts import come_as, is_accessible
from tests.browser.office import OFFICE, SEAL_KEEPER, Office
from tests.browser.test_counter import SECOND_KEEPER, approved, confirm
from tests.browser.test_overseeing import ADMINISTRATOR, AUDITOR
from tests.conftest import Product


@pytest.fixture
async def office(one_process: Product) -> AsyncIterator[Office]:
    async with Hall(one_process.url) as hall:
        yield Office(hall)


async def give_reason(page: Page, reason: str) -> None:
    dialog = page.get_by_role("dialog")
    await confirm(page)
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_label("原因").fill(reason)
    await is_accessible(page)
    await confirm(page)
    await expect(dialog).to_have_count(0)


async def test_a_template_is_seen_as_it_is_sent(page: Page) -> None:
    await come_as(page, ADMINISTRATOR, "/manage/templates?kind=returned&channel=mail")
    await expect(page.get_by_role("article")).to_contain_text("退回 · 邮件")
    await is_accessible(page)
    await (
        page.get_by_role("navigation", name="选择消息和渠道")
        .get_by_role("link", name="短信")
        .first.click()
    )
    await expect(page.get_by_role("article")).to_contain_text("短信")
    await page.get_by_text("发给服务商的原文").click()
    await is_accessible(page)


async def test_what_became_of_a_message_is_found(page: Page, office: Office) -> None:
    name = f"出版合同{uuid4().hex[:6]}"
    request = await office.request(name)
    await office.agreed_by(request, OFFICE)
    await come_as(page, AUDITOR, f"/manage/deliveries?request_id={request}")
    rows = page.get_by_role("row").filter(has_text="新任务")
    await expect(rows.first).to_be_visible()
    await expect(page.get_by_role("heading", name="服务商状态")).to_be_visible()
    await is_accessible(page)
    await rows.first.get_by_role("button", name="详情").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(name)
    await expect(dialog.get_by_role("button", name="重新发送")).to_have_count(0)
    await is_accessible(page)


async def test_two_people_void_what_was_approved(page: Page, office: Office) -> None:
    request = await approved(office, f"授权委托书{uuid4().hex[:6]}")
    await come_as(page, SEAL_KEEPER, f"/manage/counter?q={request['number']}")
    await page.get_by_role("button", name="提出作废").click()
    await give_reason(page, "对方单位名称有误。")
    await page.goto("/manage/requests")
    mine = page.get_by_role("listitem").filter(has_text=request["title"])
    await expect(mine).to_contain_text("等待另一人确认")
    await is_accessible(page)
    await come_as(page, SECOND_KEEPER, "/manage/requests")
    await mine.get_by_role("button", name="确认作废").click()
    await confirm(page)
    await expect(mine).to_have_count(0)
    await page.goto(f"/manage/counter?q={request['number']}")
    await expect(page.get_by_text("这份审批表已经作废")).to_be_visible()
    await is_accessible(page)


async def test_a_seal_is_suspended_and_reinstated_by_two(page: Page) -> None:
    await come_as(page, SEAL_KEEPER, "/manage/seals?q=校史与博物馆")
    await expect(page.get_by_role("row").filter(has_text="校史与博物馆")).to_contain_text("在用")
    await is_accessible(page)
    await page.get_by_role("link", name="校史与博物馆").click()
    await expect(page.get_by_role("img", name="校史与博物馆的公章")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="停用", exact=True).click()
    await give_reason(page, "保管人交接。")
    await expect(page.get_by_text("停用", exact=True).first).to_be_visible()
    await page.get_by_role("button", name="提出恢复使用").click()
    await give_reason(page, "交接完成。")
    await expect(page.get_by_text("等待另一人确认").first).to_be_visible()
    url = page.url
    await come_as(page, SECOND_KEEPER, url)
    await page.get_by_role("button", name="确认恢复使用").click()
    await confirm(page)
    await expect(page.get_by_role("heading", name="待确认：恢复使用")).to_have_count(0)
    await expect(page.get_by_text("在用", exact=True)).to_be_visible()
    await is_accessible(page)
