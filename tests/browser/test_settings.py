"""One's own settings at the portal: who stands in, and the account in WeChat."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from demo.hall import Hall
from demo.product import product_of_our_own
from shared.organisation import Organisation
from tests.browser.acts import come_as, decide, is_accessible
from tests.browser.conftest import SIZES, visiting
from tests.browser.office import Office
from tests.service.notify_svc.accounts import TOKEN, an_account, approved_templates
from tests.standins import serving
from tests.standins.wechat import WeChat, callback_query, event

HOLDER, DEPUTY = "zhouyining", "苏荻"  # office staff of 计算机学院, and a teacher elsewhere
CLOCKS = timedelta(hours=8)  # what the organisation's clocks are ahead


def in_days(days: int) -> str:
    """As a person types it into a field of a date and a time."""
    return (datetime.now(UTC) + CLOCKS + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def given(page: Page, name: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=name).filter(has_text="代理中")


async def begin(page: Page, name: str) -> Locator:
    await page.get_by_role("button", name="新建委托").click()
    dialog = page.get_by_role("dialog", name="新建委托")
    await dialog.get_by_role("searchbox").fill(name)
    await dialog.get_by_role("option", name=name).click()
    return dialog


async def test_someone_stands_in_decides_and_stands_in_no_more(page: Page, office: Office) -> None:
    await come_as(page, HOLDER, "/settings")
    await page.get_by_role("button", name="新建委托").click()
    dialog = page.get_by_role("dialog", name="新建委托")
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_have_text("请先选择受托人。")
    await is_accessible(page)
    await dialog.get_by_role("button", name="放弃").click()
    dialog = await begin(page, DEPUTY)
    await dialog.get_by_label("委托的岗位").select_option("计算机学院 · 单位办公室工作人员")
    await dialog.get_by_label("结束时间").fill(in_days(-1))
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_have_text("结束时间须晚于开始时间和现在。")
    await dialog.get_by_label("结束时间").fill(in_days(7))
    await dialog.get_by_label("原因").fill("出差")
    await dialog.get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_contain_text("计算机学院 · 单位办公室工作人员")
    await is_accessible(page)

    request = await office.request(f"代理测试协议{uuid4().hex[:6]}")
    await come_as(page, "sudi", f"/tasks/{await office.task_id('sudi', request)}")
    await expect(page.get_by_text("代 周苡宁 处理")).to_be_visible()
    await decide(page, "同意", "代为审核，同意。")
    await expect(page.get_by_text("已同意").first).to_be_visible()

    await come_as(page, "sudi", "/settings")
    received = page.get_by_role("listitem").filter(has_text="周苡宁").filter(has_text="代理中")
    await expect(received).to_be_visible()
    await expect(page.get_by_text("您没有审批岗位")).to_be_visible()
    await is_accessible(page)

    await come_as(page, HOLDER, "/settings")
    await given(page, DEPUTY).get_by_role("button", name="结束委托：苏荻").click()
    await expect(page.get_by_role("dialog")).to_contain_text("不能再代您处理")
    await is_accessible(page)
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_have_count(0)
    await expect(page.get_by_text("已结束").first).to_be_visible()


async def test_a_delegation_that_cannot_be_says_why(page: Page) -> None:
    await come_as(page, HOLDER, "/settings")
    dialog = await begin(page, DEPUTY)
    await dialog.get_by_label("结束时间").fill(in_days(2))
    await dialog.get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_contain_text("全部审批岗位")
    dialog = await begin(page, "陆堃")
    await dialog.get_by_label("结束时间").fill(in_days(1))
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("已经委托了 苏荻")
    await is_accessible(page)
    await dialog.get_by_role("button", name="放弃").click()

    await come_as(page, "lukun", "/settings")
    dialog = await begin(page, "周苡宁")
    await dialog.get_by_label("结束时间").fill(in_days(1))
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("对方在这段时间也委托了 苏荻")
    await dialog.get_by_role("button", name="放弃").click()

    await come_as(page, HOLDER, "/settings")
    await given(page, DEPUTY).get_by_role("button", name="结束委托：苏荻").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(given(page, DEPUTY)).to_have_count(0)


@dataclass(frozen=True)
class WithWeChat:
    """A product that has an official account, which a stand-in plays."""

    url: str
    account: WeChat

    async def scan(self, openid: str) -> str:
        """Someone scans the newest code. Returns: what the account tells them to enter."""
        body = event(openid, "SCAN", EventKey=[*self.account.scenes.values()][-1], Ticket="gQH")
        query = callback_query(TOKEN, nonce=f"n{next(NONCES)}")
        path = f"{self.url}/api/notify/callbacks/wechat"
        async with (
            aiohttp.ClientSession() as http,
            http.post(path, params=query, data=body) as answer,
        ):
            found = re.search(r"\d{6}", (await answer.text()).split("确认码是")[-1])
        assert found is not None
        return found[0]


NONCES = count()


@pytest.fixture(scope="module")
async def with_wechat(
    tmp_path_factory: pytest.TempPathFactory, organisation_file: Path
) -> AsyncIterator[WithWeChat]:
    folder = tmp_path_factory.mktemp("wechat")
    account = an_account()
    async with serving(account.application()) as api:
        settings = {
            "NOTIFY_WECHAT__APP_ID": account.appid,
            "NOTIFY_WECHAT__APP_SECRET": account.secret,
            "NOTIFY_WECHAT__CALLBACK_TOKEN": TOKEN,
            "NOTIFY_WECHAT__API_URL": api,
            "NOTIFY_DEV_INBOX_CHANNELS": '["sms", "mail"]',
            "NOTIFY_PROVIDER_TEMPLATES": str(
                approved_templates(folder, Organisation.load(organisation_file))
            ),
        }
        product = product_of_our_own(folder / "data", settings=settings)
        url = await asyncio.to_thread(product.__enter__)
        try:
            async with Hall(url):
                yield WithWeChat(url, account)
        finally:
            await asyncio.to_thread(product.__exit__, None, None, None)


@pytest.fixture(params=SIZES)
async def there(
    request: pytest.FixtureRequest, browser: Browser, with_wechat: WithWeChat
) -> AsyncIterator[Page]:
    async with visiting(browser, with_wechat.url, request.param) as page:
        yield page


async def test_a_wechat_is_bound_by_a_code_and_unbound(
    there: Page, with_wechat: WithWeChat
) -> None:
    page = there
    await come_as(page, "sudi", "/settings")
    await page.get_by_role("button", name="绑定微信").click()
    dialog = page.get_by_role("dialog", name="绑定微信")
    await expect(dialog.get_by_role("img", name="绑定二维码")).to_be_visible()
    await expect(dialog.get_by_role("status")).to_have_text("等待扫描")
    drawn = "one => one.complete && one.naturalWidth > 0"
    assert await dialog.get_by_role("img", name="绑定二维码").evaluate(drawn)
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("请填写")
    code = await with_wechat.scan(f"o-{uuid4().hex[:8]}")
    await expect(dialog.get_by_role("status")).to_have_text("已扫描，请填写确认码")
    await is_accessible(page)
    await dialog.get_by_role("textbox").fill(f"{(int(code) + 1) % 10**6:06}")
    await dialog.get_by_role("button", name="确定").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("还可以试 4 次")
    await dialog.get_by_role("textbox").fill(code)
    await dialog.get_by_role("button", name="确定").click()
    await expect(page.get_by_text("提醒会发到您的微信")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="解除绑定").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(page.get_by_role("button", name="绑定微信")).to_be_visible()


async def test_what_came_of_a_sign_in_inside_wechat_is_said(
    there: Page, with_wechat: WithWeChat
) -> None:
    page = there
    await come_as(page, "sudi", "/settings?wechat=bound_elsewhere")
    await expect(page.get_by_role("alert").filter(has_text="另一位用户")).to_be_visible()
    await expect(page).to_have_url(f"{with_wechat.url}/settings")  # a reload does not say it again
    await is_accessible(page)


async def test_without_an_account_there_is_nothing_to_bind(page: Page) -> None:
    await come_as(page, "sudi", "/settings")
    await expect(page.get_by_role("heading", name="消息提醒")).to_be_visible()
    await expect(page.get_by_role("combobox").first).to_be_visible()
    named = await page.get_by_role("rowheader").all_inner_texts()
    assert len(named) == len(set(named)) > 5, named
    await expect(page.get_by_role("heading", name="微信绑定")).to_have_count(0)
