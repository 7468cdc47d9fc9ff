"""One way to the database, whichever it is. The only module that reads a database URL's scheme.

SQLite: one writer, WAL, synchronous=FULL (an outbox row deleted in one file and an inbox row lost
in another would lose an event), BEGIN IMMEDIATE (a plain BEGIN loses updates). PostgreSQL: READ
COMMITTED, row locks where an action needs them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, cast
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    DateTime,
    Dialect,
    Executable,
    MetaData,
    Table,
    TextClause,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

_TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtext(:name))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext(:name))")

# An index with this `info` exists on PostgreSQL only.
ON_POSTGRESQL = {"only_on": "postgresql"}


def only_where(condition: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    """What makes an index hold these rows alone, on both databases: `Index(…, **only_where(…))`."""
    return {"postgresql_where": condition, "sqlite_where": condition}


Json = JSON().with_variant(postgresql.JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, in UTC, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime: give it its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def service_metadata() -> MetaData:
    """The MetaData of one service, with constraint names that migrations can rely on."""
    return MetaData(naming_convention=NAMES)


def new_id() -> UUID:
    """A UUIDv7: ordered by time, so that indexes stay compact (RFC 9562)."""
    return uuid_utils.compat.uuid7()


def table_of(row: type[DeclarativeBase]) -> Table:
    """The table of a mapped class, for statements about rows that no session keeps."""
    return cast("Table", row.__table__)


def insert(into: Table | type[DeclarativeBase]) -> postgresql.Insert:
    """An INSERT past the session's objects that can say `on_conflict_do_nothing/update`.

    SQLite took the clause over from PostgreSQL, and SQLAlchemy writes it for both.
    """
    return postgresql.insert(into if isinstance(into, Table) else table_of(into))


def has_inverted_index(dialect: Dialect) -> bool:
    """Whether an index over the elements of a column can be had."""
    return dialect.name == "postgresql"


def is_transient(error: BaseException) -> bool:
    """Whether the trouble is the database's or the network's and trying again may help.

    SQLAlchemy over asyncpg raises a bare DBAPIError for much infrastructure trouble, so this lists
    what is *not* transient.
    """
    if isinstance(error, (IntegrityError, DataError, ProgrammingError, NotSupportedError)):
        return False
    return isinstance(error, (DBAPIError, PoolTimeout, OSError))


class Statements(Protocol):
    """Statements that each commit by themselves."""

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, /
    ) -> CursorResult[Any]: ...


class Database:
    """An engine and what depends on its kind. Open one per service and process."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        parsed = make_url(url)
        self._one_process = parsed.get_backend_name() == "sqlite"
        if self._one_process:
            if parsed.database and parsed.database != ":memory:":
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self.engine = create_async_engine(parsed, pool_size=1, max_overflow=0, pool_timeout=30)
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_immediate)
        else:
            # None beyond the pool: such a connection would be closed again after one transaction,
            # and a new one costs more than twenty of them. What was used last comes first: it
            # has its statements prepared.
            self.engine = create_async_engine(
                parsed, pool_size=pool_size, max_overflow=0, pool_use_lifo=True
            )
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction: commits at the end of the block, rolls back on an error."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[Statements | None]:
        """A turn that one process at a time has, of all that share the database.

        Yields None when another has it. The turn ends with the block or with the connection,
        whichever comes first; statements run on that very connection.
        """
        if self._one_process:
            lock = self._turns[name]
            if lock.locked():
                yield None
                return
            async with lock:
                yield _EachCommitted(self.engine)
            return
        async with self.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            turn = {"name": name}
            if not await connection.scalar(_TRY_LOCK, turn):
                yield None
                return
            try:
                yield connection
            finally:
                if not connection.invalidated:
                    await connection.execute(_UNLOCK, turn)

    @asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A transaction in which one process at a time changes the schema."""
        async with self.engine.begin() as connection:
            if not self._one_process:
                await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('migrate'))"))
            yield connection

    async def close(self) -> None:
        await self.engine.dispose()


class _EachCommitted:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, /
    ) -> CursorResult[Any]:
        async with self._engine.begin() as connection:
            result = await connection.execute(statement, parameters)
            return result.freeze()() if result.returns_rows else result  # type: ignore[return-value]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions on its own: BEGIN IMMEDIATE below does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=5000",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
