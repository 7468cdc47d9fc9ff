"""上传附件: what an approver uploads for an open task, and what of it their decision carries.

Every change locks the request first, so that a decision and a removal never cross.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from uuid import UUID

from sqlalchemy import select

from shared.contracts.people import Person
from shared.contracts.request import StoredFile
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.inspection.reception import Received
from shared.transaction import Transaction
from workflow_svc import eligibility, errors, queries, store
from workflow_svc.attachment_models import AttachmentRow
from workflow_svc.commanding import world_of
from workflow_svc.domain import Instance, Kind, Task
from workflow_svc.flow import NodeKind
from workflow_svc.models import LogRow
from workflow_svc.store import Held
from workflow_svc.world import Outcome

ATTACHMENTS_LIMIT = 10  # of one person for one task


async def require_room(tx: Transaction, task_id: UUID, *, by: User) -> Held:
    """Locks the request. Raises: as `mine`, TooManyAttachments."""
    held = await _require_actor(tx, task_id, by)
    if len(await _uploaded(tx, task_id, by.id)) >= ATTACHMENTS_LIMIT:
        raise errors.TooManyAttachments(limit=ATTACHMENTS_LIMIT)
    return held


async def keep(tx: Transaction, task_id: UUID, *, by: User, received: Received) -> AttachmentRow:
    """Asks once more: much may have happened while the file came. Raises: as `require_room`."""
    held = await require_room(tx, task_id, by=by)
    row = AttachmentRow(
        id=new_id(),
        request_id=held.row.request_id,
        task_id=task_id,
        **asdict(received),
        by_id=by.id,
        uploaded_at=tx.now,
        decided_at=None,
    )
    tx.session.add(row)
    return row


async def mine(tx: Transaction, task_id: UUID, *, by: User) -> Sequence[AttachmentRow]:
    """What this person uploaded for the task, oldest first.

    Raises: NotFound, TaskClosed, NotYourTurn, NotDecidable.
    """
    await _require_actor(tx, task_id, by)
    return await _uploaded(tx, task_id, by.id)


async def remove(tx: Transaction, task_id: UUID, attachment_id: UUID, *, by: User) -> None:
    """Raises: as `mine`; NotFound also for what someone else uploaded."""
    for row in await mine(tx, task_id, by=by):
        if row.id == attachment_id:
            await tx.session.delete(row)
            return
    raise NotFound


async def bind(
    tx: Transaction, outcome: Outcome, task_id: UUID, ids: Sequence[UUID], *, by: Person
) -> Outcome:
    """The decision of this task, carrying these files for good. Raises: NotYourAttachments."""
    if not ids:
        return outcome
    uploaded = {row.id: row for row in await _uploaded(tx, task_id, by.id)}
    if len(set(ids)) < len(ids) or not uploaded.keys() >= set(ids):
        raise errors.NotYourAttachments
    rows = [uploaded[attachment_id] for attachment_id in ids]
    for row in rows:
        row.decided_at = tx.now
    files = tuple(StoredFile.model_validate(row, from_attributes=True) for row in rows)
    happened = tuple(
        replace(happening, attachments=files) if happening.kind is Kind.DECIDED else happening
        for happening in outcome.happened
    )
    return replace(outcome, happened=happened)


async def carried_over(tx: Transaction, before: Instance, outcome: Outcome) -> Outcome:
    """Agreements that count in the next round too, each with what was attached to it."""
    if all(happening.kind is not Kind.CARRIED_OVER for happening in outcome.happened):
        return outcome
    former = {_given(task): task.id for task in before.tasks}
    query = select(LogRow.task_id, LogRow.detail).where(
        LogRow.request_id == before.request_id,
        LogRow.task_id.in_(former.values()),
        LogRow.kind.in_([Kind.DECIDED.value, Kind.CARRIED_OVER.value]),
    )
    said = {row.task_id: row.detail for row in await tx.session.execute(query)}

    def files(task: Task) -> tuple[StoredFile, ...]:
        detail = said[former[_given(task)]]
        return tuple(StoredFile.model_validate(file) for file in detail.get("attachments", ()))

    happened = tuple(
        replace(happening, attachments=files(happening.task))
        if happening.kind is Kind.CARRIED_OVER and happening.task
        else happening
        for happening in outcome.happened
    )
    return replace(outcome, happened=happened)


def _given(task: Task) -> tuple[object, ...]:
    """By what an agreement is known in whichever round it counts."""
    return (task.node, task.unit.id, task.decided_by, task.closed_at)


async def attachment(
    tx: Transaction, request_id: UUID, attachment_id: UUID, *, for_: User
) -> AttachmentRow:
    """For the request's readers once a decision carries it; before, for who uploaded it.

    Raises: NotFound.
    """
    await queries.require_reader(tx, request_id, for_.id)
    row = await tx.session.get(AttachmentRow, attachment_id)
    if row is None or row.request_id != request_id:
        raise NotFound
    if row.decided_at is None and row.by_id != for_.id:
        raise NotFound
    return row


async def _require_actor(tx: Transaction, task_id: UUID, by: User) -> Held:
    held = await store.hold_by_task(tx, task_id)
    task = held.state.task(task_id)
    node = held.flow.node(task.node)
    person = Person(id=by.id, name=by.name)
    eligibility.require_actor(held.state, node, task, person, await world_of(tx, held))
    if node.kind is NodeKind.REGISTER:
        raise errors.NotDecidable
    return held


async def _uploaded(tx: Transaction, task_id: UUID, by_id: UUID) -> Sequence[AttachmentRow]:
    query = (
        select(AttachmentRow)
        .where(AttachmentRow.task_id == task_id, AttachmentRow.by_id == by_id)
        .order_by(AttachmentRow.id)
    )
    return (await tx.session.scalars(query)).all()
