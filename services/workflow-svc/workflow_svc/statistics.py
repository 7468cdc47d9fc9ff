"""What 督查室 and auditors ask of a period: how many, where from, how long.

Everything is about the requests first submitted in the period, which an index over that time leads
to: what it costs depends on the period, not on how many requests there ever were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, distinct, extract, func, or_, select

from shared.lateness import late
from shared.transaction import Transaction
from workflow_svc.domain import TaskState
from workflow_svc.errors import PeriodTooLong
from workflow_svc.filters import WAITING
from workflow_svc.models import InstanceRow, TaskRow

LONGEST = timedelta(days=366)
SHARES = {"median": 50, "p90": 90}  # of a hundred


@dataclass(frozen=True)
class NodeTimes:
    """How long decided tasks of a node took, in seconds from their coming to the decision; `late`
    of them after their deadline."""

    node: str
    name: str
    decided: int
    late: int
    median: int
    p90: int


@dataclass(frozen=True)
class Statistics:
    requests: int
    returned: int  # those that were submitted more than once
    overdue: int  # those with a task that waits past its deadline now
    by_status: Mapping[str, int]
    by_type: Mapping[str, int]
    by_unit: Sequence[tuple[str, int]]  # the busiest first
    by_month: Mapping[str, int]  # 2026-03, where the organisation is
    nodes: Sequence[NodeTimes]
    median_total: int | None  # seconds from submission to the end, of those that ended


async def statistics(tx: Transaction, since: date, until: date) -> Statistics:
    """Both days included. Raises: PeriodTooLong."""
    if not timedelta(0) <= until - since <= LONGEST:
        raise PeriodTooLong
    period = _period(tx, since, until)
    by_status = await _counted(tx, InstanceRow.status, period)
    units = await _counted(tx, InstanceRow.unit_name, period)
    again = select(func.count()).where(period, InstanceRow.revision > 1)
    return Statistics(
        requests=sum(by_status.values()),
        returned=await tx.session.scalar(again) or 0,
        overdue=await _overdue(tx, period),
        by_status=by_status,
        by_type=await _counted(tx, InstanceRow.business_type, period),
        by_unit=sorted(units.items(), key=lambda unit: (-unit[1], unit[0])),
        by_month=await _by_month(tx, period, since, until),
        nodes=await _nodes(tx, period),
        median_total=await _median_total(tx, period),
    )


def _period(tx: Transaction, since: date, until: date) -> ColumnElement[bool]:
    return (InstanceRow.started_at >= _start_of(tx, since)) & (
        InstanceRow.started_at < _start_of(tx, until + timedelta(days=1))
    )


def _start_of(tx: Transaction, day: date) -> datetime:
    return datetime.combine(day, time(), tx.runtime.organisation.zone)


async def _counted(tx: Transaction, by: Any, period: ColumnElement[bool]) -> dict[str, int]:
    rows = await tx.session.execute(select(by, func.count()).where(period).group_by(by))
    return {row[0]: row[1] for row in rows}


async def _by_month(
    tx: Transaction, period: ColumnElement[bool], since: date, until: date
) -> dict[str, int]:
    """Months are the organisation's, which no database can be asked for in one way."""
    counts = {}
    first = since.replace(day=1)
    while first <= until:
        following = (first + timedelta(days=32)).replace(day=1)
        month = (InstanceRow.started_at >= _start_of(tx, first)) & (
            InstanceRow.started_at < _start_of(tx, following)
        )
        count = select(func.count()).select_from(InstanceRow).where(period, month)
        counts[f"{first:%Y-%m}"] = await tx.session.scalar(count) or 0
        first = following
    return counts


async def _overdue(tx: Transaction, period: ColumnElement[bool]) -> int:
    query = (
        select(func.count(distinct(TaskRow.request_id)))
        .join(InstanceRow, InstanceRow.request_id == TaskRow.request_id)
        .where(period, TaskRow.state.in_(WAITING), late(TaskRow.due_at, tx.now))
    )
    return await tx.session.scalar(query) or 0


async def _nodes(tx: Transaction, period: ColumnElement[bool]) -> list[NodeTimes]:
    took = _seconds(TaskRow.opened_at, TaskRow.closed_at)
    of_period = TaskRow.state == TaskState.DECIDED.value, period
    durations = (
        select(TaskRow.node.label("part"), TaskRow.node_name.label("name"), took.label("took"))
        .join(InstanceRow, InstanceRow.request_id == TaskRow.request_id)
        .where(*of_period)
    )
    overdue = (
        select(TaskRow.node, func.count())
        .join(InstanceRow, InstanceRow.request_id == TaskRow.request_id)
        .where(*of_period, late(TaskRow.due_at, TaskRow.closed_at))
        .group_by(TaskRow.node)
    )
    lates = {row[0]: row[1] for row in await tx.session.execute(overdue)}
    found: dict[str, dict[str, Any]] = {}
    for row in await tx.session.execute(_ranked(durations)):
        about = {"name": row.name, "decided": row.of, "late": lates.get(row.part, 0)}
        node = found.setdefault(row.part, about)
        node |= {share: row.took for share, at in SHARES.items() if row.rank == _rank(at, row.of)}
    return [NodeTimes(node=node, **values) for node, values in sorted(found.items())]


async def _median_total(tx: Transaction, period: ColumnElement[bool]) -> int | None:
    took = _seconds(InstanceRow.started_at, InstanceRow.ended_at)
    durations = select(
        InstanceRow.matter.label("part"), InstanceRow.matter.label("name"), took.label("took")
    ).where(period, InstanceRow.ended_at.is_not(None))
    rows = (await tx.session.execute(_ranked(durations))).all()
    return next((row.took for row in rows if row.rank == _rank(50, row.of)), None)


def _ranked(durations: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Of each part's durations, in order, those that stand at the shares asked for."""
    inner = durations.subquery()
    rank = func.row_number().over(partition_by=inner.c.part, order_by=inner.c.took)
    of = func.count().over(partition_by=inner.c.part)
    ordered = select(inner, rank.label("rank"), of.label("of")).subquery()
    wanted = (ordered.c.rank == (ordered.c.of * share + 99) // 100 for share in SHARES.values())
    return select(ordered).where(or_(*wanted))


def _rank(share: int, of: int) -> int:
    """The place, from 1, of the value that this share of a hundred does not exceed."""
    return (of * share + 99) // 100


def _seconds(since: Any, until: Any) -> ColumnElement[int]:
    return cast(extract("epoch", until) - extract("epoch", since), Integer)
