"""What messaging forgets, and what it must not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from shared import migrations
from shared.database import Database, new_id
from shared.messaging import pruning
from shared.messaging.pruning import prune
from shared.messaging.tables import inbox, outbox
from tests.contract.effects import MIGRATIONS

NOW = datetime(2031, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await migrations.upgrade(database, MIGRATIONS)
    yield database
    await database.close()


async def test_events_long_sent_go_and_unsent_ones_stay(database: Database) -> None:
    await _fill(database, ages_in_days=[40, 31, 29, 1])
    async with database.session() as session:
        oldest = select(outbox.c.position).order_by(outbox.c.position).limit(1)
        unsent = update(outbox).where(outbox.c.position == oldest.scalar_subquery())
        await session.execute(unsent.values(sent_at=None))

    assert await prune(database, now=NOW, sent_for=30 * DAY, handled_for=90 * DAY) == 1

    async with database.session() as session:
        left = list(await session.scalars(select(outbox.c.sequence).order_by(outbox.c.sequence)))
    assert left == [1, 3, 4]


async def test_proofs_go_when_nothing_can_come_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    await _fill(database, ages_in_days=[300, 200, 100, 91, 89])

    await prune(database, now=NOW, sent_for=1000 * DAY, handled_for=90 * DAY)

    async with database.session() as session:
        kept = list(await session.scalars(select(inbox.c.handled_at)))
    assert kept == [NOW - 89 * DAY]


async def _fill(database: Database, ages_in_days: list[int]) -> None:
    async with database.session() as session:
        for number, age in enumerate(ages_in_days, start=1):
            at = NOW - age * DAY
            event = {"id": new_id(), "topic": "document.voided.v1", "aggregate": new_id()}
            event |= {"sequence": number, "time": at, "body": b"{}", "sent_at": at}
            await session.execute(outbox.insert().values(event))
            proof = {"event_id": event["id"], "handler": "count_it", "handled_at": at}
            await session.execute(inbox.insert().values(proof))
