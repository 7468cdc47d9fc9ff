"""Events become rows of the transaction that made them happen."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts import Event
from shared.database import Statements, insert, new_id
from shared.messaging.envelope import Envelope
from shared.messaging.tables import aggregate_sequence, outbox
from shared.telemetry import correlation_id

_number = insert(aggregate_sequence)
_TAKE_NUMBERS = _number.on_conflict_do_update(
    index_elements=["aggregate"],
    set_={"last": aggregate_sequence.c.last + _number.excluded.last},
).returning(aggregate_sequence.c.last)
_STORE = insert(outbox)
_UNSENT = (
    select(outbox)
    .where(outbox.c.sent_at.is_(None))
    .order_by(outbox.c.position)
    .limit(bindparam("limit"))
)
_MARK_SENT = update(outbox).where(outbox.c.position.in_(bindparam("positions", expanding=True)))


async def store(session: AsyncSession, events: Sequence[Event], *, now: datetime) -> None:
    """Numbers the events within their aggregates and writes them.

    The sequence row is locked until commit, so that the order of positions, of sequences and of
    commits is one and the same for an aggregate.
    """
    last: dict[UUID, int] = {}
    counts = Counter(event.aggregate for event in events)
    for aggregate in sorted(counts):  # one order for all, or two transactions could deadlock
        taken = await _take_numbers(session, aggregate, counts[aggregate])
        last[aggregate] = taken - counts[aggregate]
    rows = []
    for event in events:
        last[event.aggregate] += 1
        rows.append(
            {
                "id": new_id(),
                "topic": event.topic,
                "aggregate": event.aggregate,
                "sequence": last[event.aggregate],
                "time": now,
                "correlation": correlation_id.get(),
                "body": event.model_dump_json().encode(),
            }
        )
    await session.execute(_STORE, rows)


async def _take_numbers(session: AsyncSession, aggregate: UUID, count: int) -> int:
    numbers = {"aggregate": aggregate, "last": count}
    taken: int = (await session.execute(_TAKE_NUMBERS, numbers)).scalar_one()
    return taken


async def unsent(statements: Statements, producer: str, *, limit: int) -> dict[int, Envelope]:
    """The oldest events that no bus has confirmed yet, by position."""
    rows = await statements.execute(_UNSENT, {"limit": limit})
    return {
        row.position: Envelope(
            id=row.id,
            topic=row.topic,
            producer=producer,
            aggregate=row.aggregate,
            sequence=row.sequence,
            time=row.time,
            correlation=row.correlation,
            body=row.body,
        )
        for row in rows
    }


async def mark_sent(statements: Statements, positions: Sequence[int], *, now: datetime) -> None:
    await statements.execute(_MARK_SENT, {"positions": positions, "sent_at": now})


async def all_sent(session: AsyncSession) -> bool:
    """Whether every event so far has been confirmed by the bus."""
    unsent = select(outbox.c.position).where(outbox.c.sent_at.is_(None)).limit(1)
    return await session.scalar(unsent) is None
