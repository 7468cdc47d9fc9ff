"""The ways out. Each is a file; all look the same to the dispatcher."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from notify_svc.domain import Message, Result


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one person by one channel. A second try is the same parcel, down to its id."""

    delivery_id: UUID
    to: str
    person_name: str
    message: Message
    written_at: datetime


class Sender(Protocol):
    """Sends by one channel."""

    async def send(self, parcel: Parcel) -> Result:
        """Says what became of it, within the channel's own time limit."""
        ...
