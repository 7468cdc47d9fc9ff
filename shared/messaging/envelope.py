"""An event on its way: CloudEvents 1.0 attributes around the JSON body."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Envelope:
    """`sequence` counts this producer's events of this aggregate from 1 without gaps."""

    id: UUID
    topic: str
    producer: str
    aggregate: UUID
    sequence: int
    time: datetime
    correlation: str | None
    body: bytes
