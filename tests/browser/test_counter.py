"""督查室 at the counter, in a browser: found by its code, registered in parts, corrected by two."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from demo import files, verbs
from demo.hall import Hall, until
from tests.browser.acts import is_accessible, sign_in
from tests.browser.office import HEAD, OFFICE, REVIEWER, SEAL_KEEPER, Office
from tests.conftest import Product

SECOND_KEEPER = "menghuaijin"


@pytest.fixture
async def office(one_process: Product) -> AsyncIterator[Office]:
    async with Hall(one_process.url) as hall:
        yield Office(hall)


async def approved(office: Office, name: str) -> dict[str, Any]:
    request = await office.request(name)
    await office.agreed_by(request, OFFICE, HEAD, REVIEWER, SEAL_KEEPER)
    keeper = await office.person(SEAL_KEEPER)

    async def numbered() -> bool | None:
        answer = await keeper.call("GET", f"/document/requests/{request}/sheets")
        seals = answer.body["items"][0]["seals"] if answer.status == 200 else []
        return True if any(seal["place"] is None for seal in seals) else None

    await until("the sheet bears its number", numbered)
    return await verbs.request_reaches(keeper, request, status="approved")


async def confirm(page: Page, button: str = "确定") -> None:
    await page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()


async def first_visit(page: Page) -> None:
    """Somebody else comes, for one of two impressions."""
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("请确认经办人到场")
    await page.get_by_label("校章 本次数量").fill("9")
    await page.get_by_label("他人代办").check()
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("不能多于剩余的 2 个")
    await page.get_by_label("校章 本次数量").fill("1")
    await page.get_by_label("代办人姓名").fill("高小满")
    await page.get_by_label("原因说明").fill("经办人出差。")
    await page.get_by_label("他人盖章").check()
    await page.get_by_role("button", name="登记", exact=True).click()
    await expect(page.get_by_role("alert")).to_contain_text("请填写盖章人姓名")
    await page.get_by_label("盖章人姓名").fill("高令仪")
    await page.get_by_label("盖章件照片或扫描件").set_input_files(
        {"name": "盖章件.png", "mimeType": "image/png", "buffer": files.photo()}
    )
    await expect(page.get_by_role("progressbar")).to_have_count(0)
    await is_accessible(page)
    await page.get_by_role("button", name="登记", exact=True).click()
    await confirm(page)
    entries = page.get_by_role("list").filter(has_text="高小满代办")
    await expect(entries).to_contain_text("校章 1 个")
    await expect(entries).to_contain_text("高令仪盖章")
    await expect(entries.get_by_role("link", name="照片 1")).to_be_visible()


async def test_sealing_is_registered_visit_by_visit_with_a_photo(
    page: Page, office: Office
) -> None:
    request = await approved(office, f"仪器采购合同{uuid4().hex[:6]}")
    keeper = await office.person(SEAL_KEEPER)
    [sheet] = (await keeper.ask("GET", f"/document/requests/{request['id']}/sheets"))["items"]
    await page.goto("/manage/counter")
    await sign_in(page, SEAL_KEEPER)
    await expect(page.get_by_role("link", name=request["title"])).to_be_visible()
    await is_accessible(page)

    # A hardware scanner types what the code says, and Enter.
    field = page.get_by_label("扫码或输入编号、受理号")
    await field.fill(f"{page.url.split('/manage')[0]}/verify/{sheet['verification_code']}")
    await field.press("Enter")
    await expect(page.get_by_role("heading", name=request["title"])).to_be_visible()
    await is_accessible(page)

    await first_visit(page)
    await page.get_by_label("本人到场").check()
    await page.get_by_role("button", name="登记", exact=True).click()
    await confirm(page)
    await expect(page.get_by_text("已登记完毕").first).to_be_visible()
    await verbs.request_reaches(keeper, request["id"], status="completed")
    await is_accessible(page)


async def test_what_is_not_found_says_so(page: Page) -> None:
    await page.goto("/manage/counter?q=YY2000-999999")
    await sign_in(page, SEAL_KEEPER)
    await expect(page.get_by_text("没有找到对应的申请")).to_be_visible()
    await is_accessible(page)


async def test_a_registration_is_corrected_by_two_keepers(page: Page, office: Office) -> None:
    request = await approved(office, f"校企合作协议{uuid4().hex[:6]}")
    keeper = await office.person(SEAL_KEEPER)
    await verbs.register_sealing(keeper, request["id"], [{"item": "university", "count": 2}])
    await page.goto(f"/manage/counter?q={request['number']}")
    await sign_in(page, SEAL_KEEPER)
    await page.get_by_role("button", name="更正台账").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("校章 本次数量").fill("1")
    await confirm(page)
    await expect(dialog.get_by_role("alert")).to_contain_text("请填写更正原因")
    await dialog.get_by_label("更正原因").fill("第二份当场作废。")
    await is_accessible(page)
    await confirm(page)
    await expect(dialog).to_have_count(0)
    await page.get_by_role("button", name="退出登录").click()
    await page.goto("/manage/ledger")
    await sign_in(page, SECOND_KEEPER)
    waits = page.get_by_role("listitem").filter(has_text=request["number"])
    await expect(waits).to_contain_text("第二份当场作废。")
    await is_accessible(page)
    await waits.get_by_role("button", name="确认更正").click()
    await confirm(page)
    await expect(waits).to_have_count(0)
    await page.goto(f"/manage/ledger?number={request['number']}")
    rows = page.get_by_role("row").filter(has_text=request["number"])
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("更正")
    await page.get_by_role("button", name="校验台账").click()
    await expect(page.get_by_text("台账完整")).to_be_visible()
    await is_accessible(page)
