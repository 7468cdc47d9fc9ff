"""Events that cannot be handled now, with the reason; and their next try.

`gap`: an earlier event of the aggregate has not come yet; `retry`: its handler failed or asked to
wait, and there is a time for the next try; `parked`: it failed too often: an operator reads the
reason, mends the cause and replays it (`shared.messaging.dead_letters`).
"""

import asyncio
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Row, and_, delete, or_, select

from shared.database import Database, insert, is_transient
from shared.messaging.envelope import Envelope
from shared.messaging.tables import inbox_cursor, inbox_waiting
from shared.telemetry import correlation_id, logger

if TYPE_CHECKING:
    from shared.transaction import Transaction

log = logger(__name__)

DELAYS = tuple(timedelta(seconds=s) for s in (0.1, 0.5, 2, 10, 60, 300))  # the last one repeats
BATCH = 50
POLL_SECONDS = 1.0


class Waiting(StrEnum):
    GAP = "gap"
    RETRY = "retry"
    PARKED = "parked"


def delay(attempt: int) -> timedelta:
    """How long to wait after the attempt of that number, from 1."""
    return DELAYS[min(attempt, len(DELAYS)) - 1]


async def write(tx: "Transaction", envelope: Envelope, lane: str, **state: Any) -> None:
    row = {
        "event_id": envelope.id,
        "lane": lane,
        "producer": envelope.producer,
        "aggregate": envelope.aggregate,
        "sequence": envelope.sequence,
        "topic": envelope.topic,
        "time": envelope.time,
        "correlation": envelope.correlation,
        "body": envelope.body,
        "since": tx.now,
        **state,
    }
    statement = insert(inbox_waiting).values(row)
    await tx.session.execute(
        statement.on_conflict_do_update(index_elements=["event_id", "lane"], set_=state)
    )


async def forget(tx: "Transaction", envelope: Envelope, lane: str) -> None:
    await tx.session.execute(
        delete(inbox_waiting).where(
            inbox_waiting.c.event_id == envelope.id, inbox_waiting.c.lane == lane
        )
    )


def envelope_of(row: Row[Any]) -> Envelope:
    """The event that an `inbox_waiting` row keeps."""
    return Envelope(
        id=row.event_id,
        topic=row.topic,
        producer=row.producer,
        aggregate=row.aggregate,
        sequence=row.sequence,
        time=row.time,
        correlation=row.correlation,
        body=row.body,
    )


class Attempts(Protocol):
    async def attempt(
        self, envelope: Envelope, lane: str, *, number: int, waited: bool
    ) -> None: ...


class Sweeper:
    """Tries again what is due. One replica at a time; sleeps until the next one is."""

    def __init__(self, database: Database, service: str, inbox: Attempts) -> None:
        self._database = database
        self._service = service
        self._inbox = inbox
        self._awake = asyncio.Event()

    def wake(self) -> None:
        self._awake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._awake.clear()
            try:
                pause = await self.sweep()
            except Exception as error:
                if not is_transient(error):
                    log.exception("sweep_failed")
                pause = POLL_SECONDS
            if pause > 0:
                await self._sleep(pause)

    async def sweep(self) -> float:
        """Tries once what is due. Returns: seconds until the next try is worth it."""
        async with self._database.alone(f"sweep:{self._service}") as statements:
            if statements is None:
                return POLL_SECONDS
            due = (await statements.execute(_due(datetime.now(UTC)))).all()
            upcoming = (await statements.execute(_upcoming())).scalar_one_or_none()
        for row in due:
            correlation_id.set(row.correlation)
            await self._inbox.attempt(
                envelope_of(row), row.lane, number=row.attempts + 1, waited=True
            )
        if due:
            return 0
        if upcoming is None:
            return POLL_SECONDS
        seconds: float = (upcoming - datetime.now(UTC)).total_seconds()
        return min(max(seconds, 0.01), POLL_SECONDS)

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._awake.wait()
        except TimeoutError:
            return


def _due(now: datetime) -> Any:
    """What waits no longer; also a gap that was filled by a process that died right after."""
    retry = and_(inbox_waiting.c.state == Waiting.RETRY, inbox_waiting.c.next_attempt_at <= now)
    filled = and_(
        inbox_waiting.c.state == Waiting.GAP,
        select(inbox_cursor.c.last)
        .where(
            inbox_cursor.c.producer == inbox_waiting.c.producer,
            inbox_cursor.c.aggregate == inbox_waiting.c.aggregate,
            inbox_cursor.c.last >= inbox_waiting.c.sequence - 1,
        )
        .exists(),
    )
    order = (inbox_waiting.c.since, inbox_waiting.c.sequence)
    return select(inbox_waiting).where(or_(retry, filled)).order_by(*order).limit(BATCH)


def _upcoming() -> Any:
    return (
        select(inbox_waiting.c.next_attempt_at)
        .where(inbox_waiting.c.state == Waiting.RETRY)
        .order_by(inbox_waiting.c.next_attempt_at)
        .limit(1)
    )
