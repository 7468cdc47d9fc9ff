"""作废 after the last approval: by 督查室, with a reason, and a second person; final."""

import asyncio
from uuid import UUID

import httpx
import pytest

from shared.contracts import workflow as said
from shared.contracts.people import Person
from tests.service.workflow_svc.hall import AUDITOR, Hall
from tests.unit.workflow_svc.world import HE, LU, MENG, QIN, SHEN, XUE

REASON = "材料与实际不符"


async def approved(hall: Hall) -> UUID:
    request_id = await hall.submit()
    await hall.agree(LU, QIN, HE, XUE)
    return request_id


async def propose(
    hall: Hall, request_id: UUID, by: Person = XUE, reason: str = REASON
) -> httpx.Response:
    body = {"reason": reason}
    return await hall.ask("POST", f"/requests/{request_id}/void-proposal", by, json=body)


async def confirm(
    hall: Hall, request_id: UUID, by: Person = MENG, key: str | None = None
) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    path = f"/requests/{request_id}/void-confirmation"
    return await hall.ask("POST", path, by, headers=headers)


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("completed", [False, True], ids=["approved", "completed"])
async def test_two_people_of_the_seal_office_void_a_request(hall: Hall, completed: bool) -> None:
    request_id = await approved(hall)
    if completed:
        await hall.seal_used(request_id)
    assert (await propose(hall, request_id)).status_code == 204
    (proposal,) = (await hall.get("/void-proposals", MENG))["items"]
    assert (proposal["reason"], proposal["by"]["name"]) == (REASON, XUE.name)
    assert proposal["mine"] is False
    done = await confirm(hall, request_id)
    assert (done.status_code, done.json()) == (201, {"request_status": "void"})

    (voided,) = await hall.trial.published(said.RequestVoided)
    assert (voided.by, voided.confirmed_by, voided.reason) == (XUE, MENG, REASON)
    assert (voided.initiator, voided.number[:2]) == (SHEN, "YY")
    assert await hall.get("/tasks/count", MENG) == {"open": 0}
    items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    assert [item["kind"] for item in items][-2:] == ["void_proposed", "voided"]
    assert items[-1]["opinion"] == REASON
    assert (await hall.get("/void-proposals", MENG))["items"] == []
    listed = await hall.get("/requests", XUE, params={"status": "void"})
    assert [item["request_id"] for item in listed["items"]] == [str(request_id)]


async def test_nobody_confirms_what_they_proposed(hall: Hall) -> None:
    request_id = await approved(hall)
    await propose(hall, request_id)
    assert problem(await confirm(hall, request_id, XUE)) == (409, "second_person_required")
    assert await hall.trial.published(said.RequestVoided) == []


async def test_voiding_is_for_the_seal_office(hall: Hall) -> None:
    request_id = await approved(hall)
    for by in (SHEN, LU, AUDITOR):
        assert problem(await propose(hall, request_id, by)) == (403, "seal_office_only")
    await propose(hall, request_id)
    for by in (SHEN, LU, AUDITOR):
        assert problem(await confirm(hall, request_id, by)) == (403, "seal_office_only")
        taking_back = await hall.ask("DELETE", f"/requests/{request_id}/void-proposal", by)
        assert problem(taking_back) == (403, "seal_office_only")
    assert problem(await hall.ask("GET", "/void-proposals", SHEN)) == (403, "overseers_only")


async def test_only_what_was_approved_is_voided_and_only_once(hall: Hall) -> None:
    request_id = await hall.submit()
    early = await propose(hall, request_id)
    assert problem(early) == (409, "not_voidable")
    assert early.json()["request_status"] == "in_progress"
    await hall.agree(LU, QIN, HE, XUE)
    assert problem(await confirm(hall, request_id)) == (404, "not_found")
    empty = await propose(hall, request_id, reason="  ")
    assert empty.status_code == 422
    await propose(hall, request_id)
    assert problem(await propose(hall, request_id, MENG)) == (409, "void_proposed")
    await confirm(hall, request_id)
    assert problem(await confirm(hall, request_id)) == (409, "not_voidable")
    assert problem(await propose(hall, request_id)) == (409, "not_voidable")


async def test_a_proposal_can_be_taken_back_and_the_request_goes_on(hall: Hall) -> None:
    request_id = await approved(hall)
    await propose(hall, request_id)
    path = f"/requests/{request_id}/void-proposal"
    assert (await hall.ask("DELETE", path, MENG)).status_code == 204
    assert (await hall.ask("DELETE", path, MENG)).status_code == 404
    await hall.seal_used(request_id)
    assert len(await hall.trial.published(said.Completed)) == 1
    items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    assert [item["kind"] for item in items][-3:] == ["void_proposed", "void_declined", "completed"]


async def test_a_registration_that_crossed_the_voiding_changes_nothing(hall: Hall) -> None:
    request_id = await approved(hall)
    await propose(hall, request_id)
    await confirm(hall, request_id)
    await hall.seal_used(request_id)
    assert await hall.trial.waiting() == []
    assert await hall.trial.published(said.Completed) == []


async def test_a_confirmation_sent_twice_is_answered_the_same(hall: Hall) -> None:
    request_id = await approved(hall)
    await propose(hall, request_id)
    answers = await asyncio.gather(
        *(confirm(hall, request_id, key="confirm-twice") for _ in range(3))
    )
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len(await hall.trial.published(said.RequestVoided)) == 1
