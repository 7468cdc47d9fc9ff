"""What the portal costs to load, and how long an approver on a phone waits until they can act.

The phone: 390×844, a processor four times slower, 1.6 Mbit/s, 150 ms there and back, nothing kept
from before. It can act when the page of the task has painted its buttons; the page itself takes
that time, since whoever asks it from outside asks a slow processor, and is answered late. What the
page goes on to fetch afterwards, for what may be opened next, is not counted.
"""

import asyncio
import json

from playwright.async_api import Browser, async_playwright

from bench.figures import Figure, median
from demo.hall import Hall
from demo.product import product_of_our_own
from tests.browser.conftest import QUIET, SIZES, chromium
from tests.browser.office import OFFICE, PASSWORD, Office

RUNS = 9
BITS_PER_SECOND = 1_600_000
LATENCY_MILLISECONDS = 150
SLOWER = 4
# In the page, before its own scripts: marks the moment at which the buttons have been painted.
MARK = """(() => {
  const watch = new MutationObserver(() => {
    const buttons = [...document.querySelectorAll('main button')]
    if (!buttons.some((button) => button.textContent.trim() === '同意')) return
    watch.disconnect()
    requestAnimationFrame(() => setTimeout(() => performance.mark('can-act')))
  })
  watch.observe(document, { childList: true, subtree: true })
})()"""
MARKED = "JSON.stringify(performance.getEntriesByName('can-act').map((mark) => mark.startTime))"


def figures() -> list[Figure]:
    with product_of_our_own() as url:
        return asyncio.run(_measured(url))


async def _measured(url: str) -> list[Figure]:
    async with Hall(url) as hall, async_playwright() as playwright:
        office = Office(hall)
        task = await office.task_id(OFFICE, await office.request("移动端审批计时"))
        browser = await playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        runs = [await _visit(browser, url, f"/tasks/{task}") for _ in range(RUNS)]
        await browser.close()
    return [
        Figure("bytes sent for the approval page, cold", runs[0][1] / 1000, "kB", aim="≤ 120"),
        Figure(
            f"an approver on a phone can act, cold (median of {RUNS})",
            median([seconds for seconds, _ in runs]),
            "s",
            aim="< 1.6",
        ),
        Figure("the quickest of the runs", min(seconds for seconds, _ in runs), "s"),
        Figure("the slowest of the runs", max(seconds for seconds, _ in runs), "s"),
    ]


async def _visit(browser: Browser, url: str, path: str) -> tuple[float, float]:
    """Returns: seconds until the buttons are there, bytes that have come over the line by then."""
    width, height = SIZES["phone"]
    context = await browser.new_context(
        base_url=url, viewport={"width": width, "height": height}, locale="zh-CN"
    )
    page = await context.new_page()
    credentials = {"login": OFFICE, "password": PASSWORD}
    await page.request.post("/api/session", data=credentials, headers={"Origin": url})
    line = await context.new_cdp_session(page)
    await line.send("Network.enable")
    await line.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MILLISECONDS,
            "downloadThroughput": BITS_PER_SECOND / 8,
            "uploadThroughput": BITS_PER_SECOND / 8,
        },
    )
    await line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    received: list[float] = []
    line.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    await page.add_init_script(MARK)
    await page.goto(path, wait_until="commit")
    await page.get_by_role("button", name="同意", exact=True).wait_for()
    seen = sum(received)
    while not (marked := json.loads(await page.evaluate(MARKED))):
        await page.wait_for_timeout(50)
    await context.close()
    return marked[0] / 1000, seen


if __name__ == "__main__":
    from bench.figures import table

    print(table("The portal on a phone", figures()))
