"""Statistics: counted by hand here, by the database there."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from workflow_svc.models import InstanceRow, TaskRow

from shared.contracts.people import BusinessType
from shared.database import new_id
from tests.service.workflow_svc.hall import AUDITOR, Hall, submission
from tests.unit.workflow_svc.world import FINANCE, HE, LU, QIN, SHEN, XUE

MARCH = datetime(2026, 3, 31, 15, 59, tzinfo=UTC)  # 23:59 on the 31st in Shanghai
APRIL = MARCH + timedelta(minutes=2)
PERIOD = {"since": "2026-03-01", "until": "2026-04-30"}


async def submitted(hall: Hall, at: datetime, **form: object) -> UUID:
    event = submission(new_id(), **form).model_copy(update={"submitted_at": at})
    await hall.trial.deliver(event)
    return event.request_id


async def took(hall: Hall, node: str, *seconds: int) -> None:
    """Makes the decided tasks of a node have taken this long, as if time had passed."""
    async with hall.trial.runtime.transaction() as tx:
        query = select(TaskRow).where(TaskRow.node == node, TaskRow.closed_at.is_not(None))
        tasks = (await tx.session.scalars(query.order_by(TaskRow.id))).all()
        for task, duration in zip(tasks, seconds, strict=True):
            task.closed_at = task.opened_at + timedelta(seconds=duration)


async def test_requests_are_counted_by_status_type_unit_and_month(hall: Hall) -> None:
    await submitted(hall, MARCH)
    await submitted(hall, APRIL, unit=FINANCE, business_type=BusinessType.GENERAL)
    back = await submitted(hall, APRIL)
    await submitted(hall, APRIL - timedelta(days=200))
    (mine,) = [
        item for item in (await hall.get("/tasks", LU))["items"] if item["request_id"] == str(back)
    ]
    await hall.decide(LU, "return", "请更正", task=UUID(mine["task_id"]))
    seen = await hall.get("/statistics", AUDITOR, params=PERIOD)
    assert (seen["since"], seen["requests"]) == ("2026-03-01", 3)
    assert seen["by_month"] == [
        {"month": "2026-03", "requests": 1},
        {"month": "2026-04", "requests": 2},
    ]
    assert seen["by_type"] == {"research": 2, "education": 0, "foreign_affairs": 0, "general": 1}
    assert seen["by_unit"] == [
        {"unit": "计算机学院", "requests": 2},
        {"unit": "财务部", "requests": 1},
    ]
    assert sum(seen["by_status"].values()) == 3
    assert (seen["returned"], seen["median_total"]) == (0, None)
    await hall.submit(back, revision=2)
    assert (await hall.get("/statistics", XUE, params=PERIOD))["returned"] == 1


async def test_times_of_a_node_are_median_and_ninetieth_of_a_hundred(hall: Hall) -> None:
    for _ in range(10):
        await submitted(hall, APRIL)
        await hall.agree(LU)
    await took(hall, "unit_office", 100, 10, 90, 20, 80, 30, 70, 40, 60, 50)
    (office,) = (await hall.get("/statistics", XUE, params=PERIOD))["nodes"]
    assert (office["node"], office["name"]) == ("unit_office", "单位办公室工作人员审批")
    assert (office["decided"], office["median"], office["p90"]) == (10, 50, 90)


async def test_a_single_decision_is_its_own_median(hall: Hall) -> None:
    request_id = await submitted(hall, APRIL)
    await hall.agree(LU, QIN, HE, XUE)
    await hall.seal_used(request_id)
    await took(hall, "unit_head", 7)
    ended = update(InstanceRow).values(ended_at=APRIL + timedelta(hours=1))
    async with hall.trial.runtime.transaction() as tx:
        await tx.session.execute(ended)
    seen = await hall.get("/statistics", XUE, params=PERIOD)
    head = next(node for node in seen["nodes"] if node["node"] == "unit_head")
    assert (head["decided"], head["median"], head["p90"]) == (1, 7, 7)
    assert (seen["median_total"], seen["by_status"]["completed"]) == (3600, 1)


async def test_what_is_late_is_counted_while_it_waits_and_by_node_once_decided(hall: Hall) -> None:
    for _ in range(2):
        await submitted(hall, APRIL)
    await hall.agree(LU)
    seen = await hall.get("/statistics", XUE, params=PERIOD)
    assert (seen["overdue"], [node["late"] for node in seen["nodes"]]) == (0, [0])
    past = datetime(2026, 1, 1, tzinfo=UTC)
    async with hall.trial.runtime.transaction() as tx:
        await tx.session.execute(update(TaskRow).values(due_at=past))
    seen = await hall.get("/statistics", XUE, params=PERIOD)
    assert (seen["overdue"], [node["late"] for node in seen["nodes"]]) == (2, [1])


async def test_a_period_has_its_limits(hall: Hall) -> None:
    for wrong in (
        {"since": "2026-04-02", "until": "2026-04-01"},
        {"since": "2025-01-01", "until": "2026-04-01"},
    ):
        refused = await hall.ask("GET", "/statistics", XUE, params=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "period_too_long")
    assert (await hall.ask("GET", "/statistics", SHEN)).status_code == 403
    usual = await hall.get("/statistics", XUE)
    days = date.fromisoformat(usual["until"]) - date.fromisoformat(usual["since"])
    assert days == timedelta(days=365)
