"""What a service is, and a service that runs.

`Service` is a manifest: run.py, the one-process composition, the migrations, the tests and the
documents know a service by nothing else.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from sqlalchemy import MetaData
from starlette.types import ASGIApp

from shared import migrations, posts
from shared.database import Database, is_transient
from shared.files import FileStore
from shared.identity import IdentityVerifier
from shared.messaging import outbox, topics
from shared.messaging.bus import Bus, open_bus
from shared.messaging.envelope import Envelope
from shared.messaging.inbox import Inbox
from shared.messaging.pruning import prune
from shared.messaging.relay import Relay
from shared.messaging.subscription import Subscription
from shared.messaging.waiting import Sweeper
from shared.metrics import Look, Metrics
from shared.organisation import Organisation
from shared.settings import ServiceSettings
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)


@dataclass(frozen=True)
class Job:
    """Something a service does on its own: every so often, and at once when woken.

    `run` opens its own transactions. With `alone`, one replica at a time runs it.
    """

    name: str
    run: Callable[["Runtime"], Awaitable[None]]
    every_seconds: float
    alone: bool = False


@dataclass(frozen=True)
class Command:
    """Something an operator can ask of a service: `python -m x_svc NAME ARGUMENTS…`."""

    name: str
    help: str
    run: Callable[["Runtime", Sequence[str]], Awaitable[None]]


@dataclass(frozen=True)
class Listening:
    """What a service overhears on the bus as it is said: every replica all of it, none of it kept.

    `missed` is called after an interruption, in which anything may have been said.
    """

    topics: tuple[str, ...]
    hear: Callable[["Runtime", Envelope], None]
    missed: Callable[["Runtime"], None]


@dataclass(frozen=True)
class OfflineCommand:
    """A command that needs neither settings nor a database. `run` takes all arguments, options too,
    and returns the exit status."""

    name: str
    help: str
    run: Callable[[Sequence[str]], int]


Opener = Callable[["Runtime"], AbstractAsyncContextManager[Any]]
Wrapper = Callable[[ASGIApp, "Runtime"], ASGIApp]


@asynccontextmanager
async def _nothing(_runtime: "Runtime") -> AsyncIterator[None]:
    yield None


@dataclass(frozen=True, eq=False)  # each is made once: what is worked out of it is kept by it
class Service:
    """`open` yields what the service keeps open while it runs (`runtime.own`).

    `holds` says who holds a post: from the directory's events (`POST_HANDLERS` must be among the
    handlers), unless the service knows it first-hand. `wrap` may put an ASGI application of its own
    around the routes; only the gateway does.
    """

    name: str
    router: APIRouter
    metadata: MetaData
    migrations: Path
    settings: type[ServiceSettings]
    handlers: tuple[Subscription, ...] = ()
    jobs: tuple[Job, ...] = ()
    commands: tuple[Command, ...] = ()
    offline: tuple[OfflineCommand, ...] = ()
    open: Opener = _nothing
    holds: posts.Holds = posts.holds
    wrap: Wrapper | None = None
    measure: Look | None = None  # what its /metrics shows besides what every service's does
    listening: Listening | None = None


@dataclass
class Runtime:
    """A service with everything it runs on. Made by `running`."""

    service: Service
    settings: Any
    database: Database
    bus: Bus
    files: FileStore
    organisation: Organisation
    identity: IdentityVerifier
    own: Any = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)  # no more requests are taken
    metrics: Metrics = field(default_factory=Metrics)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))  # aware UTC
    _wakes: dict[str, asyncio.Event] = field(default_factory=dict)
    _relay: Relay | None = None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """The one place where changes commit: rows, events, and the proof of what was handled."""
        async with self.database.session() as session:
            tx = Transaction(session, self, self.clock())
            yield tx
            await session.flush()
            if tx.events:
                await outbox.store(session, tx.events, now=tx.now)
        if tx.events and self._relay is not None:
            self._relay.wake()
        for job in tx.jobs:
            self.wake(job)

    def wake(self, job: str) -> None:
        self._wakes.setdefault(job, asyncio.Event()).set()

    def woken(self, job: str) -> asyncio.Event:
        return self._wakes.setdefault(job, asyncio.Event())


@asynccontextmanager
async def prepared(service: Service, settings: ServiceSettings) -> AsyncIterator[Runtime]:
    """A service on its migrated database, with what it keeps open; it takes no events yet."""
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url, pool_size=settings.database_pool)
        stack.push_async_callback(database.close)
        await migrations.upgrade(database, service.migrations)
        bus = await open_bus(settings.bus_url)
        stack.push_async_callback(bus.close)
        runtime = Runtime(
            service=service,
            settings=settings,
            database=database,
            bus=bus,
            files=FileStore(settings.files_url),
            organisation=_organisation(settings),
            identity=IdentityVerifier(settings.identity_public_key, audience=service.name),
        )
        runtime.own = await stack.enter_async_context(service.open(runtime))
        yield runtime


def _organisation(settings: ServiceSettings) -> Organisation:
    organisation = Organisation.load(settings.organisation_file)
    if settings.portal_url is None:
        return organisation
    return organisation.model_copy(update={"portal_url": settings.portal_url})


@asynccontextmanager
async def taking_events(runtime: Runtime) -> AsyncIterator[None]:
    """Subscribes the service's handlers, and tries again what waits."""
    service = runtime.service
    inbox = Inbox(service.handlers, runtime.transaction, attempts=runtime.settings.handler_attempts)
    sweeper = Sweeper(runtime.database, service.name, inbox)
    inbox.when_waiting(sweeper.wake)
    async with _background(sweeper.run()):
        if service.handlers:
            bindings = topics.patterns(service.handlers)
            await runtime.bus.subscribe(service.name, bindings, inbox.deliver)
        if service.listening:
            hear, missed = service.listening.hear, service.listening.missed
            await runtime.bus.listen(
                service.name,
                service.listening.topics,
                partial(hear, runtime),
                partial(missed, runtime),
            )
        yield
        await runtime.bus.close()


@asynccontextmanager
async def at_work(runtime: Runtime) -> AsyncIterator[None]:
    """Publishes the service's events and does its jobs."""
    relay = Relay(runtime.database, runtime.bus, runtime.service.name)
    runtime._relay = relay
    jobs = [_keep_doing(runtime, job) for job in (PRUNING, *runtime.service.jobs)]
    async with _background(relay.run(), *jobs):
        yield


async def _prune(runtime: Runtime) -> None:
    settings: ServiceSettings = runtime.settings
    await prune(
        runtime.database,
        now=datetime.now(UTC),
        sent_for=timedelta(days=settings.keep_sent_days),
        handled_for=timedelta(days=settings.keep_handled_days),
    )


PRUNING = Job("prune", _prune, every_seconds=3600, alone=True)


@asynccontextmanager
async def _background(*coroutines: Any) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep_doing(runtime: Runtime, job: Job) -> None:
    woken = runtime.woken(job.name)
    while True:
        woken.clear()
        try:
            await _do(runtime, job)
        except Exception as error:
            if is_transient(error):
                log.warning("job_waits", job=job.name, error=repr(error))
            else:
                log.exception("job_failed", job=job.name)
        try:
            async with asyncio.timeout(job.every_seconds):
                await woken.wait()
        except TimeoutError:
            continue


async def _do(runtime: Runtime, job: Job) -> None:
    if not job.alone:
        await job.run(runtime)
        return
    async with runtime.database.alone(f"job:{runtime.service.name}:{job.name}") as turn:
        if turn is not None:
            await job.run(runtime)
