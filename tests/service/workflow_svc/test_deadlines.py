"""超时: each step once, to the right people, whatever restarts; nothing is decided."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from workflow_svc import deadlines
from workflow_svc.models import TaskRow

from shared.contracts import workflow as said
from shared.contracts.workflow import OverdueStep
from tests.service.workflow_svc.hall import Hall
from tests.service.workflow_svc.test_lists import table
from tests.unit.workflow_svc.world import BAI, FINANCE, GU, LU, MENG, QIN, SHEN, XUE

HOUR = timedelta(hours=1)


async def let_pass(hall: Hall, due: timedelta, escalate: timedelta) -> None:
    """As if the open tasks had come that much earlier."""
    now = datetime.now(UTC)
    async with hall.trial.runtime.transaction() as tx:
        await tx.session.execute(
            update(TaskRow)
            .where(TaskRow.state == "open")
            .values(due_at=now + due, escalate_at=now + escalate, next_step_at=now - HOUR)
        )


async def test_late_tasks_are_reminded_then_escalated_to_the_head_once_each(hall: Hall) -> None:
    request_id = await hall.submit()
    await deadlines.run(hall.trial.runtime)
    assert await hall.trial.published(said.Overdue) == []
    await let_pass(hall, -HOUR, HOUR)
    for _ in range(2):
        await deadlines.run(hall.trial.runtime)
    (reminder,) = await hall.trial.published(said.Overdue)
    assert (reminder.step, reminder.heads) == (OverdueStep.REMINDER, ())
    assert set(reminder.assignees) == {LU, BAI}
    await let_pass(hall, -2 * HOUR, -HOUR)
    for _ in range(2):
        await deadlines.run(hall.trial.runtime)
    _, escalation = await hall.trial.published(said.Overdue)
    assert (escalation.step, escalation.heads) == (OverdueStep.ESCALATION, (QIN,))
    items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    assert [i["detail"]["step"] for i in items if i["kind"] == "overdue"] == [
        "reminder",
        "escalation",
    ]
    assert await hall.get("/tasks/count", LU) == {"open": 1}


async def test_whom_it_was_escalated_to_watches_it_and_may_urge(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    await let_pass(hall, -2 * HOUR, -HOUR)
    for _ in range(2):
        await deadlines.run(hall.trial.runtime)
    escalation = (await hall.trial.published(said.Overdue))[-1]
    assert set(escalation.heads) == {XUE, MENG}  # the head is the late one: 督查室
    await hall.post(f"/requests/{request_id}/urges", MENG, {"nodes": ["unit_head"]})


async def test_what_was_decided_in_time_is_never_late(hall: Hall) -> None:
    await hall.submit()
    await let_pass(hall, -HOUR, HOUR)
    await hall.agree(LU)
    await deadlines.run(hall.trial.runtime)
    assert await hall.trial.published(said.Overdue) == []


async def test_the_mark_the_filter_and_the_reminder_begin_in_the_same_moment(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.submit(unit=FINANCE)  # blocked: nobody is asked, nothing is due
    await hall.post(f"/requests/{request_id}/copies", SHEN, {"people": [str(GU.id)]})
    (task,) = (await hall.get("/tasks", LU))["items"]
    assert task["marks"] == []
    due = datetime.fromisoformat(task["due_at"])
    lists = (("/tasks", LU), ("/requests", XUE), ("/copies", GU))
    for moment, late in ((due - timedelta(microseconds=1), 0), (due, 1)):
        hall.trial.runtime.clock = lambda moment=moment: moment
        for path, by in lists:
            found = (await hall.get(path, by, params={"mark": "overdue"}))["items"]
            marked = [i for i in (await hall.get(path, by))["items"] if "overdue" in i["marks"]]
            assert len(found) == len(marked) == late
            assert {item["request_id"] for item in found} <= {str(request_id)}
        await deadlines.run(hall.trial.runtime)
        assert len(await hall.trial.published(said.Overdue)) == late


async def test_what_was_decided_too_late_is_marked_in_ones_own_list(hall: Hall) -> None:
    for _ in range(2):
        await hall.submit()
    second, first = (await hall.get("/tasks", LU))["items"]
    due = datetime.fromisoformat(first["due_at"])
    for task, moment in ((first, due - timedelta(seconds=1)), (second, due + HOUR)):
        hall.trial.runtime.clock = lambda moment=moment: moment
        await hall.decide(LU, task=UUID(task["task_id"]))
    done = (await hall.get("/tasks", LU, params={"state": "done"}))["items"]
    assert {item["task_id"]: item["marks"] for item in done} == {
        first["task_id"]: [],
        second["task_id"]: ["overdue"],
    }
    late = {"state": "done", "mark": "overdue"}
    (found,) = (await hall.get("/tasks", LU, params=late))["items"]
    assert found["task_id"] == second["task_id"]
    (row,) = await table(hall, "/tasks/export", LU, **late)
    assert row["标记"] == "超时"
