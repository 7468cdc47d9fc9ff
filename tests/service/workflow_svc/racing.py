"""What races need: a service on PostgreSQL, deeds released together, and what must hold after."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from workflow_svc import actions
from workflow_svc.auditing import audit
from workflow_svc.domain import Status, TaskState
from workflow_svc.models import CandidateRow, InstanceRow, TaskRow

from shared.contracts.people import Person
from shared.contracts.workflow import Verdict
from shared.errors import Refusal
from shared.identity import User
from shared.service import Runtime
from shared.testing import Trial
from shared.transaction import Transaction
from tests.service.workflow_svc.hall import submission

RACES = 300
AT_ONCE = 6  # races at a time, each with two connections

Deed = Callable[[Transaction], Awaitable[Any]]


def user(person: Person) -> User:
    return User(id=person.id, name=person.name)


async def submitted(runtime: Runtime, request_id: UUID, revision: int = 1) -> UUID:
    """Takes a submission in. Returns: the first task."""
    async with runtime.transaction() as tx:
        await actions.take_in(tx, submission(request_id, revision=revision))
    return await open_task(runtime, request_id)


async def open_task(runtime: Runtime, request_id: UUID) -> UUID:
    """The one task of the request that is open."""
    query = select(TaskRow.id).where(
        TaskRow.request_id == request_id, TaskRow.state == TaskState.OPEN.value
    )
    async with runtime.transaction() as tx:
        return (await tx.session.scalars(query)).one()


def deciding(task: UUID, by: Person, verdict: Verdict = Verdict.AGREE) -> Deed:
    return lambda tx: actions.decide(tx, task, by=user(by), verdict=verdict, opinion="意见")


async def released_together(runtime: Runtime, *deeds: Deed) -> list[Any]:
    """What each deed came to: its answer, or its refusal; anything else is raised."""
    barrier = asyncio.Barrier(len(deeds))

    async def alone(deed: Deed) -> Any:
        try:
            async with runtime.transaction() as tx:
                await tx.session.execute(text("SELECT 1"))  # connected
                await barrier.wait()
                return await deed(tx)
        except Refusal as refusal:
            return refusal

    return list(await asyncio.gather(*map(alone, deeds)))


async def hundreds(one: Callable[[int], Awaitable[None]]) -> None:
    places = asyncio.Semaphore(AT_ONCE)

    async def placed(number: int) -> None:
        async with places:
            await one(number)

    await asyncio.gather(*map(placed, range(RACES)))


def exactly_one_won(outcomes: list[Any]) -> None:
    lost = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert len(lost) == len(outcomes) - 1, outcomes
    assert {refusal.status for refusal in lost} == {409}


async def everything_fits(trial: Trial) -> None:
    """Statuses, tasks and candidates agree with each other, and the record is what was written."""
    async with trial.runtime.transaction() as tx:
        waiting = (
            select(func.count())
            .where(
                TaskRow.request_id == InstanceRow.request_id,
                TaskRow.state.in_((TaskState.OPEN.value, TaskState.BLOCKED.value)),
            )
            .scalar_subquery()
        )
        for status, count in await tx.session.execute(select(InstanceRow.status, waiting)):
            alive = status in {Status.IN_PROGRESS.value, Status.APPROVED.value}
            assert (count > 0) is alive, (status, count)
        stray = (
            select(func.count())
            .select_from(CandidateRow)
            .join(TaskRow, TaskRow.id == CandidateRow.task_id)
            .where(CandidateRow.open != (TaskRow.state == TaskState.OPEN.value))
        )
        assert await tx.session.scalar(stray) == 0
        twice = (
            select(TaskRow.request_id)
            .where(TaskRow.state == TaskState.DECIDED.value)
            .group_by(TaskRow.request_id, TaskRow.revision, TaskRow.node)
            .having(func.count() > 1)
        )
        assert (await tx.session.scalars(twice)).all() == []
        locks = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert await tx.session.scalar(locks) == 0
    assert (await audit(trial.runtime)).findings == []
