"""Deliveries a second by mail and by WeChat, 10,000 of each queued, with one replica and with two.

Each replica is a process of its own on one PostgreSQL; the providers are a process that answers in
50 ms. All replicas wait, ready, until everything is queued. The time is what the database says:
from the first message taken to the last; the processor time is that of the replicas meanwhile.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from notify_svc import actions
from notify_svc.domain import Kind, Notice, Recipient
from notify_svc.models import Base, Delivery
from notify_svc.service import SERVICE
from notify_svc.settings import NotifySettings
from sqlalchemy import func, select, update

from bench.figures import Figure
from deploy.native.process import free_ports
from deploy.native.servers import Servers
from deploy.stack import Stack
from shared.contracts.notify import Channel
from shared.database import new_id
from shared.identity import create_identity_keys
from shared.service import Runtime, prepared

ROOT = Path(__file__).resolve().parent.parent
ORGANISATION = ROOT / "deploy" / "demonstration" / "organisation.toml"
QUEUED = 10_000  # of each channel
AT_ONCE = 500  # people of one notice
SECRET = "a secret of the measurement alone"
CHANNELS = (Channel.MAIL, Channel.WECHAT)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """What one run measured. `cpu`: seconds of all replicas."""

    seconds: dict[Channel, float]
    together: float
    cpu: float


def figures() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder)).servers() as servers:
        one = asyncio.run(_run(servers, Path(folder), replicas=1))
        two = asyncio.run(_run(servers, Path(folder), replicas=2))
    total = QUEUED * len(CHANNELS)
    rate = total / one.together
    return [
        *(Figure(f"{c}, one replica", QUEUED / one.seconds[c], "/s") for c in CHANNELS),
        Figure("mail and WeChat together, one replica", rate, "/s", None, "≥ 300 /s"),
        Figure("together, two replicas", total / two.together, "/s", rate, "linear: 2.0×"),
        Figure("CPU of one delivery, one replica", one.cpu / total * 1000, "ms"),
        Figure("CPU of one delivery, two replicas", two.cpu / total * 1000, "ms"),
    ]


async def _run(servers: Servers, folder: Path, *, replicas: int) -> Run:
    async with _providers() as (smtp_port, wechat_url):
        told = _told(servers, folder, smtp_port, wechat_url)
        async with prepared(SERVICE, NotifySettings(**told)) as runtime:
            await _queue(runtime)
            started = [await _replica(told) for _ in range(replicas)]
            processes = [process for process, _port in started]
            try:
                await _until_ready([port for _process, port in started])
                before = sum(_cpu(process.pid) for process in processes)
                await _make_due(runtime, datetime.now(UTC))
                await _until_all_are_sent(runtime)
                cpu = sum(_cpu(process.pid) for process in processes) - before
                return await _measured(runtime, cpu)
            finally:
                for process in processes:
                    process.terminate()
                await asyncio.gather(*(process.wait() for process in processes))
                await _empty(runtime)


def _told(servers: Servers, folder: Path, smtp_port: int, wechat_url: str) -> dict[str, Any]:
    templates = folder / "provider_templates.toml"
    fields = '{ title = "thing1", at = "time2", progress = "thing3", remark = "thing4" }'
    templates.write_text(f'[wechat.completed]\nid = "T"\nstate = "approved"\nfields = {fields}\n')
    return {
        "database_url": servers.database_url("notify"),
        "bus_url": "local://bench",
        "files_url": f"file://{folder}",
        "organisation_file": str(ORGANISATION),
        "identity_public_key": str(create_identity_keys(folder)[1]),
        "port": 0,
        "log_level": "ERROR",
        "privacy_secrets": [SECRET],
        "provider_templates": str(templates),
        "mail": {"host": "127.0.0.1", "port": smtp_port, "starttls": False},
        "wechat": {
            "app_id": "wx0000000000000000",
            "app_secret": "secret",
            "callback_token": "token",
            "api_url": wechat_url,
        },
    }


@asynccontextmanager
async def _providers() -> AsyncIterator[tuple[int, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.providers", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    ports = json.loads(await process.stdout.readline())
    try:
        yield ports["smtp"], f"http://127.0.0.1:{ports['wechat']}"
    finally:
        process.terminate()
        await process.wait()


async def _replica(told: dict[str, Any]) -> tuple[asyncio.subprocess.Process, int]:
    """The process, and its port."""
    (port,) = free_ports(1)
    settings = {
        f"NOTIFY_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in {**told, "port": port}.items()
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "notify_svc", env={**os.environ, **settings}
    )
    return process, port


async def _until_ready(ports: Sequence[int]) -> None:
    for port in ports:
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.2)
                continue
            writer.close()
            break


async def _make_due(runtime: Runtime, at: datetime) -> None:
    async with runtime.database.session() as session:
        await session.execute(
            update(Delivery).where(Delivery.channel.in_(CHANNELS)).values(next_attempt_at=at)
        )


async def _queue(runtime: Runtime) -> None:
    """One occasion told to everyone, by mail and WeChat."""
    people = [_person(number) for number in range(QUEUED)]
    for start in range(0, QUEUED, AT_ONCE):
        await _tell(runtime, people[start : start + AT_ONCE])
    await _make_due(runtime, datetime.now(UTC) + timedelta(hours=1))


def _person(number: int) -> Recipient:
    return Recipient(
        key=str(number),
        person_id=new_id(),
        name=f"某{number}",
        addresses={Channel.MAIL: f"p{number}@chenglan.example", Channel.WECHAT: f"o{number}"},
    )


async def _tell(runtime: Runtime, people: Sequence[Recipient]) -> None:
    notice = Notice(
        kind=Kind.COMPLETED,
        request_id=new_id(),
        occasion=f"bench:{new_id()}",
        title="量子通信项目任务书用印",
        at=datetime.now(UTC) - timedelta(seconds=1),
        page="/requests/1",
        particulars={"number": "YY2026-000001"},
    )
    async with runtime.transaction() as tx:
        await actions.notify(tx, notice, people)


async def _until_all_are_sent(runtime: Runtime) -> None:
    while True:
        async with runtime.database.session() as session:
            left = await session.scalar(
                select(func.count())
                .select_from(Delivery)
                .where(Delivery.channel.in_(CHANNELS), Delivery.sent_at.is_(None))
            )
        if not left:
            return
        await asyncio.sleep(1)


async def _measured(runtime: Runtime, cpu: float) -> Run:
    first, last = func.min(Delivery.sent_at), func.max(Delivery.sent_at)
    async with runtime.database.session() as session:
        rows = await session.execute(
            select(Delivery.channel, first, last)
            .where(Delivery.channel.in_(CHANNELS))
            .group_by(Delivery.channel)
        )
        spans = {Channel(channel): (begun, ended) for channel, begun, ended in rows}
    begun = min(span[0] for span in spans.values())
    ended = max(span[1] for span in spans.values())
    seconds = {channel: (span[1] - span[0]).total_seconds() for channel, span in spans.items()}
    return Run(seconds, (ended - begun).total_seconds(), cpu)


async def _empty(runtime: Runtime) -> None:
    async with runtime.database.session() as session:
        for name in ("attempt", "delivery", "notification", "provider_state"):
            await session.execute(Base.metadata.tables[name].delete())


def _cpu(pid: int) -> float:
    """Seconds of processor time since the start (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
