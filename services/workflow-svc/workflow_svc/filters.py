"""What a list can be narrowed down to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, or_, select

from shared import searching
from shared.contracts.people import BusinessType
from shared.lateness import late
from shared.transaction import Transaction
from workflow_svc.domain import Status, TaskState
from workflow_svc.models import InstanceRow, TaskRow

WAITING = (TaskState.OPEN.value, TaskState.BLOCKED.value)


class Mark(StrEnum):
    """What a line of a list draws attention to."""

    RETURNED = "returned"  # 退回: it came back, is corrected, or was returned by this decision
    URGED = "urged"  # 催办
    OVERDUE = "overdue"  # 超时: a task waits past its deadline, or was decided after it


@dataclass(frozen=True)
class Filters:
    """Each narrows further. `since` and `until`: days of the first submission, both included.

    `number`: 受理号 or 编号, whole or the serial alone; `q`: words of materials' names and people.
    """

    status: Annotated[list[Status], Query(default_factory=list, max_length=10)]
    business_type: Annotated[list[BusinessType], Query(default_factory=list, max_length=10)]
    mark: Annotated[list[Mark], Query(default_factory=list, max_length=10)]
    unit_id: Annotated[UUID | None, Query()] = None
    node: Annotated[str | None, Query(max_length=64)] = None
    since: Annotated[date | None, Query()] = None
    until: Annotated[date | None, Query()] = None
    number: Annotated[str | None, Query(min_length=1, max_length=40)] = None
    q: Annotated[str | None, Query(min_length=1, max_length=100)] = None


Narrowed = Annotated[Filters, Depends()]


def of_request(tx: Transaction, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """What the request of a line has to be. Raises: WordsTooShort."""
    if filters.status:
        yield InstanceRow.status.in_([status.value for status in filters.status])
    if filters.business_type:
        yield InstanceRow.business_type.in_([one.value for one in filters.business_type])
    if filters.unit_id is not None:
        yield InstanceRow.unit_id == filters.unit_id
    if filters.node is not None:
        yield InstanceRow.node == filters.node
        yield InstanceRow.ended_at.is_(None)  # it follows, and says which index holds them
    zone = tx.runtime.organisation.zone
    if filters.since is not None:
        yield InstanceRow.started_at >= datetime.combine(filters.since, time(), zone)
    if filters.until is not None:
        after = filters.until + timedelta(days=1)
        yield InstanceRow.started_at < datetime.combine(after, time(), zone)
    if filters.number is not None:
        year = tx.now.astimezone(zone).year
        meant = searching.numbers_meant(filters.number, tx.runtime.organisation, year=year)
        yield or_(InstanceRow.tracking_number.in_(meant), InstanceRow.number.in_(meant))
    if filters.q is not None:
        yield searching.found_by(tx.session, InstanceRow.request_id, filters.q)


def marked_request(tx: Transaction, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.mark:
        wanted = {
            Mark.RETURNED: InstanceRow.status == Status.RETURNED.value,
            Mark.URGED: _waits(TaskRow.urged_at.is_not(None)),
            Mark.OVERDUE: _waits(late(TaskRow.due_at, tx.now)),
        }
        yield or_(*(wanted[mark] for mark in filters.mark))


def marked_task(
    filters: Filters, *, returned: ColumnElement[bool], overdue: ColumnElement[bool]
) -> Iterator[ColumnElement[bool]]:
    if filters.mark:
        wanted = {
            Mark.RETURNED: returned,
            Mark.URGED: TaskRow.urged_at.is_not(None),
            Mark.OVERDUE: overdue,
        }
        yield or_(*(wanted[mark] for mark in filters.mark))


def _waits(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """That a task of the request waits and is like this; of those there are never many."""
    waiting = select(TaskRow.request_id).where(TaskRow.state.in_(WAITING), condition)
    return InstanceRow.request_id.in_(waiting)
