"""The lists: 待办, 已办, 我的知会, 我的督办, and every request for those who oversee; by keyset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Label, Row, ScalarSelect, Select, case, func, select

from shared.contracts.workflow import Node, Verdict, WhyCopied
from shared.lateness import is_late, late
from shared.paging import Position, cut, older
from shared.transaction import Transaction
from workflow_svc import published
from workflow_svc.copy_models import CopyRow
from workflow_svc.domain import Status
from workflow_svc.filters import (
    WAITING,
    Filters,
    Mark,
    marked_request,
    marked_task,
    of_request,
)
from workflow_svc.models import CandidateRow, InstanceRow, TaskRow

Listed = Row[*tuple[Any, ...]]

_OF_REQUEST: tuple[Any, ...] = (
    InstanceRow.request_id,
    InstanceRow.title,
    InstanceRow.tracking_number,
    InstanceRow.number,
    InstanceRow.business_type,
    InstanceRow.unit_id,
    InstanceRow.unit_name,
    InstanceRow.initiator_id,
    InstanceRow.initiator_name,
    InstanceRow.status,
    InstanceRow.revision,
    InstanceRow.flow_key,
    InstanceRow.flow_version,
    InstanceRow.node.label("current_node"),
    InstanceRow.started_at,
    InstanceRow.ended_at,
)
_OF_TASK: tuple[Any, ...] = (
    TaskRow.id.label("task_id"),
    TaskRow.node,
    TaskRow.node_name,
    TaskRow.opened_at,
    TaskRow.closed_at,
    TaskRow.due_at,
    TaskRow.urged_at,
    TaskRow.verdict,
)
_OF_COPY: tuple[Any, ...] = (
    CopyRow.why,
    CopyRow.by_name.label("copied_by"),
    CopyRow.node_name.label("copied_at_node"),
    CopyRow.copied_at,
    CopyRow.read_at,
)
_CORRECTED = TaskRow.revision > 1
_RETURNED = TaskRow.verdict == Verdict.RETURN.value
_DECIDED_LATE = late(TaskRow.due_at, TaskRow.closed_at)


@dataclass(frozen=True)
class Page:
    rows: Sequence[Listed]
    next: str | None


async def open_tasks(
    tx: Transaction, person: UUID, filters: Filters, *, after: Position | None, limit: int
) -> Page:
    """待办事项, the newest first."""
    query = (
        select(*_OF_TASK, *_OF_REQUEST)
        .select_from(CandidateRow)
        .join(TaskRow, TaskRow.id == CandidateRow.task_id)
        .join(InstanceRow, InstanceRow.request_id == TaskRow.request_id)
        .where(CandidateRow.person_id == person, CandidateRow.open)
        .where(
            *of_request(tx, filters),
            *marked_task(filters, returned=_CORRECTED, overdue=late(TaskRow.due_at, tx.now)),
        )
    )
    place = (CandidateRow.opened_at, CandidateRow.task_id)
    return await _page(tx, query, place, after=after, limit=limit)


async def done_tasks(
    tx: Transaction, person: UUID, filters: Filters, *, after: Position | None, limit: int
) -> Page:
    """已办事项: what the person decided, the newest first."""
    query = (
        select(*_OF_TASK, *_OF_REQUEST)
        .select_from(TaskRow)
        .join(InstanceRow, InstanceRow.request_id == TaskRow.request_id)
        .where(TaskRow.decided_by == person)
        .where(
            *of_request(tx, filters),
            *marked_task(filters, returned=_RETURNED, overdue=_DECIDED_LATE),
        )
    )
    place = (TaskRow.closed_at, TaskRow.id)
    return await _page(tx, query, place, after=after, limit=limit)


async def copied_requests(
    tx: Transaction,
    person: UUID,
    why: WhyCopied,
    filters: Filters,
    *,
    unread: bool,
    after: Position | None,
    limit: int,
) -> Page:
    """我的知会 or 我的督办, what came last first. `unread`: only what waits to be read."""
    query = (
        select(*_OF_COPY, *_OF_REQUEST, *_waiting(tx.now))
        .select_from(CopyRow)
        .join(InstanceRow, InstanceRow.request_id == CopyRow.request_id)
        .where(CopyRow.person_id == person, CopyRow.why == why.value)
        .where(*of_request(tx, filters), *marked_request(tx, filters))
    )
    if unread:
        query = query.where(CopyRow.read_at.is_(None))
    place = (CopyRow.copied_at, CopyRow.request_id)
    return await _page(tx, query, place, after=after, limit=limit)


async def all_requests(
    tx: Transaction, filters: Filters, *, after: Position | None, limit: int
) -> Page:
    """Every request, the newest first. Who may see them is asked before."""
    query = select(*_OF_REQUEST, *_waiting(tx.now)).where(
        *of_request(tx, filters), *marked_request(tx, filters)
    )
    place = (InstanceRow.started_at, InstanceRow.request_id)
    return await _page(tx, query, place, after=after, limit=limit)


@dataclass(frozen=True)
class Counts:
    """`todo`: open tasks; `urged`: those of them that someone waits for; and what of 我的知会 and
    我的督办 is not read yet."""

    todo: int
    urged: int
    unread_copies: int
    unread_supervisions: int


async def counts(tx: Transaction, person: UUID) -> Counts:
    """What the red dot and the tabs show."""
    urged = func.count(case((TaskRow.urged_at.is_not(None), 1)))
    query = (
        select(
            func.count(),
            urged,
            _unread(person, WhyCopied.COPY),
            _unread(person, WhyCopied.SUPERVISION),
        )
        .select_from(CandidateRow)
        .join(TaskRow, TaskRow.id == CandidateRow.task_id)
        .where(CandidateRow.person_id == person, CandidateRow.open)
    )
    row = (await tx.session.execute(query)).one()
    return Counts(*row)


def _unread(person: UUID, why: WhyCopied) -> ScalarSelect[int]:
    return (
        select(func.count())
        .select_from(CopyRow)
        .where(CopyRow.person_id == person, CopyRow.why == why.value, CopyRow.read_at.is_(None))
        .scalar_subquery()
    )


async def node_names(tx: Transaction, rows: Sequence[Listed]) -> Mapping[UUID, Node]:
    """The present node of each request that has one, as people call it."""
    names = {}
    for row in rows:
        if row.current_node is not None:
            flow = await published.flow_of(tx, row.flow_key, row.flow_version)
            node = flow.node(row.current_node)
            names[row.request_id] = Node(id=node.id, name=node.name)
    return names


def marks_of_task(row: Listed, now: datetime) -> list[Mark]:
    returned = row.verdict == Verdict.RETURN.value if row.closed_at else row.revision > 1
    overdue = is_late(row.due_at, row.closed_at or now)
    return _marks(returned=returned, urged=row.urged_at is not None, overdue=overdue)


def marks_of_request(row: Listed) -> list[Mark]:
    returned = row.status == Status.RETURNED.value
    return _marks(returned=returned, urged=row.urged > 0, overdue=row.overdue > 0)


def elapsed_seconds(since: datetime, until: datetime | None, now: datetime) -> int:
    return max(0, int(((until or now) - since).total_seconds()))


def _marks(**standing: bool) -> list[Mark]:
    return [mark for mark in Mark if standing[mark.value]]


def _waiting(now: datetime) -> tuple[Label[int], Label[int]]:
    """How many tasks of a request wait urged, and how many past their deadline."""
    counted = (
        select(func.count())
        .where(TaskRow.request_id == InstanceRow.request_id, TaskRow.state.in_(WAITING))
        .correlate(InstanceRow)
    )
    urged, overdue = TaskRow.urged_at.is_not(None), late(TaskRow.due_at, now)
    return (
        counted.where(urged).scalar_subquery().label("urged"),
        counted.where(overdue).scalar_subquery().label("overdue"),
    )


async def _page(
    tx: Transaction,
    query: Select[*tuple[Any, ...]],
    place: tuple[Any, Any],
    *,
    after: Position | None,
    limit: int,
) -> Page:
    at, row_id = place
    if after is not None:
        query = query.where(older(at, row_id, after))
    placed = query.add_columns(at.label("placed_at"), row_id.label("placed_id"))
    newest = placed.order_by(at.desc(), row_id.desc()).limit(limit + 1)
    rows = (await tx.session.execute(newest)).all()
    return Page(*cut(rows, limit, lambda row: Position(row.placed_at, row.placed_id)))
