"""What a service does about an event."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from shared.contracts import Event

if TYPE_CHECKING:
    from shared.transaction import Transaction

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Subscription:
    """`handler` runs in a transaction of its own, once for each event that commits."""

    event: type[Event]
    handler: Callable[[Any, "Transaction"], Awaitable[None]]
    ordered: bool

    @property
    def name(self) -> str:
        return self.handler.__name__


def on(
    event: type[E],
    handler: Callable[[E, "Transaction"], Awaitable[None]],
    *,
    ordered: bool = False,
) -> Subscription:
    """Subscribes `handler` to `event`.

    With `ordered`, it sees one producer's events of one aggregate in the order they happened: an
    early one is held until the gap is filled, and a failing one holds back those behind it.
    """
    return Subscription(event, handler, ordered)
