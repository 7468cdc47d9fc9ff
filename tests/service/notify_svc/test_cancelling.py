"""What has not gone out when it no longer matters never goes out."""

import pytest

from shared.contracts.workflow import TaskEnd
from tests.service.notify_svc.conftest import PostOffice
from tests.service.notify_svc.happenings import (
    CLERK,
    COUNTERSIGN,
    EVERYONE,
    OFFICE,
    SECOND_CLERK,
    advanced,
    approved,
    assigned,
    closed,
    completed,
    urged,
    withdrawn,
)


async def states(office: PostOffice, kind: str) -> set[str]:
    return {sent.state for sent in await office.deliveries() if sent.kind == kind}


@pytest.mark.parametrize("end", TaskEnd)
async def test_a_closed_task_cancels_what_has_not_gone_out(
    office: PostOffice, end: TaskEnd
) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task, urged(task), closed(task, end))
    await office.dispatch()
    assert await states(office, "task_assigned") == {"cancelled"}
    assert await states(office, "urged") == {"cancelled"}


async def test_what_has_gone_out_stays_delivered(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task)
    await office.dispatch()
    await office.deliver(closed(task))
    assert await states(office, "task_assigned") == {"delivered"}


async def test_a_task_that_closed_before_its_arrival_was_heard_of_is_not_announced(
    office: PostOffice,
) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, closed(task), task)
    await office.dispatch()
    assert await states(office, "task_assigned") == {"cancelled"}


async def test_the_tasks_of_others_at_a_shared_node_are_still_urged(office: PostOffice) -> None:
    first, second = assigned(CLERK, node=COUNTERSIGN), assigned(SECOND_CLERK, node=COUNTERSIGN)
    await office.deliver(*EVERYONE, first, second, urged(first, second), closed(first))
    await office.dispatch()
    urges = [sent for sent in await office.deliveries() if sent.kind == "urged"]
    assert {sent.state for sent in urges if sent.to.startswith("lukun")} == {"cancelled"}
    assert {sent.state for sent in urges if sent.to.startswith("qinming")} == {"delivered"}


async def test_a_withdrawal_cancels_the_news_for_the_initiator_and_is_told_itself(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, advanced(OFFICE), withdrawn(CLERK))
    await office.dispatch()
    assert await states(office, "advanced") == {"cancelled"}
    assert await states(office, "withdrawn") == {"delivered"}


async def test_a_completion_cancels_the_call_to_come_and_is_told_itself(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE, approved(), completed())
    await office.dispatch()
    assert await states(office, "approved") == {"cancelled"}
    assert await states(office, "completed") == {"delivered"}
