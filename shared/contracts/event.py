"""What every event is: an immutable fact, named in the past tense, owned by one service."""

from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

_BY_TOPIC: dict[str, type["Event"]] = {}


class Fact(BaseModel):
    """A part of an event. Frozen, and closed: an unknown field is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Event(Fact):
    """A fact that its owner publishes. A breaking change makes a new topic (`.v2`) beside the old.

    `aggregate` is the id whose history the event belongs to: events of one aggregate from one
    producer are numbered without gaps, so that a consumer can tell their order.
    """

    topic: ClassVar[str]
    aggregate_field: ClassVar[str]

    def __init_subclass__(cls, *, topic: str, aggregate: str = "request_id", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if topic in _BY_TOPIC:
            raise TypeError(f"two events claim the topic {topic}")
        cls.topic = topic
        cls.aggregate_field = aggregate
        _BY_TOPIC[topic] = cls

    @property
    def aggregate(self) -> UUID:
        value: UUID = getattr(self, self.aggregate_field)
        return value

    @classmethod
    def decode(cls, body: bytes) -> Self:
        """Raises: pydantic.ValidationError when the body is not this event."""
        return cls.model_validate_json(body)


def event_type(topic: str) -> type[Event] | None:
    return _BY_TOPIC.get(topic)


def all_events() -> tuple[type[Event], ...]:
    return tuple(_BY_TOPIC[topic] for topic in sorted(_BY_TOPIC))
