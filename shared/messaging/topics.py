"""Topic patterns, and which queues a constellation of services needs."""

from collections.abc import Iterable, Mapping

from shared.contracts import OWNERS, all_events
from shared.messaging.subscription import Subscription


def matches(pattern: str, topic: str) -> bool:
    """`workflow.#` matches every topic that begins with `workflow.`; others match themselves."""
    return topic.startswith(pattern[:-1]) if pattern.endswith(".#") else topic == pattern


def patterns(subscriptions: Iterable[Subscription]) -> tuple[str, ...]:
    """What a service's queue is bound to.

    An ordered handler needs to see every event of the producer, handled or not: the sequence is
    the producer's, and an event that was never delivered would look like a gap.
    """
    found: set[str] = set()
    for subscription in subscriptions:
        if subscription.ordered:
            found |= {f"{prefix}.#" for prefix in prefixes(producer_of(subscription.event.topic))}
        else:
            found.add(subscription.event.topic)
    return tuple(sorted(found))


def producer_of(topic: str) -> str:
    """The service that owns the topic. Raises: KeyError for a topic that nobody owns."""
    return _PRODUCERS[topic]


def prefixes(producer: str) -> set[str]:
    return {topic.split(".")[0] for topic, owner in _PRODUCERS.items() if owner == producer}


def unheard(bindings: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Topics of the contracts that no queue is bound to."""
    heard = [pattern for topics in bindings.values() for pattern in topics]
    return tuple(
        event.topic
        for event in all_events()
        if not any(matches(pattern, event.topic) for pattern in heard)
    )


_PRODUCERS = {
    event.topic: owner
    for owner, modules in OWNERS.items()
    for event in all_events()
    if event.__module__ in {module.__name__ for module in modules}
}
