"""待办, 已办 and every request: what narrows them, what a line says, who may look."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from workflow_svc import exporting

from shared.contracts.people import BusinessType, Person
from shared.database import new_id
from shared.identity import User
from tests.service.workflow_svc.hall import AUDITOR, Hall, submission
from tests.unit.workflow_svc.world import (
    FINANCE,
    HE,
    LU,
    MENG,
    QIN,
    RESEARCH,
    SHEN,
    STRANGER,
    XUE,
    form,
)


async def found(hall: Hall, **params: Any) -> list[UUID]:
    items = (await hall.get("/requests", XUE, params=params))["items"]
    return [UUID(item["request_id"]) for item in items]


def named(name: str) -> dict[str, Any]:
    material = form().materials[0]
    return {"materials": (material.model_copy(update={"name": name}),)}


async def test_everything_is_for_those_who_oversee(hall: Hall) -> None:
    request_id = await hall.submit()
    for overseer in (XUE, AUDITOR):
        items = (await hall.get("/requests", overseer))["items"]
        assert [item["request_id"] for item in items] == [str(request_id)]
    for other in (SHEN, LU, STRANGER):
        refused = await hall.ask("GET", "/requests", other)
        assert (refused.status_code, refused.json()["code"]) == (403, "overseers_only")


async def test_a_line_says_how_the_request_stands(hall: Hall) -> None:
    await hall.submit()
    await hall.agree(LU)
    (line,) = (await hall.get("/requests", XUE))["items"]
    assert line["current_node"] == {"id": "unit_head", "name": "申请部门意见"}
    assert (line["status"], line["marks"], line["ended_at"]) == ("in_progress", [], None)
    assert line["unit"]["name"] == "计算机学院"
    (done,) = (await hall.get("/tasks", LU, params={"state": "done"}))["items"]
    assert (done["current_node"]["id"], done["number"]) == ("unit_head", None)
    assert done["submitted_at"] <= done["arrived_at"]
    assert done["total_seconds"] >= done["elapsed_seconds"]


async def test_requests_are_narrowed_down(hall: Hall) -> None:
    first = await hall.submit()
    second = await hall.submit(
        unit=FINANCE, business_type=BusinessType.GENERAL, approving_department=RESEARCH
    )
    await hall.agree(LU)
    assert await found(hall) == [second, first]
    assert await found(hall, status="in_progress", business_type="general") == [second]
    assert await found(hall, unit_id=str(FINANCE.id)) == [second]
    assert await found(hall, node="unit_head") == [first]
    assert await found(hall, status=["returned", "withdrawn"]) == []
    mistyped = await hall.ask("GET", "/requests", XUE, params={"status": "lost"})
    assert mistyped.status_code == 422


async def test_days_are_those_of_the_organisation(hall: Hall) -> None:
    late = datetime(2026, 3, 1, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    next_day = late + timedelta(minutes=2)
    made = []
    for moment in (late, next_day):
        event = submission(new_id()).model_copy(update={"submitted_at": moment})
        await hall.trial.deliver(event)
        made.append(event.request_id)
    assert await found(hall, since=date(2026, 3, 1), until=date(2026, 3, 1)) == [made[0]]
    assert await found(hall, since=date(2026, 3, 2)) == [made[1]]
    assert await found(hall, until=date(2026, 3, 2)) == [made[1], made[0]]


async def test_a_request_is_found_by_words_of_its_materials_and_people(hall: Hall) -> None:
    plan = await hall.submit(**named("国家重点研发计划任务书 A100%"))
    letter = await hall.submit(handler_name="欧阳修远", **named("Letter of Invitation"))
    assert await found(hall, q="任务书") == [plan]
    assert await found(hall, q="重点研发 沈之君") == [plan]
    assert await found(hall, q="欧阳修") == [letter]
    assert await found(hall, q="LETTER") == [letter]  # full width, upper case
    assert await found(hall, q="沈之君") == [letter, plan]
    assert await found(hall, q="书任务") == await found(hall, q="a1__%") == []
    assert await found(hall, q="100%") == [plan]
    refused = await hall.ask("GET", "/requests", XUE, params={"q": "任务书 沈"})
    assert (refused.status_code, refused.json()["code"]) == (422, "words_too_short")


async def test_what_a_correction_says_is_found_and_what_it_replaced_is_not(hall: Hall) -> None:
    request_id = await hall.submit(**named("任务书"))
    await hall.decide(LU, "return", "应为合同")
    await hall.submit(request_id, revision=2, **named("合作合同"))
    assert await found(hall, q="合作合同") == [request_id]
    assert await found(hall, q="任务书") == []


async def test_a_request_is_found_by_either_number(hall: Hall) -> None:
    made = []
    for serial in (41, 42):
        numbered = {"tracking_number": f"SL2026-{serial:06d}"}
        event = submission(new_id()).model_copy(update=numbered)
        await hall.trial.deliver(event)
        made.append(event.request_id)
    for typed in ("sl2026-000042", "2026-42", "42", " 000042 "):
        assert await found(hall, number=typed) == [made[1]]
    assert await found(hall, number="4") == []
    await hall.agree(LU, QIN, HE, XUE)
    (approved,) = (await hall.get("/requests", XUE, params={"status": "approved"}))["items"]
    assert await found(hall, number=approved["number"]) == [UUID(approved["request_id"])]


async def test_marks_are_shown_and_asked_for(hall: Hall) -> None:
    urged, returned, plain = [await hall.submit() for _ in range(3)]
    await hall.ask("POST", f"/requests/{urged}/urges", SHEN, json={"nodes": ["unit_office"]})
    task = (await hall.get("/tasks", LU, params={"number": f"SL-{returned}"}))["items"][0]
    await hall.decide(LU, "return", "请更正", task=UUID(task["task_id"]))
    assert await found(hall, mark="urged") == [urged]
    assert await found(hall, mark="returned") == [returned]
    assert await found(hall, mark=["urged", "returned"]) == [returned, urged]
    marks = {
        item["request_id"]: item["marks"] for item in (await hall.get("/requests", XUE))["items"]
    }
    assert marks == {str(urged): ["urged"], str(returned): ["returned"], str(plain): []}
    (mine,) = (await hall.get("/tasks", LU, params={"mark": "urged"}))["items"]
    assert (mine["request_id"], mine["marks"]) == (str(urged), ["urged"])
    assert await hall.get("/counts", LU) == {
        "todo": 2,
        "urged": 1,
        "unread_copies": 0,
        "unread_supervisions": 0,
    }
    (done,) = (await hall.get("/tasks", LU, params={"state": "done"}))["items"]
    assert done["marks"] == ["returned"]
    await hall.submit(returned, revision=2)
    (again,) = (await hall.get("/tasks", LU, params={"mark": "returned"}))["items"]
    assert (again["revision"], again["marks"]) == (2, ["returned"])


@pytest.mark.parametrize("state", ["open", "done"])
async def test_ones_own_tasks_are_narrowed_down(hall: Hall, state: str) -> None:
    plan, contract = [await hall.submit(**named(name)) for name in ("任务书", "合作合同")]
    if state == "done":
        await hall.agree(LU, LU)

    async def listed(**params: Any) -> list[str]:
        page = await hall.get("/tasks", LU, params={"state": state, **params})
        return [item["request_id"] for item in page["items"]]

    assert await listed(q="合同") == [str(contract)]
    assert set(await listed(business_type="research", status="in_progress")) == {
        str(plan),
        str(contract),
    }
    assert await listed(node="unit_office" if state == "done" else "unit_head") == []
    assert await listed(since="2999-01-01") == []


async def test_every_request_comes_once_over_the_pages(hall: Hall) -> None:
    made = [await hall.submit() for _ in range(5)]
    seen: list[UUID] = []
    params: dict[str, Any] = {"limit": 2, "status": "in_progress"}
    while True:
        page = await hall.get("/requests", XUE, params=params)
        seen += [UUID(item["request_id"]) for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == made[::-1]


async def test_who_left_the_office_sees_it_no_more(hall: Hall) -> None:
    async with hall.trial.client(User(id=MENG.id, name=MENG.name)) as client:
        assert (await client.get("/requests")).status_code == 200
    async with hall.trial.client(User(id=new_id(), name="路人")) as client:
        assert (await client.get("/requests")).status_code == 403


async def table(hall: Hall, path: str, by: Person, **params: Any) -> list[dict[str, str]]:
    answer = await hall.ask("GET", path, by, params={"format": "csv", **params})
    assert answer.status_code == 200, answer.text
    text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text))


async def test_every_request_is_taken_away_as_a_table(hall: Hall) -> None:
    request_id = await hall.submit(**named("合同"))
    await hall.submit(**named("任务书"))
    (row,) = await table(hall, "/requests/export", XUE, q="合同")
    assert row["受理号"] == f"SL-{request_id}"
    assert (row["状态"], row["当前环节"]) == ("流转中", "单位办公室工作人员审批")
    assert len(await table(hall, "/requests/export", AUDITOR)) == 2
    book = await hall.ask("GET", "/requests/export", XUE)
    assert zipfile.is_zipfile(io.BytesIO(book.content))
    refused = await hall.ask("GET", "/requests/export", SHEN)
    assert (refused.status_code, refused.json()["code"]) == (403, "overseers_only")


async def test_ones_tasks_are_taken_away_as_a_table(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 2)
    for _ in range(5):
        await hall.submit()
    await hall.decide(LU, "return", "请更正")
    assert len(await table(hall, "/tasks/export", LU)) == 4
    (done,) = await table(hall, "/tasks/export", LU, state="done")
    assert (done["意见"], done["标记"], done["状态"]) == ("退回", "退回", "退回")
    assert await table(hall, "/tasks/export", SHEN) == []
