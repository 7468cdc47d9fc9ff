"""A service on trial: the real one, on a real database, alone in the test's process.

Other services' events are handed to it as their producer would have numbered them; what it
publishes is read from its own outbox.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx
from sqlalchemy import func, select

from shared.contracts import Event, event_type
from shared.database import new_id
from shared.identity import IdentityIssuer, User, create_identity_keys
from shared.messaging import Envelope
from shared.messaging.inbox import Inbox
from shared.messaging.tables import inbox_waiting, outbox
from shared.messaging.topics import producer_of
from shared.messaging.waiting import Sweeper
from shared.run import application
from shared.service import Runtime, Service, prepared

T = TypeVar("T")

PATIENCE_SECONDS = 15.0


async def eventually(
    look: Callable[[], Coroutine[Any, Any, T]], *, within: float = PATIENCE_SECONDS
) -> T:
    """Looks again until what is there is truthy, and returns it; fails with the last look."""
    deadline = asyncio.get_running_loop().time() + within
    while True:
        found = await look()
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {within} s; last seen: {found!r}")
        await asyncio.sleep(0.02)


@dataclass
class Trial:
    """What a test holds of a running service."""

    runtime: Runtime
    app: Any
    _issuer: IdentityIssuer
    _inbox: Inbox
    _sweeper: Sweeper
    _sequences: dict[tuple[str, UUID], int] = field(default_factory=dict)

    def client(self, user: User | None = None) -> httpx.AsyncClient:
        """A client that calls as the gateway does for this person, or for nobody."""
        headers = {}
        if user is not None:
            token = self._issuer.token(user, audience=self.runtime.service.name)
            headers["Authorization"] = f"Bearer {token}"
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers)

    def envelope(self, event: Event) -> Envelope:
        """The event as its owner would send it: numbered next in its aggregate."""
        producer = producer_of(event.topic)
        key = (producer, event.aggregate)
        self._sequences[key] = self._sequences.get(key, 0) + 1
        return Envelope(
            id=new_id(),
            topic=event.topic,
            producer=producer,
            aggregate=event.aggregate,
            sequence=self._sequences[key],
            time=datetime.now(UTC),
            correlation=None,
            body=event.model_dump_json().encode(),
        )

    async def deliver(self, *events: Event | Envelope) -> None:
        """Hands over events as the bus does; an Envelope given twice is a redelivery."""
        for event in events:
            envelope = event if isinstance(event, Envelope) else self.envelope(event)
            await self._inbox.deliver(envelope)

    async def sweep(self) -> None:
        """Tries again what waits and is due."""
        await self._sweeper.sweep()

    async def waiting(self) -> list[tuple[str, str]]:
        """State and reason of each event that waits."""
        async with self.runtime.database.session() as session:
            rows = await session.execute(select(inbox_waiting.c.state, inbox_waiting.c.reason))
            return [(row.state, row.reason) for row in rows]

    async def published(self, kind: type[Event] | None = None) -> list[Any]:
        """The service's events so far, in the order of their commits; of one kind if given."""
        async with self.runtime.database.session() as session:
            rows = await session.execute(
                select(outbox.c.topic, outbox.c.body).order_by(outbox.c.position)
            )
            found = []
            for row in rows:
                type_ = event_type(row.topic)
                assert type_ is not None  # noqa: S101
                found.append(type_.decode(row.body))
        return [event for event in found if kind is None or isinstance(event, kind)]

    async def count(self, table: Any) -> int:
        """How many rows a table or a mapped class has."""
        async with self.runtime.database.session() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0


@asynccontextmanager
async def on_trial(
    service: Service, *, folder: Path, database_url: str, organisation: Path, **settings: Any
) -> AsyncIterator[Trial]:
    """Runs the service without relay and jobs: a test decides what comes and when.

    `folder` is for files and keys; `settings` are the service's own.
    """
    private, public = create_identity_keys(folder / "keys")
    values = {
        "database_url": database_url,
        "bus_url": f"local://{new_id()}",
        "files_url": f"file://{folder / 'files'}",
        "organisation_file": organisation,
        "identity_public_key": public,
        **settings,
    }
    async with prepared(service, service.settings(**values)) as runtime:
        inbox = Inbox(
            service.handlers, runtime.transaction, attempts=runtime.settings.handler_attempts
        )
        sweeper = Sweeper(runtime.database, service.name, inbox)
        yield Trial(runtime, application(runtime), IdentityIssuer(private), inbox, sweeper)
