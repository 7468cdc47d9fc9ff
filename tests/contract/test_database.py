"""The promises of the database layer, the same on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, select, update
from sqlalchemy.exc import IntegrityError

from shared.database import Database, UtcDateTime, insert, is_transient, new_id

metadata = MetaData()
counter = Table(
    "counter",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("value", Integer, nullable=False),
    Column("at", UtcDateTime),
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


async def test_concurrent_changes_of_one_row_are_all_kept(database: Database) -> None:
    key = new_id()
    async with database.session() as session:
        await session.execute(insert(counter).values(id=key, value=0))

    async def read_then_write() -> None:
        async with database.session() as session:
            locked = select(counter.c.value).where(counter.c.id == key).with_for_update()
            value = (await session.execute(locked)).scalar_one()
            await session.execute(
                update(counter).where(counter.c.id == key).values(value=value + 1)
            )

    await asyncio.gather(*(read_then_write() for _ in range(20)))
    async with database.session() as session:
        assert await session.scalar(select(counter.c.value)) == 20


async def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.session() as session:
            await session.execute(insert(counter).values(id=new_id(), value=1))
            raise RuntimeError("halfway")

    with pytest.raises(RuntimeError, match="halfway"):
        await fail()
    async with database.session() as session:
        assert (await session.execute(select(counter))).all() == []


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    there = datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8)))
    async with database.session() as session:
        await session.execute(insert(counter).values(id=new_id(), value=1, at=there))
    async with database.session() as session:
        back = await session.scalar(select(counter.c.at))
    assert back == there
    assert back.tzinfo is UTC


async def test_a_time_without_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None)
    with pytest.raises(Exception, match="naive datetime"):
        async with database.session() as session:
            await session.execute(insert(counter).values(id=new_id(), value=1, at=naive))


async def test_an_insert_may_yield_to_what_is_there(database: Database) -> None:
    key = new_id()
    for expected in (True, False):
        async with database.session() as session:
            row = insert(counter).values(id=key, value=1).on_conflict_do_nothing()
            done = await session.execute(row.returning(counter.c.id))
            assert (done.first() is not None) is expected


async def test_a_turn_belongs_to_one_at_a_time(database: Database) -> None:
    async with database.alone("work") as first, database.alone("work") as second:
        assert first is not None
        assert second is None
        async with database.alone("other work") as other:
            assert other is not None
    async with database.alone("work") as again:
        assert again is not None


async def test_statements_in_a_turn_commit_by_themselves(database: Database) -> None:
    async with database.alone("work") as statements:
        assert statements is not None
        await statements.execute(insert(counter).values(id=new_id(), value=7))
        async with database.session() as session:
            assert await session.scalar(select(counter.c.value)) == 7
        assert (await statements.execute(select(counter.c.value))).scalar_one() == 7


async def test_a_broken_rule_is_not_mistaken_for_trouble(database: Database) -> None:
    key = new_id()

    async def insert_twice() -> None:
        async with database.session() as session:
            await session.execute(insert(counter).values(id=key, value=1))
            await session.execute(insert(counter).values(id=key, value=2))

    with pytest.raises(IntegrityError) as refused:
        await insert_twice()
    assert not is_transient(refused.value)
    assert is_transient(ConnectionRefusedError())


async def test_ids_grow_with_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert ids == sorted(ids)
    assert all(one.version == 7 for one in ids)
