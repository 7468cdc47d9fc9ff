"""The whole product, each service a process, driven through the gateway as people would.

Submissions and decisions a second; how long after 同意 the sealed sheet can be read, at two
approvals a second; whole lifecycles a second and what one costs each process. The people's own
work, a client in this process, is on the same machine.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, median, percentile
from bench.office import Office, several
from demo.hall import until
from deploy.native.services import Services
from deploy.stack import Stack

SUBMISSIONS = 60
LIFECYCLES = 120
AT_ONCE = 8
IN_FLIGHT = 24  # lifecycles: most of each is waiting for its turn
APPROVALS_PER_SECOND = 2.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        with stack.servers() as servers:
            start = time.monotonic()
            with stack.services(servers) as services:
                started = Figure("start-up, all services ready", time.monotonic() - start, "s")
                return [started, *asyncio.run(_measure(services))]


async def _measure(services: Services) -> list[Figure]:
    async with Office(services.url) as office:
        await _lifecycle(office)  # the first one makes seals and certificates
        requests, submitting = await _submissions(office)
        deciding = await _decisions(office, requests)
        sealing = await _sealings(office, requests)
        # As many as there will be: every connection that they need is there and has its statements.
        await several(IN_FLIGHT, IN_FLIGHT, lambda _: _lifecycle(office))
        before, start = _cpu(services), time.monotonic()
        await several(LIFECYCLES, IN_FLIGHT, lambda _: _lifecycle(office))
        taken, after = time.monotonic() - start, _cpu(services)
    spent = {name: (after[name] - before[name]) / LIFECYCLES * 1000 for name in before}
    return [
        Figure("submissions", submitting, "/s"),
        Figure("decisions", deciding, "/s"),
        Figure("同意 → sealed sheet readable, p50", median(sealing), "ms"),
        Figure("同意 → sealed sheet readable, p95", percentile(sealing, 0.95), "ms", None, "< 500"),
        Figure("lifecycles", LIFECYCLES / taken, "/s", None, "≥ 10 /s"),
        Figure("CPU of one lifecycle, all services", sum(spent.values()), "ms"),
        *(Figure(f"CPU of one lifecycle, {name}", value, "ms") for name, value in spent.items()),
        *(Figure(f"memory, {s.name}", sum(map(_memory, _family(s.pid))), "MB") for s in services),
    ]


async def _lifecycle(office: Office) -> None:
    request_id = await office.submit(await office.draft())
    for approver in office.approvers:
        await office.agree_when_asked(approver, request_id)
    await office.registered(request_id)


async def _submissions(office: Office) -> tuple[list[str], float]:
    """Returns: the requests, and how many were submitted a second."""
    drafts = await several(SUBMISSIONS, AT_ONCE, lambda _: office.draft())
    start = time.monotonic()
    requests = await several(SUBMISSIONS, AT_ONCE, lambda number: office.submit(drafts[number]))
    return requests, SUBMISSIONS / (time.monotonic() - start)


async def _decisions(office: Office, requests: list[str]) -> float:
    clerk = office.approvers[0]
    tasks = await office.tasks(clerk, requests)
    start = time.monotonic()
    await several(len(tasks), AT_ONCE, lambda number: office.agree(clerk, tasks[number]))
    return len(tasks) / (time.monotonic() - start)


async def _sealings(office: Office, requests: list[str]) -> list[float]:
    """Milliseconds from the moment the head agrees until the sheet has the unit's seal."""
    head = office.approvers[1]
    await office.tasks(head, requests)

    async def sealed(number: int) -> float:
        await asyncio.sleep(number / APPROVALS_PER_SECOND)
        request_id = requests[number]
        [task_id] = await office.tasks(head, [request_id])
        start = time.monotonic()
        await office.agree(head, task_id)

        async def look() -> bool | None:
            return True if await office.seals(request_id) else None

        await until("the seal is on the sheet", look)
        return (time.monotonic() - start) * 1000

    return await several(len(requests), len(requests), sealed)


def _cpu(services: Services) -> dict[str, float]:
    """Seconds of processor time so far, by service, its children's included."""
    return {s.name: sum(_spent(pid) for pid in _family(s.pid)) for s in services}


def _spent(pid: int) -> float:
    """Of a process and of its children that have ended (proc(5), stat: utime to cstime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / TICKS


def _family(pid: int | None) -> Iterator[int]:
    """The process and its living descendants."""
    if pid is None:
        return
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _memory(pid: int) -> float:
    """Resident memory in MB (proc(5), statm)."""
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return resident * PAGE / 1e6
