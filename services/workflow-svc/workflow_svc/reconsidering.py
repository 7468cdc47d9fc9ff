"""A job: tasks that nobody may act on any more, or again, after the directory changed."""

from uuid import UUID

from sqlalchemy import exists, or_, select

from shared.service import Job, Runtime
from shared.transaction import Transaction
from workflow_svc import actions
from workflow_svc.domain import TaskState
from workflow_svc.models import CandidateRow, PersonRow, PostRow, TaskRow

RECONSIDER = "reconsider"
BATCH = 100


async def run(runtime: Runtime) -> None:
    """Each request in a transaction of its own, so that none waits for another."""
    after: UUID | None = None
    while True:
        async with runtime.transaction() as tx:
            requests = await _stale(tx, after)
        for request_id in requests:
            async with runtime.transaction() as tx:
                await actions.reconsider(tx, request_id)
        if len(requests) < BATCH:
            return
        after = requests[-1]


async def _stale(tx: Transaction, after: UUID | None) -> list[UUID]:
    """Requests with a blocked task whose post is held, or an open one whose people all left it.

    Who was put in charge needs no post, only to be there.
    """
    in_post = (PostRow.unit_id == TaskRow.unit_id) & (PostRow.post == TaskRow.post)
    anyone = exists().where(in_post)
    of_those_asked = exists().where(
        in_post, CandidateRow.task_id == TaskRow.id, PostRow.person_id == CandidateRow.person_id
    )
    still_there = exists().where(
        CandidateRow.task_id == TaskRow.id,
        PersonRow.id == CandidateRow.person_id,
        PersonRow.active,
    )
    query = (
        select(TaskRow.request_id)
        .where(
            or_(
                (TaskRow.state == TaskState.BLOCKED.value) & anyone & ~TaskRow.appointed,
                (TaskRow.state == TaskState.OPEN.value) & ~of_those_asked & ~TaskRow.appointed,
                (TaskRow.state == TaskState.OPEN.value) & TaskRow.appointed & ~still_there,
            )
        )
        .distinct()
        .order_by(TaskRow.request_id)
        .limit(BATCH)
    )
    if after is not None:
        query = query.where(TaskRow.request_id > after)
    return list(await tx.session.scalars(query))


RECONSIDERING = Job(RECONSIDER, run, every_seconds=60, alone=True)
