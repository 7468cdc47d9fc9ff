"""My requests: what the flow's events make of them, who may look, and how files go out."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest

from shared.contracts.people import Person, Unit
from shared.contracts.workflow import (
    Approved,
    Completed,
    Node,
    RequestVoided,
    TaskAssigned,
    Urged,
    Withdrawn,
)
from shared.database import new_id
from shared.identity import User
from shared.testing import Trial
from tests.service.request_svc.office import (
    AT,
    LU,
    MATHS,
    SEAL_OFFICE,
    UNIT_HEAD,
    UNIT_OFFICE,
    XUE,
    Applicant,
    advanced,
    form,
    nobody,
    person_changed,
    returned,
    same_refusal,
)
from tests.unit.shared.inspection import samples


def urged(request: dict[str, Any], node: Node) -> Urged:
    return Urged(
        request_id=UUID(request["id"]),
        revision=request["revision"],
        node=node,
        task_ids=(new_id(),),
        assignees=(LU,),
        title=request["title"],
        initiator=Person(**request["initiator"]),
        urged_at=AT,
    )


def approved(request: dict[str, Any]) -> Approved:
    return Approved(
        request_id=UUID(request["id"]),
        revision=request["revision"],
        number="YY2026-000007",
        by=Person(id=XUE.id, name=XUE.name),
        unit=SEAL_OFFICE,
        title=request["title"],
        initiator=Person(**request["initiator"]),
        handler_name="陆坤",
        handler_mobile="19900000002",
        approved_at=AT,
    )


def completed(request: dict[str, Any], **later: Any) -> Completed:
    known = {
        "request_id": UUID(request["id"]),
        "revision": request["revision"],
        "number": "YY2026-000007",
        "title": request["title"],
        "initiator": Person(**request["initiator"]),
        "completed_at": AT,
    }
    return Completed(**{**known, **later})


def withdrawn(request: dict[str, Any], revision: int = 1) -> Withdrawn:
    return Withdrawn(
        request_id=UUID(request["id"]),
        revision=revision,
        by=Person(**request["initiator"]),
        had_open=(LU,),
        title=request["title"],
        withdrawn_at=AT,
    )


def assigned(request: dict[str, Any], *people: Person, unit: Unit = MATHS) -> TaskAssigned:
    return TaskAssigned(
        request_id=UUID(request["id"]),
        revision=request["revision"],
        task_id=new_id(),
        node=UNIT_OFFICE,
        unit=unit,
        assignees=people,
        title=request["title"],
        tracking_number=request["tracking_number"],
        initiator=Person(**request["initiator"]),
        due_at=None,
        assigned_at=AT,
    )


async def test_the_row_shows_where_a_request_waits(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    await trial.deliver(advanced(request, UNIT_OFFICE))
    (row,) = (await shen.client.get("/requests")).json()["items"]
    assert row["current_nodes"] == [UNIT_OFFICE.name]
    assert (row["status"], row["tracking_number"]) == ("in_progress", request["tracking_number"])
    assert (row["number"], row["business_type"]) == (None, "research")
    assert row["elapsed_seconds"] >= 0


async def test_an_urge_shows_until_its_node_is_passed(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    await trial.deliver(advanced(request, UNIT_OFFICE), urged(request, UNIT_OFFICE))
    assert (await shen.see(request["id"]))["urged"] is True
    await trial.deliver(advanced(request, UNIT_HEAD))
    assert (await shen.see(request["id"]))["urged"] is False


async def test_an_approved_request_has_its_number_and_cannot_be_withdrawn(
    trial: Trial, shen: Applicant
) -> None:
    request = await shen.submitted()
    await trial.deliver(approved(request))
    seen = await shen.see(request["id"])
    assert (seen["status"], seen["number"]) == ("approved", "YY2026-000007")
    assert seen["may_withdraw"] is False


async def test_the_time_of_a_completed_request_stands_still(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    end = (await shen.see(request["id"]))["submitted_at"]
    after = completed(request).completed_at.fromisoformat(end) + timedelta(minutes=5)
    await trial.deliver(approved(request), completed(request, completed_at=after))
    seen = await shen.see(request["id"])
    assert (seen["status"], seen["elapsed_seconds"], seen["current_nodes"]) == (
        "completed",
        300,
        [],
    )


async def test_events_count_once_and_in_their_order(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    first = trial.envelope(advanced(request, UNIT_OFFICE))
    second = trial.envelope(returned(request))
    await trial.deliver(second, second, first, first)
    assert (await shen.see(request["id"]))["status"] == "returned"


async def test_a_round_that_is_over_changes_nothing(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    await trial.deliver(returned(request))
    await shen.submit(await shen.draft(request["id"]))
    await trial.deliver(advanced(request, UNIT_HEAD, revision=1), returned(request))
    seen = await shen.see(request["id"])
    assert (seen["status"], seen["revision"], seen["current_nodes"]) == ("in_progress", 2, [])


async def test_a_withdrawal_ends_it_even_if_a_resubmission_crossed_it(
    trial: Trial, shen: Applicant
) -> None:
    request = await shen.submitted()
    await trial.deliver(returned(request))
    draft = await shen.draft(request["id"])
    await shen.submit(draft)
    await trial.deliver(withdrawn(request, revision=1))
    seen = await shen.see(request["id"])
    assert (seen["status"], seen["may_withdraw"]) == ("withdrawn", False)
    refused = await shen.save(draft, {})
    assert (refused.status_code, refused.json()["request_status"]) == (409, "withdrawn")


async def test_an_ended_request_stays_as_it_ended(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    await trial.deliver(withdrawn(request), advanced(request, UNIT_OFFICE), completed(request))
    assert (await shen.see(request["id"]))["status"] == "withdrawn"


async def test_an_event_of_an_unknown_request_waits(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    await trial.deliver(advanced({**request, "id": str(new_id())}, UNIT_OFFICE))
    ((state, reason),) = await trial.waiting()
    assert state == "retry"
    assert "is not in this database" in reason


async def test_requests_are_listed_newest_first_by_status_and_page(
    trial: Trial, shen: Applicant
) -> None:
    made = [await shen.submitted() for _ in range(4)]
    await trial.deliver(returned(made[0]), approved(made[1]))

    async def listed(**params: Any) -> dict[str, Any]:
        found: dict[str, Any] = (await shen.client.get("/requests", params=params)).json()
        return found

    page = await listed(limit=3)
    assert [row["id"] for row in page["items"]] == [row["id"] for row in made[:0:-1]]
    rest = await listed(limit=3, cursor=page["next"])
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([made[0]["id"]], None)
    by_status = await listed(status=["returned", "approved"])
    assert [row["id"] for row in by_status["items"]] == [made[1]["id"], made[0]["id"]]
    assert (await shen.client.get("/requests", params={"status": "lost"})).status_code == 422


async def test_drafts_are_no_requests_yet(shen: Applicant) -> None:
    draft = await shen.prepared()
    assert (await shen.client.get("/requests")).json()["items"] == []
    assert (await shen.client.get(f"/requests/{draft['id']}")).status_code == 404


def paths(request: dict[str, Any]) -> tuple[str, ...]:
    file_id = request["form"]["materials"][0]["files"][0]["id"]
    whole = f"/requests/{request['id']}"
    return (whole, f"{whole}/revisions/1", f"{whole}/files/{file_id}")


async def test_someone_elses_request_cannot_be_told_from_none(
    shen: Applicant, su: Applicant
) -> None:
    request = await shen.submitted()
    absent = {**request, "id": str(new_id())}
    for theirs, none in zip(paths(request), paths(absent), strict=True):
        there, nowhere = await su.client.get(theirs), await su.client.get(none)
        assert there.status_code == 404
        assert same_refusal(there, nowhere)
    assert (await su.client.get("/requests")).json()["items"] == []


async def test_who_is_asked_to_act_may_read_but_not_edit(trial: Trial, shen: Applicant) -> None:
    request = await shen.submitted()
    await trial.deliver(assigned(request, LU))
    async with trial.client(User(id=LU.id, name=LU.name)) as client:
        for path in paths(request):
            assert (await client.get(path)).status_code == 200
        seen = (await client.get(paths(request)[0])).json()
        assert (seen["mine"], seen["may_withdraw"]) == (False, False)
        assert (await client.get(f"/drafts/{request['id']}")).status_code == 404
        assert (await client.get("/requests")).json()["items"] == []


async def test_the_seal_office_reads_everything_while_it_is_in_office(
    trial: Trial, shen: Applicant, xue: Applicant
) -> None:
    request = await shen.submitted()
    assert (await xue.client.get(paths(request)[0])).status_code == 200
    await trial.deliver(person_changed(XUE))
    assert (await xue.client.get(paths(request)[0])).status_code == 404
    async with trial.client(nobody()) as client:
        assert (await client.get(paths(request)[0])).status_code == 404


async def test_a_file_goes_out_as_it_came_in(shen: Applicant) -> None:
    content = samples.clean_pdf(pages=3)
    draft = await shen.start()
    file = (await shen.upload(draft, content, "任务书 终稿.pdf")).json()
    draft = (await shen.save(draft, form(file["id"]))).json()
    before = await shen.client.get(f"/drafts/{draft['id']}/files/{file['id']}")
    await shen.submit(draft)
    after = await shen.client.get(f"/requests/{draft['id']}/files/{file['id']}")
    for answer in (before, after):
        assert answer.content == content
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Length"] == str(len(content))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["ETag"] == f'"{file["sha256"]}"'
        kind, _, name = answer.headers["Content-Disposition"].partition("filename*=UTF-8''")
        assert kind.startswith("attachment;")
        assert unquote(name) == "任务书 终稿.pdf"


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.pdf", samples.clean_pdf(), "inline"),
        ("a.png", samples.png(), "inline"),
        ("a.jpg", samples.jpeg(), "inline"),
        ("a.docx", samples.office("word"), "attachment"),
    ],
)
async def test_only_what_browsers_show_safely_is_shown(
    shen: Applicant, name: str, content: bytes, shown: str
) -> None:
    draft = await shen.start()
    file = (await shen.upload(draft, content, name)).json()
    path = f"/drafts/{draft['id']}/files/{file['id']}"
    answer = await shen.client.get(path, params={"inline": 1})
    assert answer.headers["Content-Disposition"].startswith(f"{shown};")


async def test_a_file_that_was_left_out_is_not_shown_to_approvers(
    trial: Trial, shen: Applicant, xue: Applicant
) -> None:
    draft = await shen.prepared()
    left_out = (await shen.upload(draft, samples.png(), "家庭照片.png")).json()
    await shen.submit(draft)
    path = f"/requests/{draft['id']}/files/{left_out['id']}"
    for reader in (xue, shen):
        assert (await reader.client.get(path)).status_code == 404
    kept = draft["files"][0]["id"]
    other = await shen.submitted()
    assert (await shen.client.get(f"/requests/{other['id']}/files/{kept}")).status_code == 404
    assert (await trial.waiting()) == []


@pytest.mark.parametrize("finished", [False, True], ids=["approved", "completed"])
async def test_a_voided_request_stays_void(trial: Trial, shen: Applicant, finished: bool) -> None:
    request = await shen.submitted()
    await trial.deliver(approved(request))
    if finished:
        await trial.deliver(completed(request))
    voided = RequestVoided(
        request_id=UUID(request["id"]),
        revision=request["revision"],
        number="YY2026-000007",
        title=request["title"],
        by=Person(id=XUE.id, name=XUE.name),
        confirmed_by=LU,
        reason="材料与实际不符",
        initiator=Person(**request["initiator"]),
        voided_at=AT + timedelta(days=9),
    )
    await trial.deliver(voided, advanced(request, UNIT_HEAD))
    seen = await shen.see(request["id"])
    assert (seen["status"], seen["number"], seen["current_nodes"]) == ("void", "YY2026-000007", [])
    assert seen["may_withdraw"] is False
