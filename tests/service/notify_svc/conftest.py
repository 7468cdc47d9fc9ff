from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from notify_svc.channels.http import Web
from notify_svc.dispatcher import dispatch
from notify_svc.models import Delivery, Notification
from notify_svc.service import SERVICE
from sqlalchemy import select, update

from shared.contracts.notify import Channel
from shared.contracts.people import Person
from shared.database import new_id
from shared.identity import User
from shared.service import Service
from shared.testing import Trial, on_trial

SECRET = "a secret of the tests alone, and long enough"
SOMEONE = User(id=new_id(), name="沈知君")


def user(person: Person) -> User:
    """The person, signed in."""
    return User(id=person.id, name=person.name)


class Sent(NamedTuple):
    """A delivery, as tests compare them."""

    kind: str
    channel: str
    to: str
    state: str


class Clock:
    """What time it is for the service; it moves when a test says so."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stopped_at or datetime.now(UTC)) + self._ahead

    def stop(self) -> None:
        """From now on it moves by `advance` alone, however long the machine takes."""
        self._stopped_at = datetime.now(UTC)

    def advance(self, **time: float) -> None:
        """`hours=1`, as of timedelta."""
        self._ahead += timedelta(**time)


class PostOffice:
    """notify-svc on trial, with what its tests look at."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.clock = Clock()
        trial.runtime.clock = self.clock
        self.deliver = trial.deliver
        self.published = trial.published

    async def dev_inbox(self, **query: Any) -> list[dict[str, Any]]:
        """The dev inbox as someone signed in sees it."""
        async with self.trial.client(SOMEONE) as client:
            answer = await client.get("/dev-inbox", params=query)
        items: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
        return items

    async def dispatch(self) -> None:
        """Does what the dispatcher's jobs do when woken."""
        for channel in Channel:
            await dispatch(channel, self.trial.runtime)

    async def an_hour_passes(self, *, every: timedelta = timedelta(minutes=1)) -> None:
        """The dispatcher does its rounds meanwhile."""
        for _ in range(int(timedelta(hours=1) / every)):
            self.clock.advance(seconds=every.total_seconds())
            await self.dispatch()

    async def deliveries(self) -> list[Sent]:
        """What goes out, in the order of kind, channel and address; all but the inbox's."""
        rows = [(row, kind) for row, kind in await self.rows() if row.channel != Channel.INBOX]
        safe = self.trial.runtime.own.safe
        return sorted(
            Sent(kind, row.channel, safe.open(row.address) if row.address else "", row.state)
            for row, kind in rows
        )

    async def delivery(self, channel: Channel = Channel.MAIL) -> Delivery:
        """The only one by that channel."""
        (found,) = [row for row, _kind in await self.rows() if row.channel == channel]
        return found

    async def make_due(self, *deliveries: UUID) -> None:
        """Lets the time pass until the dispatcher looks at what waits; or at these only."""
        async with self.trial.runtime.transaction() as tx:
            waiting = update(Delivery).where(Delivery.next_attempt_at.is_not(None))
            if deliveries:
                waiting = waiting.where(Delivery.id.in_(deliveries))
            await tx.session.execute(waiting.values(next_attempt_at=tx.now))

    async def rows(self) -> list[tuple[Delivery, str]]:
        async with self.trial.runtime.database.session() as session:
            found = await session.execute(
                select(Delivery, Notification.kind)
                .join(Notification, Notification.id == Delivery.notification_id)
                .order_by(Delivery.id)
            )
            return [(delivery, kind) for delivery, kind in found]


Opened = Callable[..., AbstractAsyncContextManager[PostOffice]]


@pytest.fixture(scope="session")
def schema_of() -> Service:
    return SERVICE


@pytest.fixture
def opened(database_url: str, tmp_path: Path, organisation_file: Path) -> Opened:
    """Opens notify-svc with settings of the test's own."""

    @asynccontextmanager
    async def open_(**settings: Any) -> AsyncIterator[PostOffice]:
        async with on_trial(
            SERVICE,
            folder=tmp_path,
            database_url=database_url,
            organisation=organisation_file,
            **{"privacy_secrets": [SECRET], **settings},
        ) as trial:
            yield PostOffice(trial)

    return open_


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    web = Web()
    yield web
    await web.close()


@pytest.fixture
async def office(opened: Opened) -> AsyncIterator[PostOffice]:
    """notify-svc with every channel in the dev inbox."""
    async with opened(dev_inbox=True) as office:
        yield office
