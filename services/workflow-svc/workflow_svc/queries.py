"""What is shown: to-do lists, a task, the record, the flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select

from shared.contracts.people import Post, Unit
from shared.errors import NotFound
from shared.readers import OVERSEEING
from shared.transaction import Transaction
from workflow_svc import people, store
from workflow_svc.copy_models import CopyRow
from workflow_svc.domain import TaskState
from workflow_svc.flow import FlowNode, May, NodeKind
from workflow_svc.models import (
    CandidateRow,
    InstanceRow,
    LogRow,
    PersonRow,
    PostRow,
    SubmissionRow,
    TaskRow,
    UnitRow,
)
from workflow_svc.published import flow_of


@dataclass(frozen=True)
class TaskSeen:
    """A task as one of its candidates sees it."""

    task: TaskRow
    instance: InstanceRow
    state: TaskState
    form: dict[str, Any]
    kind: NodeKind
    seals_with: str | None
    countersign_choices: tuple[Unit, ...] | None  # None: nobody is to be named here
    may: list[May]
    opinion_required: bool
    on_behalf_of: str | None
    signers: Sequence[tuple[TaskRow, CandidateRow]]  # added by this person, and still to act


async def task(tx: Transaction, task_id: UUID, person: UUID) -> TaskSeen:
    """Raises: NotFound, also when the person is no candidate of it."""
    query = (
        select(TaskRow, InstanceRow, SubmissionRow.form, CandidateRow.on_behalf_of_name)
        .join(InstanceRow, InstanceRow.request_id == TaskRow.request_id)
        .join(
            SubmissionRow,
            (SubmissionRow.request_id == TaskRow.request_id)
            & (SubmissionRow.revision == TaskRow.revision),
        )
        .join(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(TaskRow.id == task_id, CandidateRow.person_id == person)
    )
    found = (await tx.session.execute(query)).one_or_none()
    if found is None:
        raise NotFound
    row, instance, form, on_behalf_of = found
    flow = await flow_of(tx, instance.flow_key, instance.flow_version)
    node = flow.node(row.node)
    by_another = row.decided_by is not None and person not in {row.decided_by, row.on_behalf_of}
    choices = None
    if node.names_countersigners and row.added_by is None:
        submitted = store.form_of(form)
        choices = await people.countersign_choices(tx, submitted)
    return TaskSeen(
        task=row,
        instance=instance,
        state=TaskState.SKIPPED if by_another else TaskState(row.state),
        form=form,
        kind=node.kind,
        seals_with=row.unit_name if node.place and row.added_by is None else None,
        countersign_choices=choices,
        may=_may(node, is_open=row.state == TaskState.OPEN.value, stands_in=bool(on_behalf_of)),
        opinion_required=node.opinion_required,
        on_behalf_of=on_behalf_of,
        signers=await _added(tx, row.request_id, person),
    )


async def _added(
    tx: Transaction, request_id: UUID, by: UUID
) -> Sequence[tuple[TaskRow, CandidateRow]]:
    states = [state.value for state in (TaskState.QUEUED, TaskState.OPEN, TaskState.BLOCKED)]
    query = (
        select(TaskRow, CandidateRow)
        .join(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(
            TaskRow.request_id == request_id,
            TaskRow.added_by == by,
            TaskRow.state.in_(states),
            CandidateRow.on_behalf_of.is_(None),
        )
        .order_by(TaskRow.id)
    )
    return [(row, candidate) for row, candidate in await tx.session.execute(query)]


def _may(node: FlowNode, *, is_open: bool, stands_in: bool) -> list[May]:
    """Who stands in decides, and hands nothing over."""
    kept_out = {May.HAND_OVER} if stands_in else set[May]()
    return sorted(node.may - kept_out) if is_open else []


async def require_reader(tx: Transaction, request_id: UUID, person: UUID) -> None:
    """Its initiator, whoever was asked to act on it, was copied or watches it, and those who
    oversee everything may read.

    All of that is this service's own, so it needs no `shared.readers` tables of its own events.
    Raises: NotFound, the same as for a request that does not exist.
    """
    copied = exists().where(CopyRow.request_id == request_id, CopyRow.person_id == person)
    overseeing = [post.value for post in OVERSEEING]
    oversees = exists().where(PostRow.person_id == person, PostRow.post.in_(overseeing))
    if not await tx.session.scalar(select(or_(*_has_part(request_id, person), copied, oversees))):
        raise NotFound


async def require_part(tx: Transaction, request_id: UUID, person: UUID) -> None:
    """Its initiator, and whoever was asked to act on it, have a part in it. Raises: NotFound."""
    if not await tx.session.scalar(select(or_(*_has_part(request_id, person)))):
        raise NotFound


def _has_part(request_id: UUID, person: UUID) -> tuple[ColumnElement[bool], ...]:
    initiated = exists().where(
        InstanceRow.request_id == request_id, InstanceRow.initiator_id == person
    )
    asked = exists().where(
        TaskRow.request_id == request_id,
        CandidateRow.task_id == TaskRow.id,
        CandidateRow.person_id == person,
    )
    decided = exists().where(TaskRow.request_id == request_id, TaskRow.decided_by == person)
    return initiated, asked, decided


async def log(tx: Transaction, request_id: UUID) -> Sequence[LogRow]:
    """The record so far. Raises: NotFound when there is no such request."""
    query = select(LogRow).where(LogRow.request_id == request_id).order_by(LogRow.sequence)
    rows = (await tx.session.scalars(query)).all()
    if not rows:
        raise NotFound
    return rows


async def waiting(tx: Transaction, request_id: UUID) -> list[tuple[TaskRow, list[str]]]:
    """The tasks that wait, each with the names of those who may act."""
    states = (TaskState.OPEN.value, TaskState.BLOCKED.value)
    query = (
        select(TaskRow, CandidateRow.person_name)
        .outerjoin(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(TaskRow.request_id == request_id, TaskRow.state.in_(states))
        .order_by(TaskRow.id, CandidateRow.person_name)
    )
    rows: dict[UUID, tuple[TaskRow, list[str]]] = {}
    for row, name in await tx.session.execute(query):
        names = rows.setdefault(row.id, (row, []))[1]
        if name is not None:
            names.append(name)
    return list(rows.values())


async def person(tx: Transaction, person_id: UUID) -> tuple[PersonRow, list[tuple[Unit, Post]]]:
    """Someone of the directory with the posts they hold. Raises: NotFound."""
    row = await tx.session.get(PersonRow, person_id)
    if row is None:
        raise NotFound
    query = (
        select(UnitRow.id, UnitRow.name, PostRow.post)
        .join(UnitRow, UnitRow.id == PostRow.unit_id)
        .where(PostRow.person_id == person_id)
        .order_by(UnitRow.position, PostRow.post)
    )
    held = await tx.session.execute(query)
    return row, [(Unit(id=item.id, name=item.name), Post(item.post)) for item in held]


async def unit_code(tx: Transaction, unit_id: UUID | None) -> str | None:
    return await tx.session.scalar(select(UnitRow.code).where(UnitRow.id == unit_id))
