"""A request through the whole flow, as its people see it."""

import pytest
from sqlalchemy import select
from workflow_svc.models import LogRow

from shared.contracts import workflow as said
from shared.contracts.workflow import OpinionPlace, TaskEnd
from shared.database import new_id
from shared.record import chain
from tests.service.workflow_svc.hall import AUDITOR, Hall
from tests.unit.workflow_svc.world import (
    BAI,
    FINANCE,
    GU,
    HE,
    LU,
    LV,
    MENG,
    OU,
    PERSONNEL,
    QIN,
    RESEARCH,
    SHEN,
    STRANGER,
    XUE,
    YAN,
)


async def kinds(hall: Hall) -> list[str]:
    events = await hall.trial.published()
    return [event.topic.split(".")[1] for event in events if event.topic.startswith("workflow")]


async def test_a_submission_starts_the_flow_and_tells_the_first_approvers(hall: Hall) -> None:
    request_id = await hall.submit()
    assert await kinds(hall) == ["started", "task_assigned", "advanced"]
    (assigned,) = await hall.trial.published(said.TaskAssigned)
    assert assigned.request_id == request_id
    assert {person.name for person in assigned.assignees} == {LU.name, BAI.name}
    listed = (await hall.get("/tasks", LU))["items"]
    assert [item["task_id"] for item in listed] == [str(assigned.task_id)]
    assert listed[0]["node"]["name"] == "单位办公室工作人员审批"
    assert await hall.get("/tasks/count", BAI) == {"open": 1}


async def test_a_redelivered_submission_changes_nothing(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.submit(request_id)
    assert await hall.get("/tasks/count", LU) == {"open": 1}
    assert len(await hall.trial.published(said.Started)) == 1


async def test_only_the_last_registration_at_the_counter_ends_a_request(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU, QIN, HE, XUE)
    await hall.seal_used(request_id, complete=False)
    assert await hall.trial.published(said.Completed) == []
    await hall.seal_used(request_id)
    [completed] = await hall.trial.published(said.Completed)
    assert completed.request_id == request_id


async def test_the_whole_way_with_a_contract_and_two_countersigners(hall: Hall) -> None:
    request_id = await hall.submit(horizontal_contract=True)
    await hall.agree(LU, QIN)
    answer = await hall.decide(HE, ask=(FINANCE.id, PERSONNEL.id))
    assert answer.json()["waiting"] == [{"id": "countersign", "name": "会签部门意见"}]
    await hall.agree(GU, OU, YAN)
    answer = await hall.decide(XUE)
    assert answer.json()["request_status"] == "approved"
    await hall.seal_used(request_id)

    decided = await hall.trial.published(said.Decided)
    assert [(d.by.name, d.unit.name, d.place) for d in decided] == [
        (LU.name, "计算机学院", None),
        (QIN.name, "计算机学院", OpinionPlace.APPLYING_UNIT),
        (HE.name, "科研部", OpinionPlace.APPROVING_DEPARTMENT),
        (GU.name, "财务部", OpinionPlace.COUNTERSIGN),
        (OU.name, "人事部", OpinionPlace.COUNTERSIGN),
        (YAN.name, "校长法律顾问办公室", OpinionPlace.LEGAL_COUNSEL),
        (XUE.name, "督查室", None),
    ]
    assert decided[2].countersigners == (FINANCE, PERSONNEL)
    (approved,) = await hall.trial.published(said.Approved)
    (completed,) = await hall.trial.published(said.Completed)
    year = approved.approved_at.year
    assert approved.number in {f"YY{year}-000001", f"YY{year + 1}-000001"}
    assert completed.number == approved.number
    assert (approved.handler_name, approved.unit.name) == ("周航", "督查室")
    assert await hall.get("/tasks/count", MENG) == {"open": 0}


async def test_numbers_have_no_gaps_and_a_refused_decision_takes_none(hall: Hall) -> None:
    for _ in range(2):
        await hall.submit()
        await hall.agree(LU, QIN, HE)
        refused = await hall.decide(XUE, "return", "")
        assert refused.status_code == 422
        await hall.agree(XUE)
    numbers = [event.number for event in await hall.trial.published(said.Approved)]
    assert [number[-6:] for number in numbers] == ["000001", "000002"]


async def test_a_return_and_a_corrected_submission(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    answer = await hall.decide(QIN, "return", "请写明份数")
    assert answer.json() == {
        "task_id": answer.json()["task_id"],
        "verdict": "return",
        "request_status": "returned",
        "waiting": [],
    }
    (returned,) = await hall.trial.published(said.Returned)
    assert (returned.by, returned.opinion, returned.node.id) == (QIN, "请写明份数", "unit_head")
    await hall.submit(request_id, revision=2)
    task = await hall.get(f"/tasks/{await hall.task_of(LU)}", LU)
    assert (task["revision"], task["node"]["id"]) == (2, "unit_office")


async def test_an_approver_sees_the_form_and_what_an_agreement_does(hall: Hall) -> None:
    await hall.submit()
    await hall.agree(LU, QIN)
    task = await hall.get(f"/tasks/{await hall.task_of(HE)}", HE)
    assert task["form"]["materials"][0]["name"] == "科研任务书"
    assert task["seals_with"] == "科研部"
    assert task["may_name_countersigners"] is True
    assert [unit["name"] for unit in task["countersign_choices"]] == ["财务部", "人事部"]
    assert (task["kind"], task["state"], task["urged"]) == ("approve", "open", False)


async def test_a_task_the_group_has_decided_is_skipped_for_the_others(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    await hall.agree(LU)
    assert (await hall.get(f"/tasks/{task}", BAI))["state"] == "skipped"
    late = await hall.decide(BAI, task=task)
    assert late.status_code == 409
    assert late.json()["code"] == "task_closed"
    assert (late.json()["state"], late.json()["request_status"]) == ("skipped", "in_progress")


async def test_a_task_of_an_earlier_revision_is_closed_not_unknown(hall: Hall) -> None:
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    await hall.decide(LU, "return", "请更正")
    await hall.submit(request_id, revision=2)
    again = await hall.decide(LU, task=task)
    assert again.status_code == 409
    assert again.json()["state"] == "decided"


async def test_someone_elses_task_cannot_be_told_from_none(hall: Hall) -> None:
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    for path in ("/tasks/{}", "/requests/{}/record", "/requests/{}/flow"):
        mine = task if "tasks" in path else request_id
        theirs = await hall.ask("GET", path.format(mine), STRANGER)
        none = await hall.ask("GET", path.format(new_id()), STRANGER)
        assert theirs.status_code == none.status_code == 404
        assert theirs.content == none.content
    theirs = await hall.decide(STRANGER, task=task)
    none = await hall.decide(STRANGER, task=new_id())
    assert theirs.status_code == none.status_code == 404
    assert theirs.content == none.content


@pytest.mark.parametrize("path", ["withdrawal", "urges"])
async def test_someone_elses_request_is_neither_withdrawn_nor_urged(hall: Hall, path: str) -> None:
    request_id = await hall.submit()
    body = {"nodes": ["unit_office"]} if path == "urges" else None
    for by in (LU, STRANGER):
        answer = await hall.ask("POST", f"/requests/{request_id}/{path}", by, json=body)
        assert answer.status_code == 404


async def test_a_withdrawal_ends_it_and_names_who_had_it_open(hall: Hall) -> None:
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    answer = await hall.ask("POST", f"/requests/{request_id}/withdrawal", SHEN)
    assert (answer.status_code, answer.json()) == (201, {"request_status": "withdrawn"})
    (withdrawn,) = await hall.trial.published(said.Withdrawn)
    assert {person.name for person in withdrawn.had_open} == {LU.name, BAI.name}
    (closed,) = await hall.trial.published(said.TaskClosed)
    assert closed.end is TaskEnd.CANCELLED
    assert await hall.get("/tasks/count", LU) == {"open": 0}
    late = await hall.decide(LU, task=task)
    assert (late.status_code, late.json()["request_status"]) == (409, "withdrawn")
    again = await hall.ask("POST", f"/requests/{request_id}/withdrawal", SHEN)
    assert (again.status_code, again.json()["code"]) == (409, "not_withdrawable")


async def test_a_submission_that_a_withdrawal_overtook_changes_nothing(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.decide(LU, "return", "请更正")
    await hall.ask("POST", f"/requests/{request_id}/withdrawal", SHEN)
    await hall.submit(request_id, revision=2)
    assert await hall.get("/tasks/count", LU) == {"open": 0}
    assert await hall.trial.waiting() == []


async def test_an_urge_marks_the_task_and_a_second_is_told_to_wait(hall: Hall) -> None:
    request_id = await hall.submit()
    path = f"/requests/{request_id}/urges"
    first = await hall.ask("POST", path, SHEN, json={"nodes": ["unit_office"]})
    assert first.status_code == 201
    (urged,) = await hall.trial.published(said.Urged)
    assert {person.name for person in urged.assignees} == {LU.name, BAI.name}
    assert (await hall.get("/tasks", LU))["items"][0]["urged"] is True
    second = await hall.ask("POST", path, SHEN, json={"nodes": ["unit_office"]})
    assert (second.status_code, second.json()["code"]) == (409, "urged_too_soon")
    assert 1700 < second.json()["retry_after_seconds"] <= 1800
    idle = await hall.ask("POST", path, SHEN, json={"nodes": ["unit_head"]})
    assert (idle.status_code, idle.json()["code"]) == (409, "nothing_to_urge")


async def test_the_record_tells_every_step_and_who_is_waited_for(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    await hall.decide(QIN, "return", "请更正")
    await hall.submit(request_id, revision=2)
    items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    told = [(item["kind"], item["revision"], item["verdict"]) for item in items]
    assert told == [
        ("submitted", 1, None),
        ("decided", 1, "agree"),
        ("decided", 1, "return"),
        ("submitted", 2, None),
        ("waiting", 2, None),
    ]
    assert items[2]["opinion"] == "请更正"
    assert items[2]["people"] == [QIN.name]
    assert sorted(items[4]["people"]) == sorted([LU.name, BAI.name])
    assert items[4]["ended_at"] is None


@pytest.mark.parametrize("reader", [SHEN, LU, XUE, AUDITOR])
async def test_those_concerned_and_those_who_oversee_read_the_record(
    hall: Hall, reader: object
) -> None:
    request_id = await hall.submit()
    answer = await hall.ask("GET", f"/requests/{request_id}/record", reader)  # type: ignore[arg-type]
    assert answer.status_code == 200


async def test_the_record_is_a_chain_in_the_database_too(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU, QIN, HE, XUE)
    await hall.seal_used(request_id)
    async with hall.trial.runtime.transaction() as tx:
        query = select(LogRow).where(LogRow.request_id == request_id).order_by(LogRow.sequence)
        rows = [row.__dict__ for row in await tx.session.scalars(query)]
    assert [row["kind"] for row in rows] == [
        "submitted",
        *["decided"] * 4,
        "approved",
        "completed",
    ]
    assert chain.first_broken(rows) is None


async def test_the_picture_of_the_flow_shows_where_it_stands(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    picture = await hall.get(f"/requests/{request_id}/flow", SHEN)
    states = {node["id"]: node["state"] for node in picture["nodes"]}
    assert (picture["flow"], picture["version"]) == ("seal-use", 2)
    assert states["unit_office"] == "done"
    assert states["unit_head"] == "current"
    assert states["legal_counsel"] == "skipped"


async def test_the_flow_of_a_business_type_can_be_looked_at_before_applying(hall: Hall) -> None:
    flow = await hall.get("/flows/research", SHEN)
    assert len(flow["nodes"]) == 7
    assert flow["nodes"][4]["condition"] == "有横向合同"
    unknown = await hall.ask("GET", "/flows/astrology", SHEN)
    assert unknown.status_code == 422


async def test_the_same_key_is_answered_the_same_and_decides_once(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    first = await hall.decide(LU, task=task, key="a-key-of-lu")
    second = await hall.decide(LU, task=task, key="a-key-of-lu")
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(await hall.trial.published(said.Decided)) == 1


async def test_a_key_is_not_for_another_decision(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    await hall.decide(LU, task=task, key="a-key-of-lu")
    other = await hall.decide(LU, "return", "不", task=task, key="a-key-of-lu")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    await hall.submit()
    elsewhere = await hall.decide(LU, key="a-key-of-lu")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"opinion": "同意"}, "verdict"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"verdict": "agree", "countersign_unit_ids": ["x"]}, "countersign_unit_ids.0"),
        ({"verdict": "agree", "status": "approved"}, "status"),
    ],
)
async def test_a_malformed_decision_names_its_field(
    hall: Hall, body: dict[str, object], field: str
) -> None:
    await hall.submit()
    path = f"/tasks/{await hall.task_of(LU)}/decision"
    answer = await hall.ask("POST", path, LU, json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_department_that_is_no_choice_is_refused(hall: Hall) -> None:
    await hall.submit()
    await hall.agree(LU, QIN)
    for unit in (RESEARCH.id, new_id()):
        answer = await hall.decide(HE, ask=(unit,))
        assert (answer.status_code, answer.json()["code"]) == (422, "not_countersigners")


async def test_lists_come_in_pages_without_gap_or_double(hall: Hall) -> None:
    for _ in range(5):
        await hall.submit()
    seen: list[str] = []
    cursor: str | None = None
    while True:
        options = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await hall.get("/tasks", LU, params=options)
        assert len(page["items"]) <= 2
        seen += [item["task_id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    everything = (await hall.get("/tasks", LU))["items"]
    assert [item["task_id"] for item in everything] == seen


async def test_done_tasks_are_those_one_decided(hall: Hall) -> None:
    await hall.submit()
    await hall.submit()
    await hall.agree(LU)
    await hall.decide(LU, "return", "请更正")
    done = await hall.get("/tasks", LU, params={"state": "done", "limit": 1})
    assert done["items"][0]["verdict"] == "return"
    assert done["items"][0]["request_status"] == "returned"
    rest = await hall.get("/tasks", LU, params={"state": "done", "cursor": done["next"]})
    assert [item["verdict"] for item in rest["items"]] == ["agree"]
    assert (await hall.get("/tasks", BAI, params={"state": "done"}))["items"] == []


async def test_a_cursor_that_was_never_given_is_refused(hall: Hall) -> None:
    answer = await hall.ask("GET", "/tasks", LU, params={"cursor": "bm9uc2Vuc2U="})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


async def test_a_sealing_registered_twice_completes_once(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU, QIN, LV, MENG)
    await hall.seal_used(request_id)
    await hall.seal_used(request_id)
    assert len(await hall.trial.published(said.Completed)) == 1
    assert await hall.trial.waiting() == []


async def test_people_learn_which_posts_they_hold(hall: Hall) -> None:
    me = await hall.get("/me", XUE)
    assert (me["login"], me["roles"]) == ("xue", ["seal_keeper"])
    assert me["posts"][0]["unit"]["name"] == "督查室"


async def test_without_signing_in_nothing_is_shown(hall: Hall) -> None:
    async with hall.trial.client() as client:
        assert (await client.get("/tasks")).status_code == 401
