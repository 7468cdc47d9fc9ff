"""The promises of the message ground, the same on every transport."""

from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from shared.contracts.document import Voided
from shared.messaging import Envelope, Retry, Subscription, on, outbox
from shared.messaging.dead_letters import replay, waiting_events
from shared.messaging.tables import outbox as outbox_table
from shared.service import Runtime
from shared.testing import eventually
from shared.transaction import Transaction
from tests.contract.effects import (
    COUNTING_IN_ORDER,
    Constellation,
    count_it,
    fact,
    new_aggregate,
    numbers,
    publish,
)


async def test_what_is_published_has_its_effect(constellation: Constellation) -> None:
    aggregate = new_aggregate()
    async with constellation.both() as (publisher, counter):
        await publish(publisher, fact(aggregate, 1), fact(aggregate, 2))
        seen = await eventually(lambda: _all_of(counter, aggregate, 2))
    assert sorted(seen) == [1, 2]


async def test_a_transaction_that_fails_publishes_nothing(constellation: Constellation) -> None:
    lost, kept = new_aggregate(), new_aggregate()
    async with constellation.both() as (publisher, counter):
        with pytest.raises(RuntimeError, match="changed its mind"):
            await _publish_and_fail(publisher, fact(lost, 1))
        await publish(publisher, fact(kept, 1))
        await eventually(lambda: _all_of(counter, kept, 1))
        assert await numbers(counter, lost) == []


async def test_an_event_that_comes_twice_has_one_effect(constellation: Constellation) -> None:
    aggregate, other = new_aggregate(), new_aggregate()
    async with constellation.both() as (publisher, counter):
        await publish(publisher, fact(aggregate, 1))
        await eventually(lambda: _all_of(counter, aggregate, 1))
        await _publish_again(publisher)
        await publish(publisher, fact(other, 1))
        await eventually(lambda: _all_of(counter, other, 1))
        assert await numbers(counter, aggregate) == [1]


async def test_ordered_handlers_see_an_aggregate_in_its_order(constellation: Constellation) -> None:
    aggregate = new_aggregate()
    async with constellation.counter(COUNTING_IN_ORDER) as counter:
        async with constellation.publisher() as publisher:
            await publish(publisher, *(fact(aggregate, n) for n in range(1, 7)))
            await eventually(lambda: _all_of(counter, aggregate, 6))
            late = new_aggregate()
            envelopes = await _envelopes(publisher, [fact(late, n) for n in range(1, 6)])
            for position in (3, 1, 4, 0, 2):
                await publisher.bus.publish([envelopes[position]])
            seen = await eventually(lambda: _all_of(counter, late, 5))
        assert seen == [1, 2, 3, 4, 5]
        assert await numbers(counter, aggregate) == [1, 2, 3, 4, 5, 6]
        assert await _waiting(counter) == []


async def test_a_handler_that_fails_is_tried_again(constellation: Constellation) -> None:
    aggregate, failures = new_aggregate(), iter([ValueError("first"), ValueError("second")])

    async def fail_twice(event: Voided, tx: Transaction) -> None:
        await count_it(event, tx)
        for failure in failures:
            raise failure

    async with constellation.both((on(Voided, fail_twice),)) as (publisher, counter):
        await publish(publisher, fact(aggregate, 1))
        await eventually(lambda: _all_of(counter, aggregate, 1))
        assert await numbers(counter, aggregate) == [1]
        assert await _waiting(counter) == []


async def test_a_handler_may_ask_to_be_tried_later_as_often_as_it_likes(
    constellation: Constellation,
) -> None:
    aggregate, tries = new_aggregate(), []

    async def wait_for_it(event: Voided, tx: Transaction) -> None:
        tries.append(event.revision)
        if len(tries) < 3:
            raise Retry("not there yet")
        await count_it(event, tx)

    async with constellation.both((on(Voided, wait_for_it),)) as (publisher, counter):
        await publish(publisher, fact(aggregate, 1))
        assert await eventually(lambda: _all_of(counter, aggregate, 1)) == [1]


@pytest.mark.parametrize("ordered", [False, True])
async def test_a_poison_event_is_parked_and_others_flow_on(
    constellation: Constellation, ordered: bool
) -> None:
    poisoned, healthy = new_aggregate(), new_aggregate()
    cured = False

    async def stumble(event: Voided, tx: Transaction) -> None:
        if event.request_id == poisoned and event.revision == 1 and not cured:
            raise ValueError("cannot digest this")
        await count_it(event, tx)

    handlers: tuple[Subscription, ...] = (on(Voided, stumble, ordered=ordered),)
    async with constellation.both(handlers) as (publisher, counter):
        await publish(publisher, fact(poisoned, 1), fact(poisoned, 2), fact(healthy, 1))
        await eventually(lambda: _all_of(counter, healthy, 1))
        [parked] = await eventually(lambda: _parked(counter))
        assert "cannot digest this" in parked["reason"]
        assert await numbers(counter, poisoned) == ([] if ordered else [2])
        cured = True
        assert await _replay(counter, parked["event_id"]) == 1
        seen = await eventually(lambda: _all_of(counter, poisoned, 2))
        assert seen == ([1, 2] if ordered else [2, 1])
        assert await _waiting(counter) == []


async def test_events_wait_for_a_subscriber_in_trouble(constellation: Constellation) -> None:
    aggregate, in_trouble = new_aggregate(), True

    async def count_when_well(event: Voided, tx: Transaction) -> None:
        if in_trouble:
            raise ConnectionError("its database is away")
        await count_it(event, tx)

    async with constellation.both((on(Voided, count_when_well),)) as (publisher, counter):
        await publish(publisher, fact(aggregate, 1), fact(aggregate, 2))
        await eventually(lambda: _published(publisher, 2))
        assert await numbers(counter, aggregate) == []
        assert await _waiting(counter) == []
        in_trouble = False
        assert sorted(await eventually(lambda: _all_of(counter, aggregate, 2))) == [1, 2]


async def test_replicas_share_the_work(constellation: Constellation) -> None:
    aggregates = [new_aggregate() for _ in range(20)]
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(constellation.counter(COUNTING_IN_ORDER))
        if not first.settings.bus_url.startswith("local"):
            await stack.enter_async_context(constellation.counter(COUNTING_IN_ORDER))
        publisher = await stack.enter_async_context(constellation.publisher())
        for number in range(1, 6):
            await publish(publisher, *(fact(aggregate, number) for aggregate in aggregates))
        for aggregate in aggregates:
            seen = await eventually(lambda a=aggregate: _all_of(first, a, 5))
            assert seen == [1, 2, 3, 4, 5]


async def _publish_and_fail(runtime: Runtime, event: Voided) -> None:
    async with runtime.transaction() as tx:
        tx.publish(event)
        raise RuntimeError("changed its mind")


async def _all_of(runtime: Runtime, aggregate, count: int) -> list[int]:
    seen = await numbers(runtime, aggregate)
    return seen if len(seen) >= count else []


async def _parked(runtime: Runtime) -> list[dict]:
    return [row for row in await _waiting(runtime) if row["state"] == "parked"]


async def _published(runtime: Runtime, count: int) -> bool:
    async with runtime.database.session() as session:
        return await session.scalar(select(func.count()).select_from(outbox_table)) == count


async def _nothing_unsent(runtime: Runtime) -> bool:
    async with runtime.database.session() as session:
        unsent = select(func.count()).where(outbox_table.c.sent_at.is_(None))
        return not await session.scalar(unsent)


async def _publish_again(publisher: Runtime) -> None:
    async with publisher.database.session() as session:
        await session.execute(outbox_table.update().values(sent_at=None))
    await eventually(lambda: _nothing_unsent(publisher))


async def _envelopes(publisher: Runtime, events: list[Voided]):
    """Events as the outbox numbers them, taken out of it before the relay gets to see them."""
    async with publisher.database.session() as session:
        await outbox.store(session, events, now=events[0].voided_at)
        taken = list((await outbox.unsent(session, "document", limit=100)).items())
        await outbox.mark_sent(session, [p for p, _ in taken], now=events[0].voided_at)
    return [envelope for _, envelope in taken]


async def test_every_listener_hears_what_is_said_from_now_on(
    constellation: Constellation,
) -> None:
    before, after = new_aggregate(), new_aggregate()
    heard: list[Envelope] = []
    also_heard: list[Envelope] = []
    async with constellation.both() as (publisher, counter):
        await publish(publisher, fact(before, 1))
        await eventually(lambda: _all_of(counter, before, 1))
        async with (
            constellation.listener(heard.append),
            constellation.listener(also_heard.append),
        ):
            await publish(publisher, fact(after, 1))

            async def both_heard() -> bool:
                return bool(heard and also_heard)

            await eventually(both_heard)
    assert [envelope.aggregate for envelope in (*heard, *also_heard)] == [after, after]


async def _waiting(runtime: Runtime) -> list[dict[str, Any]]:
    async with runtime.transaction() as tx:
        return await waiting_events(tx)


async def _replay(runtime: Runtime, event: UUID) -> int:
    async with runtime.transaction() as tx:
        return await replay(tx, event)
