"""One way of a change: rows and the events about them commit together, or not at all."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts import Event

if TYPE_CHECKING:
    from shared.service import Runtime


class Transaction:
    """What an action works with. Only `Runtime.transaction` opens and commits one.

    `now` is aware UTC and the same throughout, so that what happened together has one time.
    """

    def __init__(self, session: AsyncSession, runtime: "Runtime", now: datetime) -> None:
        self.session = session
        self.runtime = runtime
        self.now = now
        self.events: list[Event] = []
        self.jobs: set[str] = set()

    def publish(self, event: Event) -> None:
        """Publishes when, and only when, the transaction commits."""
        self.events.append(event)

    def wake(self, job: str) -> None:
        """After the commit, runs the service's job of that name without waiting for its turn."""
        self.jobs.add(job)
