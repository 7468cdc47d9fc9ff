"""Every page, at both sizes: signing in, what is there, what is not."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.acts import come_as, is_accessible, on_phone, sign_in
from tests.browser.office import Office


async def test_a_wrong_password_is_refused_in_words(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("账号").fill("lukun")
    await page.get_by_label("密码", exact=True).fill("not this one")
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_role("alert").first).to_contain_text("不正确")
    await is_accessible(page)


PATHS = ["/", "/matters/seal-use", "/apply/seal-use", "/mine", "/tasks", "/done"]


@pytest.mark.parametrize("path", PATHS)
async def test_every_page_is_accessible(page: Page, path: str) -> None:
    await come_as(page, "shenzhijun", path)
    await expect(page.get_by_role("heading").first).to_be_visible()
    await expect(page.get_by_role("status").get_by_text("正在加载")).to_have_count(0)
    await is_accessible(page)


@pytest.mark.parametrize("path", ["/requests/00000000-0000-7000-8000-000000000000", "/nowhere"])
async def test_what_is_not_there_says_so(page: Page, path: str) -> None:
    await come_as(page, "shenzhijun", path)
    await expect(page.get_by_text("没有找到这个页面")).to_be_visible()
    await is_accessible(page)


async def test_a_link_from_a_message_leads_through_the_sign_in_to_the_task(
    page: Page, office: Office
) -> None:
    request = await office.request("链接直达测试协议")
    task = await office.task_id("lukun", request)
    await page.goto(f"/tasks/{task}")
    await sign_in(page, "lukun")
    await expect(page).to_have_url(re.compile(f"/tasks/{task}$"))
    await expect(page.get_by_text("链接直达测试协议").first).to_be_visible()
    await is_accessible(page)


@pytest.mark.parametrize("path", ["/", "/mine", "/tasks", "/messages"])
async def test_a_service_that_is_away_is_said_so_and_asked_again(page: Page, path: str) -> None:
    await come_as(page, "shenzhijun", "/nowhere")
    away = re.compile(r"/api/(request|workflow|notify)/(?!me$)")
    await page.route(away, lambda route: route.fulfill(status=503, json={"code": "unavailable"}))
    await page.goto(path)
    said = page.locator("main").get_by_text("服务暂时不可用")
    await expect(said.first).to_be_visible()
    await is_accessible(page)
    await page.unroute_all()
    await page.get_by_role("button", name="重试").first.click()
    await expect(page.locator("main .waiting.card")).to_have_count(0)
    await expect(said).to_have_count(0)


async def test_the_way_to_the_organisation_s_own_portal_is_there_on_a_desk(page: Page) -> None:
    await come_as(page, "shenzhijun", "/")
    home = page.get_by_role("link", name="校内门户")
    if on_phone(page):
        await expect(home).to_have_count(0)
    else:
        await expect(home).to_have_attribute("href", "https://portal.chenglan.example")
