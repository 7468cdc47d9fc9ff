"""Those who oversee at their desk: every request, alarms, events that wait; and who is kept out."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Page, expect

from demo.hall import Hall
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Decided, Node, OpinionPlace, Verdict
from tests.browser.acts import is_accessible, sign_in
from tests.browser.office import Office
from tests.browser.tampering import mend, say_as_workflow
from tests.conftest import Product

ADMINISTRATOR, AUDITOR, APPLICANT = "shanyi", "xiejingan", "shenzhijun"


@pytest.fixture
async def office(one_process: Product) -> AsyncIterator[Office]:
    async with Hall(one_process.url) as hall:
        yield Office(hall)


async def at(page: Page, login: str, path: str) -> None:
    await page.goto(path)
    await sign_in(page, login)


def forged(request_id: str, *, place: OpinionPlace | None) -> Decided:
    """A decision that nobody took."""
    return Decided(
        request_id=UUID(request_id),
        revision=1,
        task_id=uuid4(),
        node=Node(id="head", name="申请部门意见"),
        verdict=Verdict.AGREE,
        opinion="同意。",
        by=Person(id=uuid4(), name="秦明远"),
        unit=Unit(id=uuid4(), name="计算机学院"),
        place=place,
        countersigners=(),
        decided_at=datetime.now(UTC),
    )


async def test_people_without_a_post_see_nothing_of_it(page: Page) -> None:
    await at(page, APPLICANT, "/manage/alarms")
    await expect(page.get_by_text("您没有查看的权限")).to_be_visible()
    await expect(page.get_by_role("link", name="管理")).to_have_count(0)
    await is_accessible(page)


async def test_sections_are_those_of_the_posts_that_one_holds(page: Page) -> None:
    await at(page, AUDITOR, "/")
    await page.get_by_role("link", name="管理").click()
    content = page.get_by_role("main")
    await expect(content.get_by_role("link", name="全部申请").first).to_be_visible()
    await expect(content.get_by_role("link", name="现场用印", exact=True)).to_have_count(0)
    await is_accessible(page)
    await page.goto("/manage/counter")
    await expect(page.get_by_text("您没有查看的权限")).to_be_visible()


async def test_any_request_is_found_and_opened(page: Page, office: Office) -> None:
    name = f"校史资料借展协议{uuid4().hex[:6]}"
    await office.request(name)
    await at(page, AUDITOR, f"/manage/requests?q={name}")
    await expect(page.get_by_role("link", name=name)).to_have_count(1)
    await is_accessible(page)
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_label("材料名称、姓名")).to_have_value(name)
    await page.goto("/manage/requests?number=SL2000-000001")
    await expect(page.get_by_text("没有相符的记录。")).to_be_visible()


async def test_an_alarm_is_settled_by_an_administrator(
    page: Page, office: Office, one_process: Product
) -> None:
    request = await office.request("专利实施许可合同")
    await office.agreed_by(request, "lukun")
    say_as_workflow(one_process, forged(request, place=OpinionPlace.APPLYING_UNIT))
    await at(page, ADMINISTRATOR, "/manage/alarms")
    alarm = page.get_by_role("row").filter(has=page.locator(f'a[href="/requests/{request}"]'))
    await expect(alarm).to_contain_text("没有盖章指令")
    await is_accessible(page)
    await alarm.get_by_role("button", name="处理").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("没有盖章指令")
    await is_accessible(page)
    await dialog.get_by_role("button", name="确定").click()
    await expect(alarm).to_have_count(0)
    await page.get_by_role("tab", name="全部").click()
    await expect(alarm).to_contain_text("单翊 处理于")


async def test_an_event_that_nobody_could_read_is_mended_and_replayed(
    page: Page, office: Office, one_process: Product
) -> None:
    request = await office.request("设备捐赠协议")
    await office.agreed_by(request, "lukun")
    right = forged(request, place=None)
    event = say_as_workflow(one_process, right, body=b'{"broken": true}')
    await at(page, ADMINISTRATOR, "/manage/waiting")
    waits = page.get_by_role("row").filter(has_text="workflow.decided.v1")
    await expect(waits.first).to_contain_text("搁置")
    await is_accessible(page)
    await waits.first.get_by_role("button", name="查看内容").click()
    await expect(page.get_by_role("dialog")).to_contain_text("broken")
    await is_accessible(page)
    await page.keyboard.press("Escape")
    for service in ("request", "document", "notify"):
        mend(one_process, service, event, right)
    await waits.first.get_by_role("button", name="重放").click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(waits).to_have_count(0)
    await page.goto(f"/manage/where?request={request}")
    await expect(page.get_by_text("workflow.decided.v1").first).to_be_visible()
    await expect(page.get_by_text("设备捐赠协议").first).to_be_visible()
    await is_accessible(page)


async def test_statistics_are_charts_and_tables(page: Page, office: Office) -> None:
    await office.request(f"年度合作框架协议{uuid4().hex[:6]}")
    await at(page, AUDITOR, "/manage/statistics")
    await expect(page.get_by_role("img", name="申请 · 按业务类型：科研类")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="申请 · 按业务类型：以表格查看").click()
    await expect(page.get_by_role("rowheader", name="科研类")).to_be_visible()
    await is_accessible(page)
