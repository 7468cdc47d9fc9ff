"""Both transports, each with the database it goes with."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aio_pika
import pytest

from deploy.native.servers import Servers
from shared.database import new_id
from shared.messaging import topics
from shared.messaging.rabbit import declare_topology
from tests.conftest import fresh_database
from tests.contract.effects import COUNTER, COUNTING, COUNTING_IN_ORDER, PUBLISHER, Constellation


@pytest.fixture(scope="session")
def topology(servers: Servers) -> Servers:
    """The queues of the suite on the run's broker: bound to everything the publisher says."""
    heard = {*topics.patterns(COUNTING), *topics.patterns(COUNTING_IN_ORDER)}
    asyncio.run(declare_topology(servers.bus_url("topology"), {COUNTER: heard, PUBLISHER: ()}))
    return servers


@pytest.fixture(params=["local", "rabbit"])
def transport(request: pytest.FixtureRequest) -> Servers | None:
    """None for the bus of one process."""
    return None if request.param == "local" else request.getfixturevalue("topology")


@pytest.fixture
async def constellation(
    transport: Servers | None, tmp_path: Path, organisation_file: Path
) -> AsyncIterator[Constellation]:
    if transport is None:
        name = f"local://{new_id()}"

        async def file_of(service: str) -> str:
            return f"sqlite+aiosqlite:///{tmp_path / service}.db"

        yield Constellation(lambda _service: name, file_of, tmp_path, organisation_file)
        return
    async with (
        fresh_database(transport) as counting,
        fresh_database(transport) as publishing,
    ):
        urls = {COUNTER: counting, PUBLISHER: publishing}

        async def url_of(service: str) -> str:
            return urls[service]

        await _empty(transport)
        yield Constellation(transport.bus_url, url_of, tmp_path, organisation_file)


async def _empty(servers: Servers) -> None:
    connection = await aio_pika.connect(servers.bus_url("topology"))
    async with connection, connection.channel() as channel:
        for name in (COUNTER, f"{COUNTER}.dead"):
            queue = await channel.declare_queue(name, passive=True)
            await queue.purge()
