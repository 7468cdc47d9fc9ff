"""Each race three hundred times on PostgreSQL: two connections, released together.

Exactly one wins, or both in an order that makes sense; who loses is refused with 409; nothing
deadlocks; and afterwards every request, its tasks and its record fit each other.
"""

import asyncio

from workflow_svc import actions, batch

from shared.contracts import workflow as said
from shared.contracts.workflow import Verdict
from shared.database import new_id
from shared.errors import Refusal
from shared.testing import Trial
from tests.service.workflow_svc.hall import submission
from tests.service.workflow_svc.racing import (
    RACES,
    deciding,
    everything_fits,
    exactly_one_won,
    hundreds,
    open_task,
    released_together,
    submitted,
    user,
)
from tests.unit.workflow_svc.world import BAI, LU, SHEN


async def test_two_decide(contest: Trial) -> None:
    async def race(_: int) -> None:
        task = await submitted(contest.runtime, new_id())
        exactly_one_won(
            await released_together(
                contest.runtime, deciding(task, LU), deciding(task, BAI, Verdict.RETURN)
            )
        )

    await hundreds(race)
    assert len(await contest.published(said.Decided)) == RACES
    await everything_fits(contest)


async def test_one_decides_while_the_initiator_withdraws(contest: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(contest.runtime, request_id)
        decided, withdrawn = await released_together(
            contest.runtime,
            deciding(task, LU),
            lambda tx: actions.withdraw(tx, request_id, by=user(SHEN)),
        )
        assert withdrawn == {"request_status": "withdrawn"}  # before or after
        assert not isinstance(decided, Refusal) or decided.status == 409

    await hundreds(race)
    assert len(await contest.published(said.Withdrawn)) == RACES
    await everything_fits(contest)


async def test_one_resubmission_comes_twice(contest: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(contest.runtime, request_id)
        async with contest.runtime.transaction() as tx:
            await deciding(task, LU, Verdict.RETURN)(tx)
        again = submission(request_id, revision=2)
        both = await released_together(
            contest.runtime,
            lambda tx: actions.take_in(tx, again),
            lambda tx: actions.take_in(tx, again),
        )
        assert both == [None, None]
        await open_task(contest.runtime, request_id)  # there is exactly one

    await hundreds(race)
    assert len(await contest.published(said.Started)) == 2 * RACES
    await everything_fits(contest)


async def test_an_urge_against_a_decision(contest: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(contest.runtime, request_id)
        urged, decided = await released_together(
            contest.runtime,
            lambda tx: actions.urge(tx, request_id, by=user(SHEN), nodes=["unit_office"]),
            deciding(task, LU),
        )
        assert not isinstance(decided, Refusal)  # an urge makes no click stale
        if isinstance(urged, Refusal):
            assert (urged.status, urged.code) == (409, "nothing_to_urge")

    await hundreds(race)
    assert len(await contest.published(said.Decided)) == RACES
    await everything_fits(contest)


async def test_a_batch_against_a_single_decision(contest: Trial) -> None:
    async def race(_: int) -> None:
        task = await submitted(contest.runtime, new_id())
        batched, single = await asyncio.gather(
            batch.agree(contest.runtime, [task], by=user(BAI), opinion="同意", key=None),
            released_together(contest.runtime, deciding(task, LU)),
        )
        exactly_one_won([batched[0].refusal or batched[0], *single])

    await hundreds(race)
    assert len(await contest.published(said.Decided)) == RACES
    await everything_fits(contest)


async def test_a_withdrawal_overtakes_a_resubmission(contest: Trial) -> None:
    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(contest.runtime, request_id)
        async with contest.runtime.transaction() as tx:
            await deciding(task, LU, Verdict.RETURN)(tx)
        taken_in, withdrawn = await released_together(
            contest.runtime,
            lambda tx: actions.take_in(tx, submission(request_id, revision=2)),
            lambda tx: actions.withdraw(tx, request_id, by=user(SHEN)),
        )
        assert (taken_in, withdrawn) == (None, {"request_status": "withdrawn"})

    await hundreds(race)
    assert len(await contest.published(said.Withdrawn)) == RACES
    await everything_fits(contest)
