"""Each race three hundred times on PostgreSQL: two connections, released together.

Exactly one wins, or both in an order that makes sense; who loses is refused with 409; nothing
deadlocks; and afterwards every request, its tasks and its record fit each other.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from workflow_svc import actions, batch
from workflow_svc.auditing import audit
from workflow_svc.domain import Status, TaskState
from workflow_svc.models import CandidateRow, InstanceRow, TaskRow
from workflow_svc.service import SERVICE

from deploy.native.servers import Servers
from shared.contracts import workflow as said
from shared.contracts.people import Person
from shared.contracts.workflow import Verdict
from shared.database import new_id
from shared.errors import Refusal
from shared.identity import User
from shared.seal_order import create_order_keys
from shared.service import Runtime
from shared.testing import Trial, on_trial
from shared.transaction import Transaction
from tests.conftest import fresh_database
from tests.service.workflow_svc.hall import directory_folder, submission
from tests.unit.workflow_svc.world import BAI, LU, SHEN

RACES = 300
AT_ONCE = 6  # races at a time, each with two connections

Deed = Callable[[Transaction], Awaitable[Any]]


@pytest.fixture
async def trial(tmp_path: Path, servers: Servers, organisation_file: Path) -> AsyncIterator[Trial]:
    async with (
        fresh_database(servers) as url,
        on_trial(
            SERVICE,
            folder=tmp_path,
            database_url=url,
            organisation=organisation_file,
            directory_folder=directory_folder(tmp_path),
            seal_order_private_key=create_order_keys(tmp_path)[0],
        ) as trial,
    ):
        yield trial


def user(person: Person) -> User:
    return User(id=person.id, name=person.name)


async def submitted(runtime: Runtime, request_id: UUID, revision: int = 1) -> UUID:
    """Takes a submission in. Returns: the first task."""
    async with runtime.transaction() as tx:
        await actions.take_in(tx, submission(request_id, revision=revision))
    return await first_task(runtime, request_id)


async def first_task(runtime: Runtime, request_id: UUID) -> UUID:
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
        locks = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        assert await tx.session.scalar(locks) == 0
    assert (await audit(trial.runtime)).findings == []


async def test_two_decide(trial: Trial) -> None:
    async def race(_: int) -> None:
        task = await submitted(trial.runtime, new_id())
        exactly_one_won(
            await released_together(
                trial.runtime, deciding(task, LU), deciding(task, BAI, Verdict.RETURN)
            )
        )

    await hundreds(race)
    assert len(await trial.published(said.Decided)) == RACES
    await everything_fits(trial)


async def test_one_decides_while_the_initiator_withdraws(trial: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(trial.runtime, request_id)
        decided, withdrawn = await released_together(
            trial.runtime,
            deciding(task, LU),
            lambda tx: actions.withdraw(tx, request_id, by=user(SHEN)),
        )
        assert withdrawn == {"request_status": "withdrawn"}  # before or after
        assert not isinstance(decided, Refusal) or decided.status == 409

    await hundreds(race)
    assert len(await trial.published(said.Withdrawn)) == RACES
    await everything_fits(trial)


async def test_one_resubmission_comes_twice(trial: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(trial.runtime, request_id)
        async with trial.runtime.transaction() as tx:
            await deciding(task, LU, Verdict.RETURN)(tx)
        again = submission(request_id, revision=2)
        both = await released_together(
            trial.runtime,
            lambda tx: actions.take_in(tx, again),
            lambda tx: actions.take_in(tx, again),
        )
        assert both == [None, None]
        await first_task(trial.runtime, request_id)  # there is exactly one

    await hundreds(race)
    assert len(await trial.published(said.Started)) == 2 * RACES
    await everything_fits(trial)


async def test_an_urge_against_a_decision(trial: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(trial.runtime, request_id)
        urged, decided = await released_together(
            trial.runtime,
            lambda tx: actions.urge(tx, request_id, by=user(SHEN), nodes=["unit_office"]),
            deciding(task, LU),
        )
        assert not isinstance(decided, Refusal)  # an urge makes no click stale
        if isinstance(urged, Refusal):
            assert (urged.status, urged.code) == (409, "nothing_to_urge")

    await hundreds(race)
    assert len(await trial.published(said.Decided)) == RACES
    await everything_fits(trial)


async def test_a_batch_against_a_single_decision(trial: Trial) -> None:
    async def race(_: int) -> None:
        task = await submitted(trial.runtime, new_id())
        batched, single = await asyncio.gather(
            batch.agree(trial.runtime, [task], by=user(BAI), opinion="同意", key=None),
            released_together(trial.runtime, deciding(task, LU)),
        )
        exactly_one_won([batched[0].refusal or batched[0], *single])

    await hundreds(race)
    assert len(await trial.published(said.Decided)) == RACES
    await everything_fits(trial)


async def test_a_withdrawal_overtakes_a_resubmission(trial: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(trial.runtime, request_id)
        async with trial.runtime.transaction() as tx:
            await deciding(task, LU, Verdict.RETURN)(tx)
        taken_in, withdrawn = await released_together(
            trial.runtime,
            lambda tx: actions.take_in(tx, submission(request_id, revision=2)),
            lambda tx: actions.withdraw(tx, request_id, by=user(SHEN)),
        )
        assert (taken_in, withdrawn) == (None, {"request_status": "withdrawn"})

    await hundreds(race)
    assert len(await trial.published(said.Withdrawn)) == RACES
    await everything_fits(trial)
