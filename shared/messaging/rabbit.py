"""The bus on RabbitMQ, alike on 3.10 and 4.x.

One durable topic exchange; one quorum queue a service, bound to what its handlers need; what a
queue gives up on (unreadable, or the consumer died of it a hundred times) goes to `<service>.dead`.
The topology of all services is declared before anyone publishes (`declare_topology`): an event
published before a subscriber's queue exists would be lost to that subscriber.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aio_pika
from aio_pika.abc import (
    AbstractExchange,
    AbstractIncomingMessage,
    AbstractRobustConnection,
)
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from pamqp.common import FieldTable

from shared.messaging import topics
from shared.messaging.bus import Deliver, Hear, NotConfirmed
from shared.messaging.envelope import Envelope
from shared.telemetry import logger

log = logger(__name__)

EXCHANGE = "sealflow.events"
UNROUTED = "sealflow.unrouted"  # whatever no queue is bound to: watched, should be empty
UNHEARD = "sealflow.unheard"  # topics that no service of this installation needs

PREFETCH = 32
CONFIRM_SECONDS = 5.0
HEARTBEAT_SECONDS = 10
RECONNECT_SECONDS = 1.0
RETRY_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)  # infrastructure trouble; the last one repeats
TOPOLOGY_SECONDS = 60.0  # how long a starting service waits for its queue to be declared
# A queue younger than about a second was seen not to survive kill -9 of a single node.
SETTLE_SECONDS = 2.0

HEARD_AT_MOST = 10_000  # events that wait for a listener; the oldest are dropped

QUORUM: FieldTable = {"x-queue-type": "quorum"}


def queue_arguments(service: str) -> FieldTable:
    """The same on every version: 4.x would otherwise drop a message after twenty deliveries."""
    return {
        **QUORUM,
        "x-delivery-limit": 100,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": f"{service}.dead",
        "x-dead-letter-strategy": "at-least-once",
    }


async def declare_topology(url: str, bindings: Mapping[str, Iterable[str]]) -> None:
    """Declares the exchange and every service's queues. Safe to repeat.

    `bindings`: service name → topics its queue is bound to. Bindings that are no longer listed
    stay: taking one away is an operator's decision, for it loses what was on its way.
    """
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        known = await _exists(connection, list(bindings))
        unrouted = await channel.declare_exchange(UNROUTED, "fanout", durable=True)
        queue = await channel.declare_queue(
            UNROUTED, durable=True, arguments={**QUORUM, "x-max-length": 10_000}
        )
        await queue.bind(unrouted)
        events = await channel.declare_exchange(
            EXCHANGE, "topic", durable=True, arguments={"alternate-exchange": UNROUTED}
        )
        for service, patterns in bindings.items():
            await channel.declare_queue(f"{service}.dead", durable=True, arguments=QUORUM)
            queue = await channel.declare_queue(
                service, durable=True, arguments=queue_arguments(service)
            )
            for pattern in patterns:
                await queue.bind(events, pattern)
        unheard = await channel.declare_queue(
            UNHEARD, durable=True, arguments={**QUORUM, "x-max-length": 1}
        )
        for topic in topics.unheard(bindings):
            await unheard.bind(events, topic)
    if not known:
        await asyncio.sleep(SETTLE_SECONDS)


async def _exists(connection: aio_pika.abc.AbstractConnection, queues: Sequence[str]) -> bool:
    for name in queues:
        try:
            async with connection.channel() as channel:
                await channel.declare_queue(name, passive=True)
        except ChannelNotFoundEntity:
            return False
    return True


class RabbitBus:
    def __init__(self, connection: AbstractRobustConnection) -> None:
        self._connection = connection
        self._exchange: AbstractExchange | None = None
        self._consumers: dict[str, tuple[aio_pika.abc.AbstractRobustQueue, str]] = {}
        self._handling: set[asyncio.Task[None]] = set()

    @classmethod
    async def connect(cls, url: str) -> "RabbitBus":
        connection = await aio_pika.connect_robust(
            url, heartbeat=HEARTBEAT_SECONDS, reconnect_interval=RECONNECT_SECONDS
        )
        return cls(connection)

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        try:
            async with asyncio.timeout(CONFIRM_SECONDS):
                exchange = await self._publishing()
                results = await asyncio.gather(
                    *(
                        exchange.publish(_message(envelope), envelope.topic, mandatory=True)
                        for envelope in envelopes
                    ),
                    return_exceptions=True,
                )
        except (TimeoutError, AMQPError, ConnectionError, RuntimeError) as error:
            raise NotConfirmed from error
        failed = next((result for result in results if isinstance(result, BaseException)), None)
        if failed is not None:
            raise NotConfirmed from failed

    async def _publishing(self) -> AbstractExchange:
        if self._exchange is None:
            channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            self._exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        return self._exchange

    async def subscribe(self, subscriber: str, topics: Sequence[str], deliver: Deliver) -> None:
        """`topics` are bound by `declare_topology`; here the queue is only found."""
        queue = await self._queue(subscriber)

        async def take(message: AbstractIncomingMessage) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._handling.add(task)
                task.add_done_callback(self._handling.discard)
            await _handle(message, deliver)

        tag = await queue.consume(take)
        self._consumers[subscriber] = (queue, tag)

    async def _queue(self, name: str) -> aio_pika.abc.AbstractRobustQueue:
        deadline = asyncio.get_running_loop().time() + TOPOLOGY_SECONDS
        while True:
            channel = await self._connection.channel()
            try:
                await channel.set_qos(prefetch_count=PREFETCH)
                return await channel.declare_queue(name, passive=True)
            except ChannelNotFoundEntity:
                await channel.close()
                if asyncio.get_running_loop().time() > deadline:
                    raise
                log.warning("waiting_for_topology", queue=name)
                await asyncio.sleep(RECONNECT_SECONDS)

    async def listen(
        self, listener: str, topics: Sequence[str], hear: Hear, missed: Callable[[], None]
    ) -> None:
        """Through an exclusive queue that ends with the connection; the next one has another.

        A name of its own each time: the broker may still hold the old queue for the connection
        that broke.
        """

        async def take(message: AbstractIncomingMessage) -> None:
            try:
                envelope = _envelope(message)
            except (KeyError, ValueError, TypeError) as error:
                log.warning("unreadable_message", message_id=message.message_id, error=repr(error))
            else:
                hear(envelope)

        channel = await self._connection.channel()

        async def tune_in() -> None:
            queue = await channel.declare_queue(
                f"{listener}.live.{uuid4().hex}",
                durable=False,
                exclusive=True,
                auto_delete=True,
                arguments={"x-max-length": HEARD_AT_MOST},
                robust=False,
            )
            for pattern in topics:
                await queue.bind(EXCHANGE, pattern, robust=False)
            await queue.consume(take, no_ack=True, robust=False)

        async def again(_connection: object) -> None:
            await tune_in()
            missed()

        await tune_in()
        self._connection.reconnect_callbacks.add(again)

    async def is_consuming(self, subscriber: str) -> bool:
        """Asks the broker: consumers have been seen to vanish silently after its restart."""
        if subscriber not in self._consumers:
            return False
        async with self._connection.channel() as channel:
            queue = await channel.declare_queue(subscriber, passive=True)
            return bool(queue.declaration_result.consumer_count)

    async def close(self) -> None:
        for queue, tag in self._consumers.values():
            try:
                await queue.cancel(tag)
            except (AMQPError, ConnectionError, RuntimeError):
                log.warning("consumer_gone")
        self._consumers.clear()
        await asyncio.gather(*self._handling, return_exceptions=True)
        await self._connection.close()


async def _handle(message: AbstractIncomingMessage, deliver: Deliver) -> None:
    try:
        envelope = _envelope(message)
    except (KeyError, ValueError, TypeError) as error:
        log.error("unreadable_message", message_id=message.message_id, error=repr(error))
        await message.reject(requeue=False)
        return
    attempt = 0
    while not message.channel.is_closed:
        try:
            await deliver(envelope)
            await message.ack()
        except asyncio.CancelledError:
            # aiormq raises this for a dead heartbeat, too; either way the broker delivers again.
            raise
        except Exception as error:
            pause = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)]
            log.warning("delivery_waits", event_id=str(envelope.id), error=repr(error))
            await asyncio.sleep(pause)
            attempt += 1
        else:
            return


def _message(envelope: Envelope) -> aio_pika.Message:
    """CloudEvents 1.0, binary content mode of the AMQP binding."""
    headers = {
        "cloudEvents:specversion": "1.0",
        "cloudEvents:id": str(envelope.id),
        "cloudEvents:type": envelope.topic,
        "cloudEvents:source": f"/sealflow/{envelope.producer}",
        "cloudEvents:subject": str(envelope.aggregate),
        "cloudEvents:time": envelope.time.astimezone(UTC).isoformat(),
        "cloudEvents:sequence": envelope.sequence,
    }
    if envelope.correlation:
        headers["cloudEvents:correlationid"] = envelope.correlation
    return aio_pika.Message(
        envelope.body,
        headers=headers,  # type: ignore[arg-type]
        message_id=str(envelope.id),
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
    )


def _envelope(message: AbstractIncomingMessage) -> Envelope:
    headers = message.headers
    correlation = headers.get("cloudEvents:correlationid")
    return Envelope(
        id=UUID(str(headers["cloudEvents:id"])),
        topic=str(headers["cloudEvents:type"]),
        producer=str(headers["cloudEvents:source"]).removeprefix("/sealflow/"),
        aggregate=UUID(str(headers["cloudEvents:subject"])),
        sequence=int(str(headers["cloudEvents:sequence"])),
        time=datetime.fromisoformat(str(headers["cloudEvents:time"])),
        correlation=str(correlation) if correlation else None,
        body=message.body,
    )
