"""What the list of one's own requests can be narrowed down to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from sqlalchemy import ColumnElement, String, or_

from request_svc.domain import Status
from request_svc.models import Request
from shared import searching
from shared.contracts.people import BusinessType
from shared.lateness import is_late, late
from shared.transaction import Transaction


class Mark(StrEnum):
    """What a line of a list draws attention to."""

    RETURNED = "returned"  # 退回
    URGED = "urged"  # 已催办
    OVERDUE = "overdue"  # 超时


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


def conditions(tx: Transaction, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """Raises: WordsTooShort."""
    if filters.status:
        yield Request.status.in_(filters.status)
    if filters.business_type:
        yield Request.submitted_type.in_(filters.business_type)
    if filters.unit_id is not None:
        yield Request.unit_id == filters.unit_id
    if filters.node is not None:
        yield Request.current_node == filters.node
    zone = tx.runtime.organisation.zone
    if filters.since is not None:
        yield Request.submitted_at >= datetime.combine(filters.since, time(), zone)
    if filters.until is not None:
        after = filters.until + timedelta(days=1)
        yield Request.submitted_at < datetime.combine(after, time(), zone)
    if filters.number is not None:
        year = tx.now.astimezone(zone).year
        meant = searching.numbers_meant(filters.number, tx.runtime.organisation, year=year)
        yield or_(Request.tracking_number.in_(meant), Request.number.in_(meant))
    if filters.q is not None:
        yield searching.found_by(tx.session, Request.id, filters.q)
    if filters.mark:
        wanted = {
            Mark.RETURNED: Request.status == Status.RETURNED,
            Mark.URGED: Request.urged.cast(String) != "[]",
            Mark.OVERDUE: late(Request.due_at, tx.now),
        }
        yield or_(*(wanted[mark] for mark in filters.mark))


def marks_of(row: Request, now: datetime) -> list[Mark]:
    standing = {
        Mark.RETURNED: row.status == Status.RETURNED,
        Mark.URGED: bool(row.urged),
        Mark.OVERDUE: is_late(row.due_at, now),
    }
    return [mark for mark, holds in standing.items() if holds]
