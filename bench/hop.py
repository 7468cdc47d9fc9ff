"""The hop: from a commit in one process to the committed effect in another, over RabbitMQ.

Baselines of the same run: a bare asyncpg transaction of two rows, and a bare confirmed publish to
its consumption with aio-pika on the same kind of queue.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import aio_pika
import asyncpg

from bench.figures import Figure, median, percentile
from deploy.native.servers import Servers
from deploy.stack import Stack
from shared.database import Database, new_id
from shared.identity import create_identity_keys
from shared.messaging import Envelope, topics
from shared.messaging.inbox import Inbox
from shared.messaging.rabbit import QUORUM, declare_topology
from shared.service import at_work, prepared
from tests.contract.effects import (
    COUNTER,
    COUNTING,
    PUBLISHER,
    Settings,
    fact,
    new_aggregate,
    publish,
    service,
)

ORGANISATION = Path(__file__).parents[1] / "deploy/demonstration/organisation.toml"
EVENTS = 1000
PER_SECOND = 50


def figures() -> list[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder) / "servers").servers() as servers,
    ):
        return asyncio.run(_measure(servers, Path(folder)))


async def _measure(servers: Servers, folder: Path) -> list[Figure]:
    heard = topics.patterns(COUNTING)
    await declare_topology(servers.bus_url("topology"), {COUNTER: heard, PUBLISHER: ()})
    transaction = await _bare_transaction(servers)
    carried = await _bare_publish(servers)
    hops = await _hops(servers, folder)
    return [
        Figure("commit → effect in another process, p50", median(hops), "ms", None, "< 5 ms"),
        Figure(
            "commit → effect in another process, p99", percentile(hops, 0.99), "ms", None, "< 20 ms"
        ),
        Figure("hop p50 against a bare publish → consume", median(hops), "ms", median(carried)),
        Figure("baseline: bare asyncpg transaction, p50", median(transaction), "ms"),
        Figure("baseline: bare confirmed publish → consume, p50", median(carried), "ms"),
    ]


def settings(servers: Servers, name: str, folder: Path) -> Settings:
    return Settings(
        database_url=servers.database_url(name),
        bus_url=servers.bus_url(name),
        files_url=f"file://{folder}",
        organisation_file=ORGANISATION,
        identity_public_key=create_identity_keys(folder)[1],
    )


async def _hops(servers: Servers, folder: Path) -> list[float]:
    consumer = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.hop",
        settings(servers, COUNTER, folder).model_dump_json(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert consumer.stdout
    await consumer.stdout.readline()  # it consumes
    committed: dict[str, int] = {}
    async with (
        prepared(service(PUBLISHER), settings(servers, PUBLISHER, folder)) as publisher,
        at_work(publisher),
    ):
        for number in range(EVENTS):
            event = fact(new_aggregate(), number)
            await publish(publisher, event)
            committed[str(event.request_id)] = time.monotonic_ns()
            await asyncio.sleep(1 / PER_SECOND)
        hops = []
        while len(hops) < EVENTS:
            aggregate, at = (await consumer.stdout.readline()).decode().split()
            hops.append((int(at) - committed[aggregate]) / 1e6)
    consumer.terminate()
    await consumer.wait()
    return hops


async def _consume(own: Settings) -> None:
    async with prepared(service(COUNTER, *COUNTING), own) as runtime:
        inbox = Inbox(COUNTING, runtime.transaction, attempts=1)

        async def timed(envelope: Envelope) -> None:
            await inbox.deliver(envelope)
            print(envelope.aggregate, time.monotonic_ns(), flush=True)

        await runtime.bus.subscribe(COUNTER, topics.patterns(COUNTING), timed)
        print("ready", flush=True)
        await asyncio.Event().wait()


async def _bare_transaction(servers: Servers) -> list[float]:
    url = Database(servers.database_url(PUBLISHER)).engine.url.set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    await connection.execute("CREATE TEMP TABLE bare (id uuid, body text)")
    taken = []
    for _ in range(EVENTS):
        start = time.monotonic_ns()
        async with connection.transaction():
            for _row in range(2):
                await connection.execute("INSERT INTO bare VALUES ($1, 'x')", new_id())
        taken.append((time.monotonic_ns() - start) / 1e6)
    await connection.close()
    return taken


async def _bare_publish(servers: Servers) -> list[float]:
    connection = await aio_pika.connect(servers.bus_url("topology"))
    taken: list[float] = []
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("bare", durable=True, arguments=QUORUM)
        arrived = asyncio.Event()

        async def take(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            await message.ack()
            arrived.set()

        await queue.consume(take)
        publishing = await connection.channel()
        for _ in range(EVENTS):
            arrived.clear()
            start = time.monotonic_ns()
            message = aio_pika.Message(b"x" * 400, delivery_mode=2)
            await publishing.default_exchange.publish(message, "bare")
            await arrived.wait()
            taken.append((time.monotonic_ns() - start) / 1e6)
    return taken


if __name__ == "__main__":
    asyncio.run(_consume(Settings.model_validate_json(sys.argv[1])))
