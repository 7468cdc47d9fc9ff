"""Killing any process at any moment loses nothing and doubles nothing.

Whole requests go their way while services are killed with SIGKILL and the broker goes away. The
story itself holds every step to exactly what it should bring about: each message once to each
person and channel, each seal once and in order, each decision once in the record.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select

from demo.story import Ending, tell
from deploy.native.rights import OWNERS
from deploy.native.servers import Servers
from deploy.native.services import Services
from deploy.stack import Stack
from shared.database import Database
from shared.messaging.tables import inbox_waiting, outbox
from shared.testing import eventually
from tests.faults.persistence import PersistentVisitor

STORIES = 2
BETWEEN_KILLS_SECONDS = (0.3, 2.0)
# A killed dispatcher's lease is taken over soon, not in a minute.
IMPATIENT = {"NOTIFY_LEASE_SECONDS": "2"}


@pytest.fixture(scope="module")
def constellation(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Servers, Services]]:
    stack = Stack(tmp_path_factory.mktemp("faults"))
    with (
        stack.servers(durable=False) as servers,
        stack.services(servers, environment=IMPATIENT) as services,
    ):
        yield servers, services


@pytest.fixture
def moments(request: pytest.FixtureRequest) -> random.Random:
    """When things happen: different each time, and told, so that a failure can be repeated."""
    seed = random.SystemRandom().randrange(2**32)
    request.node.add_report_section("setup", "moments", f"random.Random({seed})")
    return random.Random(seed)


async def test_killed_services_lose_nothing_and_double_nothing(
    constellation: tuple[Servers, Services], moments: random.Random
) -> None:
    servers, services = constellation
    async with _troubled(_kill_one_after_the_other(services, moments)):
        endings = await _stories(services)
    await _all_is_well(servers, endings)


async def test_a_broker_that_dies_loses_nothing_and_doubles_nothing(
    constellation: tuple[Servers, Services],
) -> None:
    servers, services = constellation
    async with _troubled(_kill_the_broker(servers)):
        endings = await _stories(services)
    await _all_is_well(servers, endings)


async def _stories(services: Services) -> list[Ending]:
    stories = (tell(services.url, visitor=PersistentVisitor) for _ in range(STORIES))
    return await asyncio.gather(*stories)


@asynccontextmanager
async def _troubled(trouble: AsyncIterator[None]) -> AsyncIterator[None]:
    """Trouble goes on while the block runs; then what it began is finished."""
    over = asyncio.Event()

    async def make_trouble() -> None:
        async for _ in trouble:
            if over.is_set():
                return

    troubling = asyncio.create_task(make_trouble())
    try:
        yield
    finally:
        over.set()
        await troubling


async def _kill_one_after_the_other(
    services: Services, moments: random.Random
) -> AsyncIterator[None]:
    while True:
        for name in moments.sample(OWNERS, len(OWNERS)):
            await asyncio.sleep(moments.uniform(*BETWEEN_KILLS_SECONDS))
            await asyncio.to_thread(services[name].kill)
            await asyncio.to_thread(services[name].start)
            yield


async def _kill_the_broker(servers: Servers) -> AsyncIterator[None]:
    while True:
        await asyncio.sleep(1)
        await asyncio.to_thread(servers.broker.kill)
        await asyncio.sleep(2)
        await asyncio.to_thread(servers.broker.start)
        yield
        await asyncio.sleep(5)


async def _all_is_well(servers: Servers, endings: list[Ending]) -> None:
    numbers = [ending.number for ending in endings]
    assert len(set(numbers)) == len(endings)
    for owner in OWNERS:
        database = Database(servers.database_url(owner))
        try:
            await eventually(lambda db=database: _nothing_is_left(db))
        finally:
            await database.close()


async def _nothing_is_left(database: Database) -> bool:
    async with database.session() as session:
        unsent = select(func.count()).where(outbox.c.sent_at.is_(None))
        waiting = select(func.count()).select_from(inbox_waiting)
        return (await session.scalar(unsent), await session.scalar(waiting)) == (0, 0)
