"""What carries events between services. The only place that reads a bus URL's scheme."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from shared.messaging.envelope import Envelope

Deliver = Callable[[Envelope], Awaitable[None]]
"""Returns when the effects of the event, or the fact that it waits, are committed.

Raises: only for trouble of the infrastructure; the bus then delivers the event again.
"""


Hear = Callable[[Envelope], None]
"""Takes note of an event at once; never fails, never waits."""


class NotConfirmed(Exception):
    """It is unknown whether the bus took the events: they are published again, doubles and all."""


class Bus(Protocol):
    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Returns when the bus has taken every event to keep. Raises: NotConfirmed."""

    async def subscribe(self, subscriber: str, topics: Sequence[str], deliver: Deliver) -> None:
        """Starts delivering. `topics` are names or `<prefix>.#`."""

    async def listen(
        self, listener: str, topics: Sequence[str], hear: Hear, missed: Callable[[], None]
    ) -> None:
        """Hears what is said from now on: every replica all of it, and nothing twice.

        Nothing is kept for who is away: `missed` is called when something may have been said
        meanwhile. `listener` names the service, of which there may be several.
        """

    async def is_consuming(self, subscriber: str) -> bool:
        """Whether the bus itself says that this subscriber takes events from it."""

    async def close(self) -> None:
        """Stops delivering; what was being handled is finished first."""


async def open_bus(url: str) -> Bus:
    """`amqp://…` is a RabbitMQ broker; `local://NAME` is this process itself."""
    if url.startswith("local://"):
        from shared.messaging.local import LocalBus  # noqa: PLC0415

        return LocalBus(url)
    from shared.messaging.rabbit import RabbitBus  # noqa: PLC0415

    return await RabbitBus.connect(url)
