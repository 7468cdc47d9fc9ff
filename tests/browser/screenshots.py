"""Every screen and state at both sizes: `python -m tests.browser.screenshots FOLDER`.

With names after the folder, only those that begin so. A picture that cannot be taken is named at
the end, and the others are there. `hall--failed` is the hall while its service is away.
"""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from playwright.async_api import Browser, Page, Route, StorageState, async_playwright, expect
from playwright.async_api import Error as BrowserError

from demo import verbs
from demo.hall import Hall, Unexpected
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
    Json,
    Office,
)

STRANGER = "sudi"
NOWHERE = "00000000-0000-7000-8000-000000000000"
PATIENCE_MILLISECONDS = 60_000.0
Step = Callable[[Page], Awaitable[object]]


@dataclass(frozen=True)
class Shot:
    """What is done on the page before the picture is taken stands in `steps`."""

    name: str
    login: str
    path: str
    steps: tuple[Step, ...] = ()
    state: str = ""  # one of STATES


async def _never(_route: Route) -> None:
    """No answer: the page waits."""


async def _away(route: Route) -> None:
    await route.fulfill(status=503, json={"code": "unavailable", "title": "服务暂时不可用"})


async def _cut_off(route: Route) -> None:
    await route.abort("internetdisconnected")


async def _emptied(route: Route) -> None:
    answer = await route.fetch()
    content = await answer.body()
    if answer.ok and content and "json" in answer.headers.get("content-type", ""):
        found = await answer.json()
        if isinstance(found, dict):
            found |= {name: [] for name, value in found.items() if isinstance(value, list)}
            await route.fulfill(response=answer, json=found)
            return
    await route.fulfill(response=answer, body=content)


# What the services answer, instead of what they know.
STATES = {"loading": _never, "failed": _away, "offline": _cut_off, "empty": _emptied}
# Those further down are fetched when they are scrolled to; one that never comes is not waited for.
PICTURES_SHOWN = """Promise.race([
  Promise.all([...document.images]
    .filter((image) => image.loading !== 'lazy')
    .map((image) => image.decode().catch(() => null))),
  new Promise((over) => setTimeout(over, 10_000)),
])"""
SERVICES = re.compile(r"/api/(?!session|organisation|events|workflow/me$)")


def press(name: str) -> Step:
    return lambda page: page.get_by_role("button", name=name).first.click()


async def pages_shown(page: Page) -> None:
    await page.get_by_role("dialog").locator("img").first.wait_for()


def tab(name: str) -> Step:
    return lambda page: page.get_by_role("tab", name=name).first.click()


async def offline(page: Page) -> None:
    await page.context.set_offline(True)
    await page.locator("[id='form.handler_name']").fill("断网时填写")
    await page.get_by_role("button", name="暂存").click()


def saved_elsewhere(office: Office, draft: Json) -> Step:
    """The same draft, kept from another window in the meantime."""

    async def step(page: Page) -> None:
        who = await office.person(APPLICANT)
        now = await who.ask("GET", f"/request/drafts/{draft['id']}")
        await verbs.save(who, now, now["form"])
        await page.locator("[id='form.handler_name']").fill("在别处也改过")
        await page.get_by_role("button", name="暂存").click()
        await page.get_by_role("alert").first.wait_for()

    return step


def decided_elsewhere(office: Office) -> Step:
    """Somebody agreed before one's own click."""

    async def step(page: Page) -> None:
        request = await office.request("同时有两人处理的协议")
        await page.goto(f"/tasks/{await office.task_id(OFFICE, request)}")
        await opinion_box(page)
        await office.decide(OFFICE, request)
        await page.get_by_text("这项任务已经处理过了").wait_for()

    return step


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
    approved = await office.request("已批准的备忘录", contract=True)
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
    screens = [
        *_of_the_applicant(waiting, returned, approved, withdrawn),
        *_of_the_approver(task),
        *_of_those_who_administer(number),
        Shot("counter", SEAL_KEEPER, counter),
        Shot("verify", "", f"/verify/{code}"),
        Shot("verify-unknown", "", "/verify/AAAAAAAAAAAAAAAAAAAAAAAAAA"),
        Shot("no-right", STRANGER, f"/requests/{waiting}"),
    ]
    return [*screens, *_in_every_state(screens), *_gone(), *await _in_conflict(office)]


def _in_every_state(screens: list[Shot]) -> list[Shot]:
    """Of each address once, as it is before anything is done there."""
    addresses = {shot.path: shot for shot in reversed(screens) if shot.login and not shot.steps}
    return [
        replace(shot, name=f"{shot.name}--{state}", state=state)
        for shot in addresses.values()
        for state in STATES
    ]


def _gone() -> list[Shot]:
    return [
        Shot("gone-request", APPLICANT, f"/requests/{NOWHERE}"),
        Shot("gone-task", OFFICE, f"/tasks/{NOWHERE}"),
        Shot("gone-draft", APPLICANT, f"/drafts/{NOWHERE}"),
        Shot("gone-matter", APPLICANT, "/matters/nothing"),
        Shot("no-right-manage", STRANGER, "/manage/ledger"),
    ]


async def _in_conflict(office: Office) -> list[Shot]:
    draft = await verbs.draft(await office.person(APPLICANT), "research")
    return [
        Shot(
            "draft-conflict",
            APPLICANT,
            f"/drafts/{draft['id']}",
            (saved_elsewhere(office, draft),),
        ),
        Shot("task-conflict", OFFICE, "/tasks", (decided_elsewhere(office),)),
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
        Shot("apply-preview", me, apply, (choose_type, press("预览审批表"), pages_shown)),
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
        Shot("request-preview", me, f"/requests/{waiting}", (press("预览"), pages_shown)),
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


async def shoot(url: str, folder: Path, names: tuple[str, ...]) -> list[str]:
    """Returns: what could not be taken, and why."""
    missed: list[str] = []
    async with Hall(url) as hall, async_playwright() as playwright:
        wanted = [shot for shot in await shots(Office(hall)) if shot.name.startswith(names or "")]
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        cookies = {login: await _cookies(browser, url, login) for login in _logins(wanted)}
        for size in SIZES:
            for shot in wanted:
                path = folder / f"{size}-{shot.name}.png"
                try:
                    async with _visiting(browser, url, size, cookies[shot.login]) as page:
                        await _take(page, shot, path)
                except (AssertionError, BrowserError, Unexpected) as trouble:
                    missed.append(f"{path.stem}: {str(trouble).splitlines()[0]}")
        await browser.close()
    return missed


def _logins(shots: list[Shot]) -> set[str]:
    return {shot.login for shot in shots}


async def _cookies(browser: Browser, url: str, login: str) -> StorageState:
    """Of whoever has signed in once; of nobody where there is no login."""
    context = await browser.new_context(base_url=url)
    if login:
        credentials = {"login": login, "password": PASSWORD}
        await context.request.post("/api/session", data=credentials, headers={"Origin": url})
    state = await context.storage_state()
    await context.close()
    return state


@asynccontextmanager
async def _visiting(
    browser: Browser, url: str, size: str, cookies: StorageState
) -> AsyncIterator[Page]:
    width, height = SIZES[size]
    context = await browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        locale="zh-CN",
        reduced_motion="reduce",
        storage_state=cookies,
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = await context.new_page()
    yield page
    await page.unroute_all(behavior="ignoreErrors")  # an answer may never come
    await context.close()


async def _take(page: Page, shot: Shot, path: Path) -> None:
    if shot.state:
        await page.route(SERVICES, STATES[shot.state])
    await page.goto(shot.path)
    await page.locator("main :is(h1, h2, .card):visible").first.wait_for()
    for step in shot.steps:
        await step(page)
    # The stream of live updates never ends, so the network is never idle: the page says when.
    if shot.state != "loading":
        await expect(page.locator(".waiting.card")).to_have_count(0)
    await page.evaluate(PICTURES_SHOWN)
    await page.wait_for_timeout(400)
    await page.screenshot(path=path)


def _name(path: str) -> str:
    """manage-directory-units."""
    section, _, query = path.strip("/").partition("?")
    words = [*section.split("/"), query.partition("=")[2].strip("{}")]
    return "-".join(word for word in words if word)


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with product_of_our_own() as url:
        missed = asyncio.run(shoot(url, folder, tuple(sys.argv[2:])))
    print(f"screenshots: {folder}", *missed, sep="\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
