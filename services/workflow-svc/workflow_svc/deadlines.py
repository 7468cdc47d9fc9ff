"""A job: deadlines that passed remind, then escalate; each step of a task once, whatever restarts.

The mark that a step was taken commits with its event, under the request's lock.
"""

from uuid import UUID

from sqlalchemy import select

from shared.contracts.people import Person, Post, UnitKind
from shared.contracts.workflow import OverdueStep
from shared.lateness import late
from shared.service import Job, Runtime
from shared.transaction import Transaction
from workflow_svc import lateness, people, store
from workflow_svc.domain import Task
from workflow_svc.models import TaskRow
from workflow_svc.world import Outcome

BATCH = 100


async def run(runtime: Runtime) -> None:
    """Until nothing is late any more; each request in a transaction of its own."""
    while True:
        async with runtime.transaction() as tx:
            requests = await _late(tx)
        for request_id in requests:
            async with runtime.transaction() as tx:
                await notice(tx, request_id)
        if len(requests) < BATCH:
            return


async def notice(tx: Transaction, request_id: UUID) -> None:
    """Takes the step that each open task of the request calls for now."""
    held = await store.hold(tx, request_id)
    outcome = Outcome(held.state, ())
    for task in held.state.live():
        step = lateness.step_due(task, tx.now)
        if step is not None:
            heads = await _heads(tx, task) if step is OverdueStep.ESCALATION else ()
            outcome = outcome.then(lateness.notice(outcome.state, task, heads, tx.now))
    if outcome.happened:
        await store.save(tx, held, outcome)


async def _late(tx: Transaction) -> list[UUID]:
    query = (
        select(TaskRow.request_id)
        .where(late(TaskRow.next_step_at, tx.now))
        .group_by(TaskRow.request_id)
        .order_by(TaskRow.request_id)
        .limit(BATCH)
    )
    return list(await tx.session.scalars(query))


async def _heads(tx: Transaction, task: Task) -> tuple[Person, ...]:
    """The heads of the unit; where they are the late ones themselves, 督查室."""
    asked = set(task.assignees)
    heads = await people.holding(tx, Post.HEAD, task.unit.id)
    others = tuple(person for person in heads if person not in asked)
    return others or await people.holding(tx, Post.SEAL_KEEPER, UnitKind.SEAL_OFFICE)


DEADLINES = Job("deadlines", run, every_seconds=60, alone=True)
