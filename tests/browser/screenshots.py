"""Every screen and state at both sizes: `python -m tests.browser.screenshots FOLDER`.

With names after the folder, only those that begin so.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from demo import verbs
from demo.hall import Hall
from demo.product import product_of_our_own
from tests.browser.acts import opinion_box
from tests.browser.administration import SCREENS
from tests.browser.conftest import QUIET, SIZES, chromium
from tests.browser.office import (
    APPLICANT,
    COUNSEL,
    HEAD,
    NAMES,
    OFFICE,
    PASSWORD,
    REVIEWER,
    SEAL_KEEPER,
    Office,
)

STRANGER = "sudi"
Step = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True)
class Shot:
    """What is done on the page before the picture is taken stands in `steps`."""

    name: str
    login: str
    path: str
    steps: tuple[Step, ...] = ()


def press(name: str) -> Step:
    return lambda page: page.get_by_role("button", name=name).first.click()


def tab(name: str) -> Step:
    return lambda page: page.get_by_role("tab", name=name).first.click()


async def offline(page: Page) -> None:
    await page.context.set_offline(True)
    await page.locator("[id='form.handler_name']").fill("断网时填写")
    await page.get_by_role("button", name="暂存").click()


async def choose_type(page: Page) -> None:
    await page.get_by_role("radio", name="科研类").check()
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_label("第 1 项：用印材料名称").wait_for()


async def shots(office: Office) -> list[Shot]:
    """Requests in every state, and what is to be seen of them."""
    for name in NAMES:
        await office.request(name)
    waiting = await office.request("技术服务合同", contract=True)
    returned = await office.request("退回的协议", copies=3)
    await office.decide(OFFICE, returned, "return", "份数与协议约定的一式四份不一致，请核对。")
    approved = await office.request("已批准的备忘录")
    await office.agreed_by(approved, OFFICE, HEAD, REVIEWER, COUNSEL, SEAL_KEEPER)
    withdrawn = await office.request("已撤销的承诺函")
    await verbs.withdraw(await office.person(APPLICANT), withdrawn)
    task = f"/tasks/{await office.task_id(OFFICE, waiting)}"
    counter = f"/tasks/{await office.task_id(SEAL_KEEPER, approved, kind='register')}"
    sheets = await (await office.person(APPLICANT)).ask(
        "GET", f"/document/requests/{approved}/sheets"
    )
    code = sheets["items"][0]["verification_code"]
    request = await verbs.request(await office.person(APPLICANT), approved)
    number = request["tracking_number"]
    return [
        *_of_the_applicant(waiting, returned, approved, withdrawn),
        *_of_the_approver(task),
        *_of_those_who_administer(number),
        Shot("counter", SEAL_KEEPER, counter),
        Shot("verify", "", f"/verify/{code}"),
        Shot("verify-unknown", "", "/verify/AAAAAAAAAAAAAAAAAAAAAAAAAA"),
        Shot("no-right", STRANGER, f"/requests/{waiting}"),
    ]


def _of_the_applicant(waiting: str, returned: str, approved: str, withdrawn: str) -> list[Shot]:
    me = APPLICANT
    apply = "/apply/seal-use"
    return [
        Shot("login", "", "/"),
        Shot("hall", me, "/"),
        Shot("hall-search", me, "/", (lambda page: page.get_by_role("searchbox").fill("用印"),)),
        Shot("hall-edit", me, "/", (press("编辑"),)),
        Shot("matter", me, "/matters/seal-use"),
        Shot("apply-type", me, apply),
        Shot("apply-form", me, apply, (choose_type,)),
        Shot("apply-errors", me, apply, (choose_type, press("正式提交"))),
        Shot("apply-preview", me, apply, (choose_type, press("预览审批表"))),
        Shot("apply-pick", me, apply, (choose_type, press("用印单位"))),
        Shot("apply-offline", me, apply, (choose_type, offline)),
        Shot("mine", me, "/mine"),
        Shot("mine-drafts", me, "/mine?tab=drafts"),
        Shot("mine-none-found", me, "/mine?text=没有这样的材料"),
        Shot("mine-copies", me, "/mine?tab=copy"),
        Shot("mine-supervised", me, "/mine?tab=supervision"),
        Shot("mine-urge", me, "/mine", (press("催办"),)),
        Shot("mine-withdraw", me, "/mine", (press("撤销"),)),
        Shot("request", me, f"/requests/{waiting}"),
        Shot("request-record", me, f"/requests/{waiting}", (tab("处理记录"),)),
        Shot("request-flow", me, f"/requests/{waiting}", (tab("办事流程"),)),
        Shot("request-preview", me, f"/requests/{waiting}", (press("预览"),)),
        Shot("request-returned", me, f"/requests/{returned}"),
        Shot("returned-form", me, f"/drafts/{returned}"),
        Shot("request-approved", me, f"/requests/{approved}"),
        Shot("request-sheet", me, f"/requests/{approved}", (tab("审批表"),)),
        Shot("request-withdrawn", me, f"/requests/{withdrawn}"),
        Shot("messages", me, "/messages"),
        Shot("settings", me, "/settings"),
        Shot("missing", me, "/nowhere"),
    ]


def _of_the_approver(task: str) -> list[Shot]:
    return [
        Shot("tasks", OFFICE, "/tasks"),
        Shot("tasks-batch", OFFICE, "/tasks", (press("批量同意"), press("全选"))),
        Shot("task", OFFICE, task),
        Shot("task-opinion", OFFICE, task, (opinion_box,)),
        Shot("task-canned", OFFICE, task, (opinion_box, press("设置"))),
        Shot("done", OFFICE, "/done"),
        Shot("settings-of-an-approver", OFFICE, "/settings"),
        Shot("settings-delegate", OFFICE, "/settings", (press("新建委托"),)),
        Shot("tasks-none", STRANGER, "/tasks"),
        Shot("dev-inbox", OFFICE, "/dev-inbox"),
    ]


def _of_those_who_administer(number: str) -> list[Shot]:
    return [
        Shot(_name(path), login, path.format(number=number))
        for login, paths in SCREENS.items()
        for path in paths
    ]


async def shoot(url: str, folder: Path, names: tuple[str, ...]) -> None:
    async with Hall(url) as hall, async_playwright() as playwright:
        wanted = [shot for shot in await shots(Office(hall)) if shot.name.startswith(names or "")]
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        for size in SIZES:
            for shot in wanted:
                await _take(browser, url, shot, size, folder / f"{size}-{shot.name}.png")
        await browser.close()


async def _take(browser: Browser, url: str, shot: Shot, size: str, path: Path) -> None:
    width, height = SIZES[size]
    context = await browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        reduced_motion="reduce",
    )
    page = await context.new_page()
    if shot.login:
        credentials = {"login": shot.login, "password": PASSWORD}
        await page.request.post("/api/session", data=credentials, headers={"Origin": url})
    await page.goto(shot.path)
    await page.locator("main :is(h1, h2, .card):visible").first.wait_for()
    for step in shot.steps:
        await step(page)
    # The stream of live updates never ends, so the network is never idle: the page says when.
    await page.wait_for_function("() => !document.querySelector('.waiting.card i')")
    await page.wait_for_timeout(400)
    await page.screenshot(path=path)
    await context.close()


def _name(path: str) -> str:
    """manage-directory-units."""
    section, _, query = path.strip("/").partition("?")
    words = [*section.split("/"), query.partition("=")[2].strip("{}")]
    return "-".join(word for word in words if word)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with product_of_our_own() as url:
        asyncio.run(shoot(url, folder, tuple(sys.argv[2:])))
    print(f"screenshots: {folder}")


if __name__ == "__main__":
    main()
