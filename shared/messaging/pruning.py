"""What messaging need not remember any more: events long sent, proofs of events long handled.

Sent events are kept for a while because an operator reads them, and may have to send them again to
a service that was restored to an earlier day. Proofs are kept longer: an event that came again
after its proof was gone would be handled twice.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.sql.dml import ReturningDelete

from shared.database import Database
from shared.messaging.tables import inbox, outbox

BATCH = 1000  # rows a transaction, so that nobody waits long for its locks


async def prune(
    database: Database, *, now: datetime, sent_for: timedelta, handled_for: timedelta
) -> int:
    """Deletes what is older. Returns: how many rows went. What was never sent stays."""
    gone = 0
    for deletion in (_sent_before(now - sent_for), _handled_before(now - handled_for)):
        while (deleted := await _delete(database, deletion)) > 0:
            gone += deleted
    return gone


def _sent_before(moment: datetime) -> ReturningDelete[tuple[int]]:
    oldest = select(outbox.c.position).order_by(outbox.c.position).limit(BATCH)
    old = outbox.c.position.in_(oldest.scalar_subquery()) & (outbox.c.sent_at < moment)
    return delete(outbox).where(old).returning(outbox.c.position)


def _handled_before(moment: datetime) -> ReturningDelete[tuple[UUID]]:
    key = (inbox.c.event_id, inbox.c.handler)
    oldest = select(*key).where(inbox.c.handled_at < moment).limit(BATCH)
    return delete(inbox).where(tuple_(*key).in_(oldest)).returning(inbox.c.event_id)


async def _delete(database: Database, deletion: ReturningDelete[Any]) -> int:
    async with database.session() as session:
        return len((await session.execute(deletion)).all())
