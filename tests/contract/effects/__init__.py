"""Two small services for the contract suites: one publishes, one counts what reaches it.

The counting handler is deliberately not idempotent: a second run leaves a second row.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from fastapi import APIRouter
from pydantic_settings import SettingsConfigDict
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, insert, select

from shared.contracts.document import Voided, VoidReason
from shared.database import new_id
from shared.identity import create_identity_keys
from shared.messaging import Subscription, on
from shared.messaging.bus import Bus, Hear, open_bus
from shared.service import Runtime, Service, at_work, prepared, taking_events
from shared.settings import ServiceSettings
from shared.transaction import Transaction

MIGRATIONS = Path(__file__).parent
PUBLISHER, COUNTER = "document", "request"  # names that own, and may hear, `document.voided`
LISTENER = "gateway"  # may overhear everything

metadata = MetaData()
effect = Table(
    "effect",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("aggregate", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
)


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="EFFECTS_")


def fact(aggregate: UUID, number: int) -> Voided:
    """An event with a number to recognise it by."""
    return Voided(
        request_id=aggregate,
        revision=number,
        reason=VoidReason.RETURNED,
        voided_at=datetime.now(UTC),
    )


async def count_it(event: Voided, tx: Transaction) -> None:
    row = {"aggregate": event.request_id, "number": event.revision}
    await tx.session.execute(insert(effect).values(row))


def service(name: str, *handlers: Subscription) -> Service:
    return Service(
        name=name,
        router=APIRouter(),
        metadata=metadata,
        migrations=MIGRATIONS,
        settings=Settings,
        handlers=handlers,
    )


COUNTING = (on(Voided, count_it),)
COUNTING_IN_ORDER = (on(Voided, count_it, ordered=True),)


class Constellation:
    """The two services on one bus, each on a database of its own."""

    def __init__(
        self,
        bus_url: Callable[[str], str],
        database_url: Callable[[str], Awaitable[str]],
        folder: Path,
        organisation: Path,
    ) -> None:
        self._bus_url = bus_url
        self._database_url = database_url
        self._folder = folder
        self._organisation = organisation
        self._public = create_identity_keys(folder / "keys")[1]

    async def _settings(self, name: str) -> Settings:
        return Settings(
            database_url=await self._database_url(name),
            bus_url=self._bus_url(name),
            files_url=f"file://{self._folder / 'files'}",
            organisation_file=self._organisation,
            identity_public_key=self._public,
            handler_attempts=3,
        )

    @asynccontextmanager
    async def counter(self, handlers: tuple[Subscription, ...]) -> AsyncIterator[Runtime]:
        """The service that counts, taking events. Enter it twice for two replicas."""
        settings = await self._settings(COUNTER)
        async with (
            prepared(service(COUNTER, *handlers), settings) as runtime,
            taking_events(runtime),
        ):
            yield runtime

    @asynccontextmanager
    async def listener(
        self, hear: Hear, missed: Callable[[], None] = lambda: None
    ) -> AsyncIterator[Bus]:
        """A replica of the service that overhears what is said. Enter it twice for two."""
        bus = await open_bus(self._bus_url(LISTENER))
        await bus.listen(LISTENER, ["document.#"], hear, missed)
        yield bus
        await bus.close()

    @asynccontextmanager
    async def publisher(self) -> AsyncIterator[Runtime]:
        """The service that publishes, with its relay at work."""
        settings = await self._settings(PUBLISHER)
        async with prepared(service(PUBLISHER), settings) as runtime, at_work(runtime):
            yield runtime

    @asynccontextmanager
    async def both(
        self, handlers: tuple[Subscription, ...] = COUNTING
    ) -> AsyncIterator[tuple[Runtime, Runtime]]:
        async with AsyncExitStack() as stack:
            counter = await stack.enter_async_context(self.counter(handlers))
            publisher = await stack.enter_async_context(self.publisher())
            yield publisher, counter


async def publish(runtime: Runtime, *events: Voided) -> None:
    async with runtime.transaction() as tx:
        for event in events:
            tx.publish(event)


async def numbers(runtime: Runtime, aggregate: UUID) -> list[int]:
    """The numbers that were counted for this aggregate, in the order of counting."""
    async with runtime.database.session() as session:
        rows = await session.execute(
            select(effect.c.number).where(effect.c.aggregate == aggregate).order_by(effect.c.id)
        )
        return [row.number for row in rows]


def new_aggregate() -> UUID:
    return new_id()
