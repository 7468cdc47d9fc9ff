"""Whole requests, each service a process: how many a second, and what one costs each process.

A lifecycle is the story of `make demo`: two submissions, a return, seven agreements, six seals and
the registration at the counter, with every check of the story and the polling that a person's
waiting amounts to; the teller's own work is on the same machine.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from demo.story import tell
from deploy.native.services import Services
from deploy.stack import Stack

STORIES = 12
AT_ONCE = 4
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        with stack.servers() as servers:
            start = time.monotonic()
            with stack.services(servers) as services:
                started = time.monotonic() - start
                asyncio.run(_tell(services.url, 1))  # the first one draws seals and certificates
                before = _cpu(services)
                start = time.monotonic()
                asyncio.run(_tell(services.url, STORIES))
                taken = time.monotonic() - start
                after = _cpu(services)
                return [
                    Figure("start-up, all services ready", started, "s"),
                    Figure("lifecycles", STORIES / taken, "/s", None, "≥ 10 /s"),
                    *(_spent(name, after[name] - before[name]) for name in before),
                    *(Figure(f"memory, {s.name}", _memory(s.pid), "MB") for s in services),
                ]


async def _tell(url: str, count: int) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with slots:
            await tell(url)

    await asyncio.gather(*(one() for _ in range(count)))


def _spent(name: str, seconds: float) -> Figure:
    return Figure(f"CPU of one lifecycle, {name}", seconds / STORIES * 1000, "ms")


def _cpu(services: Services) -> dict[str, float]:
    """Seconds of processor time since the start, by service (proc(5), stat: utime and stime)."""
    spent = {}
    for service in services:
        fields = Path(f"/proc/{service.pid}/stat").read_text().rsplit(")", 1)[1].split()
        spent[service.name] = (int(fields[11]) + int(fields[12])) / TICKS
    return spent


def _memory(pid: int | None) -> float:
    """Resident memory in MB (proc(5), statm)."""
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return resident * PAGE / 1e6
