"""Who may act changes in the instant in which someone acts; three hundred times each, as in
test_races_of_hundreds.py. One request runs several races, a node each."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from workflow_svc import actions, assigning, delegating

from shared.contracts import workflow as said
from shared.contracts.people import Person
from shared.database import new_id
from shared.errors import Refusal
from shared.testing import Trial
from tests.service.workflow_svc.hall import ADMIN
from tests.service.workflow_svc.racing import (
    RACES,
    Deed,
    deciding,
    everything_fits,
    exactly_one_won,
    hundreds,
    open_task,
    released_together,
    submitted,
    user,
)
from tests.unit.workflow_svc.world import BAI, GU, HE, LU, OU, QIN, STRANGER

REASON = "出差"


async def delegated(trial: Trial, holder: Person, to: Person) -> None:
    now = datetime.now(UTC)
    wish = delegating.Wish(to.id, None, None, now, now + timedelta(days=1), REASON)
    async with trial.runtime.transaction() as tx:
        await delegating.delegate(tx, wish, by=user(holder))


def handing_over(task: UUID, by: Person, to: Person) -> Deed:
    return lambda tx: assigning.hand_over(tx, task, by=user(by), to=to.id, reason=REASON)


def putting_in_charge(task: UUID, to: Person) -> Deed:
    return lambda tx: assigning.put_in_charge(tx, task, by=user(ADMIN), to=to.id, reason=REASON)


async def test_one_decides_while_the_task_goes_to_another_or_a_delegate_decides_too(
    contest: Trial,
) -> None:
    """At each node two want the same task, and only one of them has it."""
    await delegated(contest, HE, OU)

    async def against(request: UUID, task: UUID, holder: Person, other: Deed, to: Person) -> UUID:
        """Returns: the task at the next node."""
        outcomes = await released_together(contest.runtime, deciding(task, holder), other)
        exactly_one_won(outcomes)
        assert {o.code for o in outcomes if isinstance(o, Refusal)} == {"task_closed"}
        now = await open_task(contest.runtime, request)
        if not isinstance(outcomes[0], Refusal):
            return now
        assert now != task  # it is another's, as a task of its own
        async with contest.runtime.transaction() as tx:
            await deciding(now, to)(tx)
        return await open_task(contest.runtime, request)

    async def race(_: int) -> None:
        request_id = new_id()
        task = await submitted(contest.runtime, request_id)
        task = await against(request_id, task, LU, handing_over(task, LU, BAI), BAI)
        task = await against(request_id, task, QIN, putting_in_charge(task, GU), GU)
        both = await released_together(contest.runtime, deciding(task, HE), deciding(task, OU))
        exactly_one_won(both)

    await hundreds(race)
    decided = await contest.published(said.Decided)
    assert len(decided) == 3 * RACES
    assert {d.on_behalf_of for d in decided if d.by == OU} <= {HE}
    await everything_fits(contest)


async def test_a_delegation_takes_effect_while_holder_and_delegate_decide(contest: Trial) -> None:
    """The task is looked at again (reconsider) in the instant in which both decide on it."""
    requests = [new_id() for _ in range(RACES)]
    tasks: dict[UUID, UUID] = {}

    async def prepare(number: int) -> None:
        tasks[requests[number]] = await submitted(contest.runtime, requests[number])

    async def race(number: int) -> None:
        request_id = requests[number]
        task = tasks[request_id]
        seen, *deciders = await released_together(
            contest.runtime,
            lambda tx: actions.reconsider(tx, request_id),
            deciding(task, LU),
            deciding(task, STRANGER),
        )
        assert seen is None
        lost = [outcome for outcome in deciders if isinstance(outcome, Refusal)]
        assert len(lost) == 1
        if lost[0] is deciders[1]:  # too late, or not asked yet
            assert (lost[0].status, lost[0].code) in {(409, "task_closed"), (404, "not_found")}
        else:
            assert (lost[0].status, lost[0].code) == (409, "task_closed")

    await hundreds(prepare)
    await delegated(contest, LU, STRANGER)
    await hundreds(race)
    assert len(await contest.published(said.Decided)) == RACES
    await everything_fits(contest)
