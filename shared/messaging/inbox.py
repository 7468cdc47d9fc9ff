"""Bus → handler, with effects exactly once and, where asked for, in order.

A handler's effects commit together with the proof that it ran. For a handler that stands alone the
proof is a row (event, handler). Ordered handlers share a lane: there the proof is how far the lane
has come in the producer's sequence of that aggregate. What cannot be handled now is written down to
wait (`shared.messaging.waiting`); every other event flows on.

One deed brings several events of one aggregate, which arrive together: they are handled in one
transaction, in all lanes, where that works; one by one, each lane by itself, where it does not.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID
from weakref import WeakValueDictionary

from pydantic import ValidationError

from shared.contracts import Event, event_type
from shared.database import insert, is_transient
from shared.messaging import waiting
from shared.messaging.envelope import Envelope
from shared.messaging.order import ORDERED, next_held, take_turn, take_turns
from shared.messaging.subscription import Subscription
from shared.messaging.tables import inbox
from shared.messaging.topics import producer_of
from shared.messaging.waiting import Waiting
from shared.retry import Retry
from shared.telemetry import correlation_id, logger

if TYPE_CHECKING:
    from shared.transaction import Transaction

log = logger(__name__)

REASON_LENGTH = 2000

_PROVE = insert(inbox).on_conflict_do_nothing().returning(inbox.c.event_id)

OpenTransaction = Callable[[], AbstractAsyncContextManager["Transaction"]]


@dataclass(eq=False)
class _Arrival:
    """An event that has a turn, from its delivery to its handling."""

    envelope: Envelope
    handled: bool = False
    alone: bool = False  # one transaction for all of it was tried, in vain

    def follows(self, other: "_Arrival") -> bool:
        """Whether the two may share a transaction: next in order, and of the same deed."""
        mine, theirs = self.envelope, other.envelope
        return (mine.producer, mine.correlation, mine.sequence) == (
            theirs.producer,
            theirs.correlation,
            theirs.sequence + 1,
        )


class Inbox:
    """Handles events for one service. `open_transaction` is its Runtime's.

    `attempts`: how often a handler may fail by itself before its event is parked. Trouble of the
    infrastructure and `Retry` do not count.
    """

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        open_transaction: OpenTransaction,
        *,
        attempts: int,
    ) -> None:
        self._single = [s for s in subscriptions if not s.ordered]
        self._ordered = [s for s in subscriptions if s.ordered]
        self._ordered_producers = {producer_of(s.event.topic) for s in self._ordered}
        self._open = open_transaction
        self._attempts = attempts
        self._locks: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()
        self._arrivals: dict[UUID, list[_Arrival]] = {}
        self._when_waiting: Callable[[], None] = lambda: None

    def when_waiting(self, wake: Callable[[], None]) -> None:
        """Calls `wake` whenever an event was written down to wait."""
        self._when_waiting = wake

    async def deliver(self, envelope: Envelope) -> None:
        """What the bus calls. Raises only for trouble of the infrastructure."""
        token = correlation_id.set(envelope.correlation)
        try:
            if envelope.producer in self._ordered_producers:
                await self._in_turn(envelope)
            else:
                await self._lane_by_lane(envelope, self._lanes(envelope))
        finally:
            correlation_id.reset(token)

    async def attempt(self, envelope: Envelope, lane: str, *, number: int, waited: bool) -> None:
        """Handles the event in one lane, and those that waited behind it; writes down a failure.

        `waited`: the event comes from the waiting rows, where its row goes when it is handled.
        """
        if lane != ORDERED:
            await self._attempt(envelope, lane, number=number, waited=waited)
            return
        async with self._one_at_a_time(envelope.aggregate):
            await self._attempt(envelope, lane, number=number, waited=waited)

    async def _attempt(self, envelope: Envelope, lane: str, *, number: int, waited: bool) -> None:
        run = self._in_order if lane == ORDERED else self._once
        current: Envelope | None = envelope
        while current is not None:
            handling = current
            try:
                current = await run(handling, lane, waited)
            except Exception as error:
                if is_transient(error):
                    raise
                await self._put_by(handling, lane, error, number=number)
                return
            number, waited = 1, True

    def _standing_alone(self, envelope: Envelope) -> list[Subscription]:
        return [s for s in self._single if s.event.topic == envelope.topic]

    def _sharing_a_lane(self, envelope: Envelope) -> list[Subscription]:
        return [s for s in self._ordered if s.event.topic == envelope.topic]

    def _lanes(self, envelope: Envelope) -> list[str]:
        """Of handlers that stand alone."""
        return [s.name for s in self._standing_alone(envelope)]

    async def _lane_by_lane(self, envelope: Envelope, lanes: Sequence[str]) -> None:
        for lane in lanes:
            await self._attempt(envelope, lane, number=1, waited=False)

    async def _in_turn(self, envelope: Envelope) -> None:
        """With what came with it, or by itself; in any case in the order of arrival."""
        mine = _Arrival(envelope)
        arrivals = self._arrivals.setdefault(envelope.aggregate, [])
        arrivals.append(mine)
        try:
            await asyncio.sleep(0)  # what came in the same packet arrives in the same turn
            async with self._one_at_a_time(envelope.aggregate):
                if not (mine.handled or mine.alone):
                    await self._try_together(_run_of(arrivals, mine))
                if not mine.handled:
                    await self._lane_by_lane(envelope, [ORDERED, *self._lanes(envelope)])
        finally:
            arrivals.remove(mine)
            if not arrivals:
                self._arrivals.pop(envelope.aggregate, None)

    async def _try_together(self, run: Sequence[_Arrival]) -> None:
        envelopes = [arrival.envelope for arrival in run]
        try:
            async with self._open() as tx:
                await take_turns(tx, envelopes)
                for envelope in envelopes:
                    await self._run_in_all_lanes(envelope, tx)
        except Exception as error:
            log.info("not_together", events=len(run), error=repr(error))
            for arrival in run:
                arrival.alone = True
        else:
            for arrival in run:
                arrival.handled = True

    async def _run_in_all_lanes(self, envelope: Envelope, tx: "Transaction") -> None:
        ordered, single = self._sharing_a_lane(envelope), self._standing_alone(envelope)
        if not (ordered or single):
            return
        event = _decode(envelope)
        for subscription in ordered:
            await subscription.handler(event, tx)
        for subscription in single:
            await _run_once(subscription, envelope, event, tx)

    async def _once(self, envelope: Envelope, lane: str, waited: bool) -> None:
        mine = (s for s in self._standing_alone(envelope) if s.name == lane)
        subscription = next(mine, None)
        if subscription is None:
            raise LookupError(f"no handler {lane} for {envelope.topic}")
        event = _decode(envelope)
        async with self._open() as tx:
            await _run_once(subscription, envelope, event, tx)
            if waited:
                await waiting.forget(tx, envelope, lane)

    async def _in_order(self, envelope: Envelope, lane: str, waited: bool) -> Envelope | None:
        """Returns: the event that waited for this one, if any."""
        async with self._open() as tx:
            turn = await take_turn(tx, envelope)
            if turn.early:
                reason = "an earlier event of this aggregate has not been handled yet"
                await waiting.write(
                    tx,
                    envelope,
                    lane,
                    state=Waiting.GAP,
                    attempts=0,
                    next_attempt_at=None,
                    reason=reason,
                )
                return None
            if turn.mine:
                await self._run_ordered(envelope, tx)
            if waited:
                await waiting.forget(tx, envelope, lane)
            return await next_held(tx, envelope, turn) if turn.holding else None

    async def _run_ordered(self, envelope: Envelope, tx: "Transaction") -> None:
        handlers = self._sharing_a_lane(envelope)
        if handlers:
            event = _decode(envelope)
            for subscription in handlers:
                await subscription.handler(event, tx)

    @asynccontextmanager
    async def _one_at_a_time(self, aggregate: UUID) -> AsyncIterator[None]:
        # Events that arrive together are handled in the order of arrival, so that they need not
        # wait for each other in the database.
        lock = self._locks.setdefault(aggregate, asyncio.Lock())
        async with lock:
            yield

    async def _put_by(
        self, envelope: Envelope, lane: str, error: Exception, *, number: int
    ) -> None:
        asked = isinstance(error, Retry)
        # A body that cannot be read will not read better later.
        again = asked or (number < self._attempts and not isinstance(error, ValidationError))
        state = Waiting.RETRY if again else Waiting.PARKED
        report = log.info if asked else log.error
        report(
            "event_waits",
            state=state,
            event_id=str(envelope.id),
            topic=envelope.topic,
            handler=lane,
            attempt=number,
            exc_info=None if asked else error,
        )
        async with self._open() as tx:
            await waiting.write(
                tx,
                envelope,
                lane,
                state=state,
                attempts=number,
                next_attempt_at=tx.now + waiting.delay(number) if again else None,
                reason=f"{type(error).__name__}: {error}"[:REASON_LENGTH],
            )
        self._when_waiting()


async def _run_once(
    subscription: Subscription, envelope: Envelope, event: Event, tx: "Transaction"
) -> None:
    proof = {"event_id": envelope.id, "handler": subscription.name, "handled_at": tx.now}
    first = await tx.session.execute(_PROVE, proof)
    if first.first() is not None:
        await subscription.handler(event, tx)


def _decode(envelope: Envelope) -> Event:
    kind = event_type(envelope.topic)
    if kind is None:
        raise LookupError(f"unknown topic {envelope.topic}")
    return kind.decode(envelope.body)


def _run_of(arrivals: Sequence[_Arrival], mine: _Arrival) -> list[_Arrival]:
    """`mine` and what follows it without a gap."""
    run = [mine]
    waiting = (a for a in arrivals if not (a.handled or a.alone))
    for arrival in sorted(waiting, key=lambda a: a.envelope.sequence):
        if arrival.follows(run[-1]):
            run.append(arrival)
    return run
