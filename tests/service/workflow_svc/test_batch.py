"""Batch 同意: each task its own decision and its own answer."""

from typing import Any
from uuid import UUID

import httpx

from shared.contracts import workflow as said
from shared.contracts.people import Person
from shared.database import new_id
from tests.service.workflow_svc.hall import Hall
from tests.unit.workflow_svc.world import BAI, FINANCE, GU, HE, LU, QIN, SHEN, STRANGER


async def agree_all(
    hall: Hall, by: Person, tasks: list[UUID], *, key: str | None = None, opinion: str = "同意"
) -> httpx.Response:
    return await hall.ask(
        "POST",
        "/tasks/agreements",
        by,
        json={"task_ids": [str(task) for task in tasks], "opinion": opinion},
        headers={} if key is None else {"Idempotency-Key": key},
    )


def outcome(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [
        "agreed" if item["agreed"] else item["problem"]["code"] for item in answer.json()["items"]
    ]


async def tasks_of(hall: Hall, count: int, by: Person = LU) -> list[UUID]:
    for _ in range(count):
        await hall.submit()
    return [UUID(item["task_id"]) for item in (await hall.get("/tasks", by))["items"]]


async def test_several_tasks_are_agreed_with_one_opinion(hall: Hall) -> None:
    tasks = await tasks_of(hall, 3)
    answer = await agree_all(hall, LU, tasks, opinion="材料齐全")
    assert outcome(answer) == ["agreed"] * 3
    assert (answer.json()["agreed"], answer.json()["refused"]) == (3, 0)
    decided = await hall.trial.published(said.Decided)
    assert {event.task_id for event in decided} == set(tasks)
    assert {event.opinion for event in decided} == {"材料齐全"}
    assert await hall.get("/tasks/count", QIN) == {"open": 3}


async def test_one_refusal_undoes_nothing_else(hall: Hall) -> None:
    first, taken, last = await tasks_of(hall, 3)
    await hall.decide(BAI, task=taken)
    unknown = new_id()
    answer = await agree_all(hall, LU, [first, taken, unknown, last])
    assert outcome(answer) == ["agreed", "task_closed", "not_found", "agreed"]
    closed = answer.json()["items"][1]
    assert (closed["problem"]["status"], closed["request_status"]) == (409, "in_progress")
    assert closed["problem"]["title"]


async def test_the_same_batch_again_is_answered_the_same(hall: Hall) -> None:
    tasks = await tasks_of(hall, 2)
    first = await agree_all(hall, LU, tasks, key="the-same-batch")
    again = await agree_all(hall, LU, tasks, key="the-same-batch")
    assert outcome(first) == outcome(again) == ["agreed"] * 2
    assert len(await hall.trial.published(said.Decided)) == 2
    without = await agree_all(hall, LU, tasks)
    assert outcome(without) == ["task_closed"] * 2
    other = await agree_all(hall, LU, tasks, key="the-same-batch", opinion="另一条意见")
    assert outcome(other) == ["idempotency_key_reused"] * 2


async def test_a_task_named_twice_is_decided_once(hall: Hall) -> None:
    (task,) = await tasks_of(hall, 1)
    assert outcome(await agree_all(hall, LU, [task, task])) == ["agreed"]


async def test_tasks_of_two_nodes_are_no_batch(hall: Hall) -> None:
    await hall.submit(approving_department=FINANCE)
    await hall.agree(LU, QIN)
    await hall.submit()
    await hall.agree(LU, QIN)
    await hall.decide(HE, ask=(FINANCE.id,))
    items = (await hall.get("/tasks", GU))["items"]
    assert {item["node"]["name"] for item in items} == {"会签部门意见", "审批部门意见"}
    answer = await agree_all(hall, GU, [UUID(item["task_id"]) for item in items])
    assert (answer.status_code, answer.json()["code"]) == (422, "not_one_node")
    assert await hall.get("/tasks/count", GU) == {"open": 2}


async def test_nobody_agrees_for_another(hall: Hall) -> None:
    tasks = await tasks_of(hall, 1)
    for by in (SHEN, STRANGER, QIN):
        assert outcome(await agree_all(hall, by, tasks)) == ["not_found"]
    nothing = await agree_all(hall, LU, [])
    assert nothing.status_code == 422
