"""The bus of one process. Durable without a store of its own.

`publish` returns only when every subscriber has committed, and until then the event stays unsent
in its producer's outbox: a crash in between delivers it again, as a broker would.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from shared.messaging.bus import Deliver, Hear, NotConfirmed
from shared.messaging.envelope import Envelope
from shared.messaging.topics import matches
from shared.telemetry import logger

log = logger(__name__)

CONCURRENCY = 8  # deliveries to one subscriber at once


@dataclass
class _Subscriber:
    topics: tuple[str, ...]
    deliver: Deliver
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENCY))


@dataclass(frozen=True, eq=False)
class _Listener:
    topics: tuple[str, ...]
    hear: Hear


class LocalBus:
    """One service's end of the bus; the ends that share a name share the subscribers."""

    _by_name: ClassVar[dict[str, dict[str, _Subscriber]]] = {}
    _listening: ClassVar[dict[str, list[_Listener]]] = {}

    def __init__(self, name: str) -> None:
        self._subscribers = self._by_name.setdefault(name, {})
        self._own: list[str] = []
        self._listeners = self._listening.setdefault(name, [])
        self._own_listeners: list[_Listener] = []

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        deliveries = [
            self._deliver(name, subscriber, envelope)
            for envelope in envelopes
            for name, subscriber in self._subscribers.items()
            if any(matches(pattern, envelope.topic) for pattern in subscriber.topics)
        ]
        if not all(await asyncio.gather(*deliveries)):
            raise NotConfirmed
        for envelope in envelopes:
            for listener in self._listeners:
                if any(matches(pattern, envelope.topic) for pattern in listener.topics):
                    listener.hear(envelope)

    async def _deliver(self, name: str, subscriber: _Subscriber, envelope: Envelope) -> bool:
        async with subscriber.slots:
            try:
                await subscriber.deliver(envelope)
            except Exception as error:
                log.warning("not_delivered", to=name, event_id=str(envelope.id), error=repr(error))
                return False
            return True

    async def subscribe(self, subscriber: str, topics: Sequence[str], deliver: Deliver) -> None:
        self._subscribers[subscriber] = _Subscriber(tuple(topics), deliver)
        self._own.append(subscriber)

    async def listen(
        self, _listener: str, topics: Sequence[str], hear: Hear, _missed: Callable[[], None]
    ) -> None:
        """Heard when every subscriber has committed; nothing is ever missed."""
        listener = _Listener(tuple(topics), hear)
        self._listeners.append(listener)
        self._own_listeners.append(listener)

    async def is_consuming(self, subscriber: str) -> bool:
        return subscriber in self._subscribers

    async def close(self) -> None:
        for subscriber in self._own:
            self._subscribers.pop(subscriber, None)
        for listener in self._own_listeners:
            self._listeners.remove(listener)
        self._own_listeners.clear()
