"""What only a broker can do to events: be away, restart, carry rubbish, lack a subscriber."""

from dataclasses import replace

import aio_pika
import pytest
from aiormq.exceptions import ChannelAccessRefused

from deploy.native.servers import Servers
from shared.database import new_id
from shared.messaging import Envelope
from shared.messaging.bus import NotConfirmed
from shared.messaging.rabbit import UNROUTED, RabbitBus
from shared.testing import eventually
from tests.contract.effects import (
    COUNTER,
    COUNTING,
    PUBLISHER,
    Constellation,
    fact,
    new_aggregate,
    numbers,
    publish,
)
from tests.contract.test_messaging import _all_of, _envelopes, _nothing_unsent


@pytest.fixture
def transport(topology: Servers) -> Servers:
    return topology


async def test_events_wait_for_a_consumer_that_is_away(constellation: Constellation) -> None:
    aggregate = new_aggregate()
    async with constellation.publisher() as publisher:
        await publish(publisher, fact(aggregate, 1), fact(aggregate, 2))
        await eventually(lambda: _nothing_unsent(publisher))
        async with constellation.counter(COUNTING) as counter:
            assert sorted(await eventually(lambda: _all_of(counter, aggregate, 2))) == [1, 2]


async def test_events_survive_a_broker_that_is_killed(
    constellation: Constellation, transport: Servers
) -> None:
    aggregate = new_aggregate()
    async with constellation.both() as (publisher, counter):
        await publish(publisher, fact(aggregate, 1))
        await eventually(lambda: _all_of(counter, aggregate, 1))
        transport.broker.kill()
        await publish(publisher, fact(aggregate, 2))  # succeeds: the outbox keeps it
        assert await numbers(counter, aggregate) == [1]
        transport.broker.start()
        await eventually(lambda: _all_of(counter, aggregate, 2), within=60)
        await eventually(lambda: counter.bus.is_consuming(COUNTER), within=60)


async def test_a_listener_knows_that_it_missed_something_and_hears_again(
    constellation: Constellation, transport: Servers
) -> None:
    heard: list[Envelope] = []
    missed: list[bool] = []

    async def has_missed() -> bool:
        return bool(missed)

    async def has_heard() -> bool:
        return bool(heard)

    async with (
        constellation.both() as (publisher, _),
        constellation.listener(heard.append, lambda: missed.append(True)),
    ):
        transport.broker.kill()
        transport.broker.start()
        await eventually(has_missed, within=60)
        aggregate = new_aggregate()
        await publish(publisher, fact(aggregate, 1))
        await eventually(has_heard, within=60)
    assert heard[-1].aggregate == aggregate


async def test_what_cannot_be_read_goes_to_the_dead_letters(
    constellation: Constellation, transport: Servers
) -> None:
    aggregate = new_aggregate()
    connection = await aio_pika.connect(transport.bus_url("topology"))
    async with connection, connection.channel() as channel:
        await channel.default_exchange.publish(aio_pika.Message(b"\x00"), COUNTER)
        async with constellation.both() as (publisher, counter):
            await publish(publisher, fact(aggregate, 1))
            await eventually(lambda: _all_of(counter, aggregate, 1))
        dead = await channel.declare_queue(f"{COUNTER}.dead", passive=True)
        message = await dead.get(timeout=5)
        assert message is not None
        assert message.body == b"\x00"
        await message.ack()


async def test_a_topic_without_any_queue_is_kept_where_it_is_seen(
    constellation: Constellation, transport: Servers
) -> None:
    async with constellation.publisher() as publisher:
        [envelope] = await _envelopes(publisher, [fact(new_aggregate(), 1)])
        await publisher.bus.publish([replace(envelope, topic="nobody.hears_this.v1")])
    connection = await aio_pika.connect(transport.bus_url("topology"))
    async with connection, connection.channel() as channel:
        unrouted = await channel.declare_queue(UNROUTED, passive=True)
        message = await unrouted.get(timeout=5)
        assert message is not None
        assert message.message_id == str(envelope.id)
        await message.ack()


async def test_a_service_may_only_say_and_hear_what_is_its_own(transport: Servers) -> None:
    bus = await RabbitBus.connect(transport.bus_url(PUBLISHER))
    try:
        with pytest.raises(ChannelAccessRefused):
            await bus.subscribe(COUNTER, (), _never)
    finally:
        await bus.close()


async def test_without_its_exchange_nothing_is_taken_for_sent(servers: Servers) -> None:
    bus = await RabbitBus.connect(servers.bus_url(PUBLISHER))
    bus._exchange = await (await bus._connection.channel()).get_exchange("gone", ensure=False)
    event = fact(new_aggregate(), 1)
    envelope = Envelope(
        id=new_id(),
        topic=event.topic,
        producer=PUBLISHER,
        aggregate=event.aggregate,
        sequence=1,
        time=event.voided_at,
        correlation=None,
        body=b"{}",
    )
    try:
        with pytest.raises(NotConfirmed):
            await bus.publish([envelope])
    finally:
        await bus.close()


async def _never(_envelope: object) -> None:
    raise AssertionError("nothing should be delivered here")
