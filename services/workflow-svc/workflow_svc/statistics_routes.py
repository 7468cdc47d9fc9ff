"""Statistics over HTTP."""

from datetime import date, timedelta

from fastapi import APIRouter
from pydantic import BaseModel

from shared.contracts.people import BusinessType
from shared.readers import require_overseer
from shared.web import CurrentUser, Tx
from workflow_svc.domain import Status
from workflow_svc.statistics import LONGEST, statistics

figures = APIRouter()


class UnitCount(BaseModel):
    unit: str
    requests: int


class MonthCount(BaseModel):
    """`month` as 2026-03."""

    month: str
    requests: int


class NodeTimesView(BaseModel):
    """Seconds from a task's coming to its decision: half took no longer, and nine tenths. `late`:
    how many were decided after their deadline."""

    node: str
    name: str
    decided: int
    late: int
    median: int
    p90: int


class StatisticsView(BaseModel):
    """Of the requests first submitted from `since` to `until`, both days included.

    `returned`: those submitted more than once; `overdue`: those that wait past a deadline now;
    `median_total`: seconds to the end, of those ended.
    """

    since: date
    until: date
    requests: int
    returned: int
    overdue: int
    by_status: dict[Status, int]
    by_type: dict[BusinessType, int]
    by_unit: list[UnitCount]
    by_month: list[MonthCount]
    nodes: list[NodeTimesView]
    median_total: int | None


@figures.get("/statistics")
async def read_statistics(
    user: CurrentUser, tx: Tx, since: date | None = None, until: date | None = None
) -> StatisticsView:
    """For 督查室, auditors and administrators; by default the last year."""
    await require_overseer(tx, user)
    last = until or tx.now.astimezone(tx.runtime.organisation.zone).date()
    first = since or last - LONGEST + timedelta(days=1)
    found = await statistics(tx, first, last)
    return StatisticsView(
        since=first,
        until=last,
        requests=found.requests,
        returned=found.returned,
        overdue=found.overdue,
        by_status={status: found.by_status.get(status, 0) for status in Status},
        by_type={kind: found.by_type.get(kind, 0) for kind in BusinessType},
        by_unit=[UnitCount(unit=unit, requests=count) for unit, count in found.by_unit],
        by_month=[MonthCount(month=m, requests=count) for m, count in found.by_month.items()],
        nodes=[NodeTimesView.model_validate(node, from_attributes=True) for node in found.nodes],
        median_total=found.median_total,
    )
