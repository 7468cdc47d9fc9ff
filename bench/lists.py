"""A page of each list, with a thousand and with a million ended requests behind it.

The rows are made by the database itself; the pages are read as the routes read them, by the
service's own queries on PostgreSQL. Each figure stands beside the same page over the thousand.
"""

import asyncio
import hashlib
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from workflow_svc import listing
from workflow_svc.domain import Status
from workflow_svc.filters import Filters
from workflow_svc.service import SERVICE

from bench.figures import Figure, median, table
from deploy.native.servers import Servers
from deploy.stack import Stack
from shared.contracts.people import BusinessType
from shared.contracts.workflow import WhyCopied
from shared.paging import Position
from shared.seal_order import create_order_keys
from shared.service import Runtime
from shared.testing import Trial, on_trial
from shared.transaction import Transaction

ORGANISATION = Path(__file__).parents[1] / "deploy/demonstration/organisation.toml"
FEW, MANY = 1_000, 1_000_000
UNDER_WAY = 300
TIMES = 40
LIMIT = 20
PERSON = UUID(int=7)
UNITS = 60
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)

# As `new_id` makes them: milliseconds, then chance. Ids in no order would be another database.
_IDS = f"""
CREATE FUNCTION bench_id(kind text, n int) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
    SELECT (lpad(to_hex({int(NEWEST.timestamp() * 1000)} - 60000 * n::bigint), 12, '0') || '7'
        || substr(md5(kind || n), 1, 3) || '8' || substr(md5(kind || n), 4, 15))::uuid
$$
"""
# One request a minute, back from NEWEST; five have a material that no other has. Also of a thousand
# more are withdrawn than a page holds, so that both pages read as far.
_REQUESTS = """
INSERT INTO instances (request_id, tracking_number, title, matter, business_type, unit_id,
    unit_name, initiator_id, initiator_name, flow_key, flow_version, status, revision, node,
    countersigners, number, version, log_length, head_hash, started_at, ended_at)
SELECT bench_id('r', n), 'SL2026-' || lpad(n::text, 7, '0'), '用印申请（材料' || n || '）',
    'seal-use', (ARRAY['research','education','general','foreign_affairs'])[1 + n % 4],
    md5('u' || n % :units)::uuid, '单位' || n % :units,
    md5('p' || n % 500)::uuid, '申请人' || n % 500,
    'seal-use', 1, CASE WHEN n % 20 = 0 THEN 'withdrawn' ELSE 'completed' END, 1, NULL, '[]',
    'YY2026-' || lpad(n::text, 7, '0'), 9, 9, repeat('0', 64),
    CAST(:newest AS timestamptz) - n * interval '1 minute',
    CAST(:newest AS timestamptz) - n * interval '1 minute' + interval '3 days'
FROM generate_series(CAST(:last AS int), CAST(:first AS int), -1) n
"""
_TASKS = """
INSERT INTO tasks (id, request_id, revision, node, node_name, unit_id, unit_name, post, state,
    opened_at, opinion, verdict, decided_by, decided_by_name, closed_at)
SELECT bench_id('t', n), bench_id('r', n), 1, 'seal_office_review', '督查室审核',
    md5('seal')::uuid, '督查室', 'seal_keeper', 'decided',
    CAST(:newest AS timestamptz) - n * interval '1 minute', '同意', 'agree', :person, '薛钰',
    CAST(:newest AS timestamptz) - n * interval '1 minute' + interval '1 hour'
FROM generate_series(CAST(:last AS int), CAST(:first AS int), -1) n
"""
_CANDIDATES = """
INSERT INTO task_candidates (task_id, person_id, person_name, open, opened_at)
SELECT bench_id('t', n), :person, '薛钰', false,
    CAST(:newest AS timestamptz) - n * interval '1 minute'
FROM generate_series(CAST(:last AS int), CAST(:first AS int), -1) n
"""
_COPIES = """
INSERT INTO copies (request_id, person_id, why, person_name, copied_at, read_at)
SELECT bench_id('r', n), :person, 'copy', '薛钰',
    CAST(:newest AS timestamptz) - n * interval '1 minute',
    CASE WHEN n > 300 THEN CAST(:newest AS timestamptz) END
FROM generate_series(CAST(:last AS int), CAST(:first AS int), -1) n
"""
_WORDS = """
INSERT INTO search (request_id, text, grams)
SELECT bench_id('r', n), said, ARRAY(
    SELECT DISTINCT substr(said, i, 2) FROM generate_series(1, length(said) - 1) i)
FROM (SELECT n, CASE WHEN n < 6 THEN '深海钻探合同' WHEN n % 1000 = 500 THEN '海底电缆合同'
        ELSE '科研项目任务书' END
        || '第' || n % 97 || '号申请人' || n % 500 AS said
    FROM generate_series(CAST(:last AS int), CAST(:first AS int), -1) n) made
"""
_UNDER_WAY = """
UPDATE instances SET status = 'in_progress', node = 'seal_office_review', ended_at = NULL,
    number = NULL WHERE request_id IN (SELECT bench_id('r', n) FROM generate_series(1, :many) n);
"""
_OPEN_TASKS = """
UPDATE tasks SET state = 'open', verdict = NULL, decided_by = NULL, closed_at = NULL
WHERE id IN (SELECT bench_id('t', n) FROM generate_series(1, :many) n)
"""
_OPEN_CANDIDATES = """
UPDATE task_candidates SET open = true
WHERE task_id IN (SELECT bench_id('t', n) FROM generate_series(1, :many) n)
"""

_ONE_IN_A_THOUSAND = "every request, words of one in a thousand"
_GROWING = frozenset({_ONE_IN_A_THOUSAND})

Page = Callable[[Transaction], Awaitable[Any]]


def filters(**wanted: Any) -> Filters:
    return Filters(**({"status": [], "business_type": [], "mark": []} | wanted))


def _deep() -> Position:
    """A place far down the list, where an offset would have to count."""
    return Position(NEWEST - timedelta(minutes=700), UUID(int=0))


def pages() -> Mapping[str, Page]:
    def todo(narrowed: Filters) -> Page:
        return lambda tx: listing.open_tasks(tx, PERSON, narrowed, after=None, limit=LIMIT)

    def done(narrowed: Filters, after: Position | None = None) -> Page:
        return lambda tx: listing.done_tasks(tx, PERSON, narrowed, after=after, limit=LIMIT)

    def all_(narrowed: Filters, after: Position | None = None) -> Page:
        return lambda tx: listing.all_requests(tx, narrowed, after=after, limit=LIMIT)

    def copied(after: Position | None = None, *, unread: bool = False) -> Page:
        about = (PERSON, WhyCopied.COPY, filters())
        return lambda tx: listing.copied_requests(
            tx, *about, unread=unread, after=after, limit=LIMIT
        )

    return {
        "待办": todo(filters()),
        "待办, one business type": todo(filters(business_type=[BusinessType.GENERAL])),
        "已办": done(filters()),
        "已办, far down": done(filters(), _deep()),
        "已办, withdrawn since": done(filters(status=[Status.WITHDRAWN])),
        "我的知会": copied(),
        "我的知会, far down": copied(_deep()),
        "我的知会, unread": copied(unread=True),
        "every request": all_(filters()),
        "every request, far down": all_(filters(), _deep()),
        "every request, withdrawn": all_(filters(status=[Status.WITHDRAWN])),
        "every request, one unit": all_(filters(unit_id=_md5("u7"))),
        "every request, at one node": all_(filters(node="seal_office_review")),
        "every request, by number": all_(filters(number="SL2026-0000042")),
        "every request, common words": all_(filters(q="任务书")),
        "every request, rare words": all_(filters(q="深海钻探")),
        _ONE_IN_A_THOUSAND: all_(filters(q="海底电缆 申请人")),
        "counts": lambda tx: listing.counts(tx, PERSON),
    }


def figures() -> list[Figure]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(folder) / "servers").servers() as servers,
    ):
        return asyncio.run(_measure(servers, Path(folder)))


async def _measure(servers: Servers, folder: Path) -> list[Figure]:
    """Both databases are there at once and read in turn: a busy machine is busy for both."""
    async with (
        _house(servers, folder, "workflow") as few,
        _house(servers, folder, "notify") as many,
    ):
        await _fill(few.runtime, FEW)
        await _fill(many.runtime, MANY)
        taken: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
        for _ in range(TIMES):
            for name, page in pages().items():
                taken[name, "few"].append(await _time(few.runtime, page))
                taken[name, "many"].append(await _time(many.runtime, page))
    return [
        Figure(
            f"{name}, of {MANY:,}",
            median(taken[name, "many"]),
            "ms",
            median(taken[name, "few"]),
            "≤ 1.3×" if name not in _GROWING else "grows with what is found",
        )
        for name in pages()
    ]


def _house(servers: Servers, folder: Path, owner: str) -> AbstractAsyncContextManager[Trial]:
    """The service on a database of its own; whose role it borrows does not matter here."""
    return on_trial(
        SERVICE,
        folder=folder / owner,
        database_url=servers.database_url(owner),
        organisation=ORGANISATION,
        seal_order_private_key=create_order_keys(folder)[0],
    )


async def _fill(runtime: Runtime, count: int) -> None:
    about = {"first": 1, "last": count, "newest": NEWEST, "person": PERSON, "units": UNITS}
    async with runtime.transaction() as tx:
        await tx.session.execute(text("DROP INDEX ix_search_grams"))  # built at once, at the end
        for statement in (_IDS, _REQUESTS, _TASKS, _CANDIDATES, _COPIES, _WORDS):
            await _execute(tx, statement, about)
        await tx.session.execute(text("CREATE INDEX ix_search_grams ON search USING gin (grams)"))
        for statement in (_UNDER_WAY, _OPEN_TASKS, _OPEN_CANDIDATES):
            await _execute(tx, statement, {"many": UNDER_WAY})
    async with runtime.database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("VACUUM (ANALYZE)"))


async def _time(runtime: Runtime, page: Page) -> float:
    async with runtime.transaction() as tx:
        start = time.perf_counter()
        await page(tx)
        return (time.perf_counter() - start) * 1000


async def _execute(tx: Transaction, statement: str, about: Mapping[str, Any]) -> None:
    used = {name: value for name, value in about.items() if f":{name}" in statement}
    await tx.session.execute(text(statement), used)


def _md5(name: str) -> UUID:
    return UUID(hashlib.md5(name.encode()).hexdigest())


if __name__ == "__main__":
    print(table("Lists", figures()))
