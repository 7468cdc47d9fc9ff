"""Who acts instead, who else sees it: through the API, in the record, with their events."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from workflow_svc.models import WithdrawalAhead

from shared.contracts import workflow as said
from shared.contracts.people import Person
from shared.contracts.workflow import TaskEnd, WhyCopied, WhyReassigned
from shared.database import new_id
from tests.service.workflow_svc.hall import ADMIN, ADMINISTERED, AUDITOR, Hall
from tests.unit.workflow_svc.world import (
    BAI,
    GU,
    HE,
    LU,
    LV,
    QIN,
    SHEN,
    STRANGER,
    XUE,
)


@pytest.fixture
def people() -> str:
    return ADMINISTERED


def to(person: Person, **more: str) -> dict[str, Any]:
    return {"to": str(person.id), **more}


async def record(hall: Hall, request_id: UUID) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    return items


async def test_handing_over_moves_the_task_to_the_others_list(hall: Hall) -> None:
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    choices = await hall.get(f"/tasks/{task}/choices", LU)
    assert [person["name"] for person in choices["successors"]] == [BAI.name]
    answer = await hall.post(f"/tasks/{task}/handover", LU, to(BAI, reason="出差"))
    assert answer["waiting"] == [{"id": "unit_office", "name": "单位办公室工作人员审批"}]
    assert await hall.get("/tasks/count", LU) == {"open": 0}
    assert str(await hall.task_of(BAI)) == answer["task_id"]
    (event,) = await hall.trial.published(said.Reassigned)
    assert (event.gave_up, event.to, event.why) == (LU, (BAI,), WhyReassigned.HANDED_OVER)
    (closed,) = await hall.trial.published(said.TaskClosed)
    assert closed.end is TaskEnd.REASSIGNED
    row = next(item for item in await record(hall, request_id) if item["kind"] == "reassigned")
    assert row["detail"] == {
        "people": [BAI.name],
        "gave_up": LU.name,
        "why": "handed_over",
        "reason": "出差",
    }
    assert await hall.refused(f"/tasks/{task}/handover", LU, to(BAI)) == (409, "task_closed")
    assert await hall.refused(f"/tasks/{task}/handover", STRANGER, to(BAI)) == (404, "not_found")


async def test_a_repeated_hand_over_is_answered_as_the_first_time(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    key = {"Idempotency-Key": "hand-over-1"}
    first = await hall.post(f"/tasks/{task}/handover", LU, to(BAI), **key)
    assert await hall.post(f"/tasks/{task}/handover", LU, to(BAI), **key) == first
    other = await hall.ask("POST", f"/tasks/{task}/handover", LU, json=to(QIN), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await hall.trial.published(said.Reassigned)) == 1


@pytest.mark.parametrize(
    ("taker", "code"),
    [(STRANGER, "not_entitled"), (Person(id=new_id(), name="?"), "no_such_person")],
)
async def test_nobody_without_the_post_takes_it_over(hall: Hall, taker: Person, code: str) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    assert await hall.refused(f"/tasks/{task}/handover", LU, to(taker)) == (422, code)
    assert await hall.get("/tasks/count", LU) == {"open": 1}


async def test_an_administrator_puts_someone_in_charge_and_decides_nothing(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    task = await hall.task_of(QIN)
    path = f"/tasks/{task}/charge"
    body = to(STRANGER, reason="秦明远已调离")
    assert await hall.refused(path, LU, body) == (403, "administrators_only")
    assert await hall.refused(path, ADMIN, to(STRANGER, reason=" ")) == (422, "invalid_request")
    assert await hall.refused(path, ADMIN, to(ADMIN, reason="我来")) == (422, "not_entitled")
    assert await hall.refused(path, ADMIN, to(LU, reason="换人")) == (422, "not_entitled")
    await hall.post(path, ADMIN, body)
    assert (await hall.decide(ADMIN, task=await hall.task_of(STRANGER))).status_code == 404
    await hall.agree(STRANGER)
    decided = (await hall.trial.published(said.Decided))[-1]
    assert (decided.by, decided.unit.name) == (STRANGER, "计算机学院")
    row = next(item for item in await record(hall, request_id) if item["kind"] == "reassigned")
    assert row["detail"]["reason"] == "秦明远已调离"
    assert row["people"] == [ADMIN.name]


async def test_who_acts_next_is_chosen_before_agreeing_or_with_it(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    task = await hall.task_of(QIN)
    choices = await hall.get(f"/tasks/{task}/choices", QIN)
    assert [coming["node"]["id"] for coming in choices["coming"]] == [
        "approving_department",
        "seal_office_review",
    ]
    assert {p["name"] for p in choices["coming"][0]["choices"]} == {HE.name, LV.name}
    chosen = {"node": "approving_department", "people": [str(LV.id)]}
    await hall.post(f"/tasks/{task}/choices", QIN, chosen)
    again = await hall.get(f"/tasks/{task}/choices", QIN)
    assert [p["name"] for p in again["coming"][0]["chosen"]] == [LV.name]
    answer = await hall.ask(
        "POST",
        f"/tasks/{task}/decision",
        QIN,
        json={
            "verdict": "agree",
            "opinion": "同意",
            "chosen": {"seal_office_review": [str(XUE.id)]},
        },
    )
    assert answer.status_code == 201
    assert await hall.get("/tasks/count", HE) == {"open": 0}
    await hall.agree(LV, XUE)
    kinds = [item["kind"] for item in await record(hall, request_id)]
    assert kinds.count("chosen") == 2
    wrong = {"node": "unit_office", "people": [str(BAI.id)]}
    assert await hall.refused(f"/tasks/{task}/choices", QIN, wrong) == (409, "task_closed")


async def test_a_signer_is_added_and_taken_off_again(hall: Hall) -> None:
    request_id = await hall.submit()
    await hall.agree(LU)
    task = await hall.task_of(QIN)
    path = f"/tasks/{task}/signers"
    added = await hall.post(path, QIN, {"person_id": str(STRANGER.id)})
    assert (await hall.get(f"/tasks/{added['task_id']}", STRANGER))["added_by"] == QIN.name
    assert (await hall.get(f"/tasks/{added['task_id']}", STRANGER))["unit"]["name"] == "财务部"
    (signer,) = (await hall.get(f"/tasks/{task}", QIN))["signers"]
    assert (signer["task_id"], signer["person"]["name"]) == (added["task_id"], STRANGER.name)
    gone = await hall.ask("DELETE", f"/signers/{added['task_id']}", QIN)
    assert gone.status_code == 200
    assert (await hall.get(f"/tasks/{task}", QIN))["signers"] == []
    assert await hall.get("/tasks/count", STRANGER) == {"open": 0}
    again = await hall.post(path, QIN, {"person_id": str(STRANGER.id)})
    await hall.agree(QIN)
    assert (await hall.ask("DELETE", f"/signers/{again['task_id']}", LU)).status_code == 404
    assert len((await hall.get(f"/tasks/{task}", QIN))["signers"]) == 1
    await hall.agree(STRANGER)
    assert (await hall.get(f"/tasks/{task}", QIN))["signers"] == []
    decided = await hall.trial.published(said.Decided)
    assert [(d.by, d.place is None) for d in decided[1:]] == [(QIN, False), (STRANGER, True)]
    assert await hall.get("/tasks/count", HE) == {"open": 1}
    kinds = [item["kind"] for item in await record(hall, request_id)]
    assert (kinds.count("signer_added"), kinds.count("signer_removed")) == (2, 1)


async def test_who_is_copied_reads_it_and_is_marked_as_having_read(hall: Hall) -> None:
    request_id = await hall.submit()
    path = f"/requests/{request_id}/copies"
    record_path = f"/requests/{request_id}/record"
    assert (await hall.ask("GET", record_path, GU)).status_code == 404
    assert await hall.refused(path, GU, {"people": [str(GU.id)]}) == (404, "not_found")
    body = {"people": [str(GU.id), str(HE.id)]}
    assert len((await hall.post(path, LU, body))["people"]) == 2
    assert (await hall.post(path, SHEN, body))["people"] == []
    (event,) = await hall.trial.published(said.Copied)
    assert (event.people, event.by, event.why) == ((GU, HE), LU, WhyCopied.COPY)
    await hall.get(record_path, GU)
    assert (await hall.ask("PUT", f"/requests/{request_id}/read", GU)).status_code == 204
    assert (await hall.ask("PUT", f"/requests/{request_id}/read", LU)).status_code == 404
    copies = (await hall.get(path, LU))["items"]
    assert [(c["person"]["name"], c["read_at"] is not None) for c in copies] == sorted(
        [(GU.name, True), (HE.name, False)], key=lambda c: str(GU.id if c[1] else HE.id)
    )
    assert (await hall.decide(GU, task=await hall.task_of(LU))).status_code == 404


async def test_who_watches_may_urge_until_they_stop(hall: Hall) -> None:
    request_id = await hall.submit()
    path = f"/requests/{request_id}/supervisors"
    assert await hall.refused(path, LU, {}) == (403, "supervisors_only")
    assert await hall.refused(path, STRANGER, {}) == (404, "not_found")
    await hall.post(path, XUE, {"person_id": str(AUDITOR.id)})
    await hall.post(path, XUE, {})
    urge = {"nodes": ["unit_office"]}
    await hall.post(f"/requests/{request_id}/urges", AUDITOR, urge)
    (urged,) = await hall.trial.published(said.Urged)
    assert urged.node.id == "unit_office"
    assert (await hall.ask("DELETE", f"{path}/{AUDITOR.id}", AUDITOR)).status_code == 204
    assert await hall.refused(f"/requests/{request_id}/urges", AUDITOR, urge) == (404, "not_found")
    assert (await hall.ask("DELETE", f"{path}/{XUE.id}", LU)).status_code == 403
    assert (await hall.ask("DELETE", f"{path}/{AUDITOR.id}", XUE)).status_code == 404
    copied = await hall.trial.published(said.Copied)
    assert [(c.people, c.why) for c in copied] == [
        ((AUDITOR,), WhyCopied.SUPERVISION),
        ((XUE,), WhyCopied.SUPERVISION),
    ]


async def test_a_withdrawal_may_come_before_its_submission(hall: Hall) -> None:
    request_id = new_id()
    path = f"/requests/{request_id}/withdrawal"
    for by in (SHEN, STRANGER):  # nobody can know yet whose it is
        assert await hall.post(path, by) == {"request_status": "new"}
    await hall.submit(request_id)
    assert await hall.get("/tasks/count", LU) == {"open": 0}
    (withdrawn,) = await hall.trial.published(said.Withdrawn)
    assert withdrawn.by == SHEN
    assert [item["kind"] for item in await record(hall, request_id)] == ["submitted", "withdrawn"]
    assert await hall.trial.count(WithdrawalAhead) == 0
    assert await hall.refused(path, SHEN) == (409, "not_withdrawable")


async def test_a_withdrawal_and_its_submission_in_the_same_instant(hall: Hall) -> None:
    for _ in range(8):
        request_id = new_id()
        path = f"/requests/{request_id}/withdrawal"
        _, answer = await asyncio.gather(hall.submit(request_id), hall.ask("POST", path, SHEN))
        assert answer.status_code == 201, answer.text
        assert await hall.get("/tasks/count", LU) == {"open": 0}  # whichever came first
    assert len(await hall.trial.published(said.Withdrawn)) == 8
    assert await hall.trial.count(WithdrawalAhead) == 0


async def test_somebody_elses_early_withdrawal_counts_for_nothing(hall: Hall) -> None:
    request_id = new_id()
    await hall.post(f"/requests/{request_id}/withdrawal", STRANGER)
    await hall.submit(request_id)
    assert await hall.get("/tasks/count", LU) == {"open": 1}


async def test_nobody_leaves_withdrawals_without_end(hall: Hall) -> None:
    for _ in range(20):
        await hall.post(f"/requests/{new_id()}/withdrawal", STRANGER)
    refused = await hall.refused(f"/requests/{new_id()}/withdrawal", STRANGER)
    assert refused == (429, "too_many_ahead")


async def test_people_are_found_by_name_and_by_login(hall: Hall) -> None:
    found = (await hall.get("/people", SHEN, params={"query": "维"}))["items"]
    assert found == [{"id": str(LV.id), "name": LV.name, "units": ["科研部"]}]
    assert (await hall.get("/people", SHEN, params={"query": "LV"}))["items"] == found
    for nothing in ("%", "_", "nobody"):
        assert (await hall.get("/people", SHEN, params={"query": nothing}))["items"] == []
    assert (await hall.ask("GET", "/people", SHEN)).status_code == 422


async def test_the_task_says_until_when_and_what_may_be_done(hall: Hall) -> None:
    await hall.submit()
    task = await hall.get(f"/tasks/{await hall.task_of(LU)}", LU)
    assert task["may"] == ["add_signer", "hand_over", "return"]
    assert datetime.fromisoformat(task["due_at"]) > datetime.now(UTC)
    assert (task["opinion_required"], task["on_behalf_of"]) == (False, None)
    (assigned,) = await hall.trial.published(said.TaskAssigned)
    assert assigned.due_at is not None
