"""Two people, or one twice, in the same instant: exactly one effect each.

Every race is run many times over separate connections; where the database serialises everything
by itself, the same must come out.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import httpx

from shared.contracts import workflow as said
from tests.service.workflow_svc.hall import Hall, submission
from tests.unit.workflow_svc.world import (
    BAI,
    FINANCE,
    GU,
    HE,
    LU,
    OU,
    PERSONNEL,
    QIN,
    SHEN,
    XUE,
)

ROUNDS = 8


async def at_once(*calls: Coroutine[Any, Any, httpx.Response]) -> list[httpx.Response]:
    return list(await asyncio.gather(*calls))


def codes(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def test_two_of_a_group_agree_at_once_and_exactly_one_wins(hall: Hall) -> None:
    for _ in range(ROUNDS):
        await hall.submit()
        task = await hall.task_of(LU)
        answers = await at_once(hall.decide(LU, task=task), hall.decide(BAI, task=task))
        assert codes(answers) == [201, 409]
        loser = next(answer for answer in answers if answer.status_code == 409)
        assert loser.json()["code"] == "task_closed"
        assert loser.json()["state"] == "skipped"
    assert len(await hall.trial.published(said.Decided)) == ROUNDS
    assert await hall.get("/tasks/count", QIN) == {"open": ROUNDS}


async def test_one_agrees_while_the_initiator_withdraws(hall: Hall) -> None:
    for _ in range(ROUNDS):
        request_id = await hall.submit()
        task = await hall.task_of(LU)
        agreed, withdrawn = await at_once(
            hall.decide(LU, task=task),
            hall.ask("POST", f"/requests/{request_id}/withdrawal", SHEN),
        )
        assert withdrawn.status_code == 201  # before or after: the last approval is far
        assert agreed.status_code in {201, 409}
        if agreed.status_code == 409:
            assert agreed.json()["request_status"] == "withdrawn"
    assert await hall.get("/tasks/count", QIN) == {"open": 0}
    assert await hall.get("/tasks/count", LU) == {"open": 0}


async def test_the_last_approval_against_a_withdrawal(hall: Hall) -> None:
    for _ in range(ROUNDS // 2):
        request_id = await hall.submit()
        await hall.agree(LU, QIN, HE)
        task = await hall.task_of(XUE)
        answers = await at_once(
            hall.decide(XUE, task=task),
            hall.ask("POST", f"/requests/{request_id}/withdrawal", SHEN),
        )
        assert codes(answers) == [201, 409]
    numbers = [event.number[-6:] for event in await hall.trial.published(said.Approved)]
    assert numbers == [f"{number:06d}" for number in range(1, len(numbers) + 1)]


async def test_two_countersigners_at_once_both_count_and_the_node_closes_once(hall: Hall) -> None:
    for _ in range(ROUNDS // 2):
        await hall.submit()
        await hall.agree(LU, QIN)
        await hall.decide(HE, ask=(FINANCE.id, PERSONNEL.id))
        gu, ou = await hall.task_of(GU), await hall.task_of(OU)
        answers = await at_once(hall.decide(GU, task=gu), hall.decide(OU, task=ou))
        assert codes(answers) == [201, 201]
    reviews = [
        event
        for event in await hall.trial.published(said.TaskAssigned)
        if event.node.id == "seal_office_review"
    ]
    assert len(reviews) == ROUNDS // 2


async def test_a_double_click_is_one_decision_with_one_answer(hall: Hall) -> None:
    for number in range(ROUNDS):
        await hall.submit()
        task = await hall.task_of(LU)
        key = f"double-click-{number}"
        clicks = (hall.decide(LU, task=task, key=key) for _ in range(3))
        answers = await at_once(*clicks)
        assert codes(answers) == [201, 201, 201]
        assert answers[0].json() == answers[1].json() == answers[2].json()
    assert len(await hall.trial.published(said.Decided)) == ROUNDS


async def test_two_requests_get_their_numbers_at_once_without_gap(hall: Hall) -> None:
    requests: list[UUID] = []
    tasks: list[UUID] = []
    for _ in range(ROUNDS):
        requests.append(await hall.submit())
        await hall.agree(LU, QIN, HE)
        tasks.append(await hall.task_of(XUE))
    answers = await at_once(*(hall.decide(XUE, task=task) for task in tasks))
    assert codes(answers) == [201] * ROUNDS
    numbers = sorted(event.number[-6:] for event in await hall.trial.published(said.Approved))
    assert numbers == [f"{number:06d}" for number in range(1, ROUNDS + 1)]


async def test_one_submission_delivered_twice_at_once_starts_one_flow(hall: Hall) -> None:
    for _ in range(ROUNDS):
        request_id = await hall.submit()
        await hall.decide(LU, "return", "请更正")
        envelope = hall.trial.envelope(submission(request_id, revision=2))
        await asyncio.gather(hall.trial.deliver(envelope), hall.trial.deliver(envelope))
        assert await hall.get("/tasks/count", LU) == {"open": 1}
        await hall.decide(LU, "return", "不再办理")
    assert len(await hall.trial.published(said.Started)) == 2 * ROUNDS
