"""正式提交: complete or refused, numbered without a gap, and once however often it is clicked."""

import asyncio
from datetime import UTC, datetime

from request_svc.models import Revision, TrackingCounter

from shared.contracts.request import RequestSubmitted
from shared.database import new_id
from shared.testing import Trial
from tests.service.request_svc.office import (
    ARTS,
    SHEN,
    UNIT_OFFICE,
    Applicant,
    advanced,
    form,
    returned,
    unit_changed,
)


async def test_a_submission_is_numbered_frozen_and_published(trial: Trial, shen: Applicant) -> None:
    draft = await shen.prepared()
    answer = await shen.submit(draft)
    assert answer.status_code == 201
    year = datetime.now(UTC).astimezone(trial.runtime.organisation.zone).year
    number = f"SL{year}-000001"
    assert answer.json() == {"request_id": draft["id"], "tracking_number": number, "revision": 1}
    (event,) = await trial.published(RequestSubmitted)
    assert (str(event.request_id), event.revision) == (draft["id"], 1)
    assert (event.tracking_number, event.matter) == (number, "seal-use")
    assert event.title == "科研类用印申请（任务书）"
    assert (event.initiator.id, event.initiator.name) == (SHEN.id, SHEN.name)
    assert event.form.commitment.by == event.initiator
    assert event.form.commitment.at == event.submitted_at
    (file,) = event.form.materials[0].files
    assert (str(file.id), file.pages) == (draft["files"][0]["id"], 3)


async def test_a_submitted_request_is_in_progress_at_once(shen: Applicant) -> None:
    request = await shen.submitted()
    assert (request["status"], request["current_nodes"]) == ("in_progress", [])
    assert (request["mine"], request["may_withdraw"], request["urged"]) == (True, True, False)
    assert request["form"]["unit"]["name"] == "数学学院"
    assert request["returned"] is None
    refused = await shen.client.get(f"/drafts/{request['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_editable")
    assert refused.json()["request_status"] == "in_progress"
    assert (await shen.client.get("/drafts")).json()["items"] == []


async def test_an_incomplete_form_says_everything_that_is_missing(
    trial: Trial, shen: Applicant
) -> None:
    draft = await shen.start(None)
    draft = (await shen.save(draft, {"materials": [{"name": "任务书"}]}, None)).json()
    refused = await shen.submit(draft)
    assert (refused.status_code, refused.json()["code"]) == (422, "incomplete_form")
    found = {(error["field"], error["code"]) for error in refused.json()["errors"]}
    names = [
        *("commitment", "unit_id", "approving_department_id", "power_of_attorney"),
        *("applicant_name", "applicant_mobile", "handler_name", "handler_mobile"),
        *("horizontal_contract", "materials.0.copies", "materials.0.files"),
    ]
    assert found == {
        ("business_type", "required"),
        ("form.seals", "nothing_to_seal"),
        *((f"form.{name}", "required") for name in names),
    }
    assert await trial.published() == []
    assert (await trial.count(Revision), await trial.count(TrackingCounter)) == (0, 0)
    assert await shen.draft(draft["id"]) == draft


async def test_a_file_of_another_draft_is_unknown(shen: Applicant) -> None:
    other = await shen.prepared()
    draft = await shen.start()
    draft = (await shen.save(draft, form(other["files"][0]["id"]))).json()
    errors = (await shen.submit(draft)).json()["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [
        ("form.materials.0.files", "unknown_file")
    ]


async def test_a_unit_that_was_closed_meanwhile_is_refused(trial: Trial, shen: Applicant) -> None:
    draft = await shen.prepared(unit_id=str(ARTS.id))
    await trial.deliver(unit_changed(ARTS, active=False))
    errors = (await shen.submit(draft)).json()["errors"]
    assert [(error["field"], error["code"]) for error in errors] == [
        ("form.unit_id", "unknown_unit")
    ]


async def test_a_draft_changed_elsewhere_is_not_submitted(shen: Applicant) -> None:
    draft = await shen.prepared()
    await shen.save(draft, draft["form"])
    refused = await shen.submit(draft)
    assert (refused.status_code, refused.json()["code"]) == (409, "draft_changed_elsewhere")
    assert refused.json()["version"] == draft["version"] + 1


async def test_submitting_twice_is_refused_with_the_present_state(
    trial: Trial, shen: Applicant
) -> None:
    draft = await shen.prepared()
    await shen.submit(draft)
    for again in (await shen.submit(draft), await shen.save(draft, {})):
        assert (again.status_code, again.json()["code"]) == (409, "not_editable")
        assert again.json()["request_status"] == "in_progress"
    assert len(await trial.published(RequestSubmitted)) == 1


async def test_a_double_click_gets_the_first_answer(trial: Trial, shen: Applicant) -> None:
    draft = await shen.prepared()
    clicks = await asyncio.gather(*(shen.submit(draft, key="a-double-click") for _ in range(4)))
    assert {click.status_code for click in clicks} == {201}
    assert len({click.text for click in clicks}) == 1
    assert len(await trial.published(RequestSubmitted)) == 1
    later = await shen.submit(draft, key="a-double-click")
    assert (later.status_code, later.text) == (201, clicks[0].text)


async def test_a_refused_submission_does_not_use_up_its_key(shen: Applicant) -> None:
    draft = await shen.prepared(commitment=False)
    assert (await shen.submit(draft, key="once-more-please")).status_code == 422
    draft = (await shen.save(draft, {**draft["form"], "commitment": True})).json()
    assert (await shen.submit(draft, key="once-more-please")).status_code == 201


async def test_a_key_belongs_to_one_request_and_one_person(shen: Applicant, su: Applicant) -> None:
    assert (await shen.submit(await shen.prepared(), key="the-same-key")).status_code == 201
    refused = await shen.submit(await shen.prepared(), key="the-same-key")
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert (await su.submit(await su.prepared(), key="the-same-key")).status_code == 201


async def test_submissions_at_once_get_numbers_without_gap_or_double(
    trial: Trial, shen: Applicant, su: Applicant
) -> None:
    drafts = [(who, await who.prepared()) for who in (shen, su) for _ in range(4)]
    refused = await shen.prepared(commitment=False)
    answers = await asyncio.gather(
        *(who.submit(draft) for who, draft in drafts), shen.submit(refused)
    )
    assert [answer.status_code for answer in answers] == [201] * 8 + [422]
    numbers = sorted(answer.json()["tracking_number"] for answer in answers[:8])
    assert [number[-6:] for number in numbers] == [f"{serial:06d}" for serial in range(1, 9)]
    assert len(await trial.published(RequestSubmitted)) == 8


async def test_a_returned_request_is_corrected_and_keeps_its_number(
    trial: Trial, shen: Applicant
) -> None:
    first = await shen.submitted()
    await trial.deliver(advanced(first, UNIT_OFFICE), returned(first, "份数有误"))
    draft = await shen.draft(first["id"])
    assert (draft["state"], draft["tracking_number"]) == ("returned", first["tracking_number"])
    assert draft["returned"]["opinion"] == "份数有误"
    assert draft["returned"]["by"]["name"] == "陆坤"
    assert draft["returned"]["node"]["name"] == UNIT_OFFICE.name
    corrected = draft["form"]
    corrected["materials"][0]["copies"] = 6
    draft = (await shen.save(draft, corrected)).json()
    answer = (await shen.submit(draft)).json()
    assert answer["tracking_number"] == first["tracking_number"]
    assert answer["revision"] == 2
    second = await shen.see(first["id"])
    assert (second["status"], second["revision"], second["returned"]) == ("in_progress", 2, None)
    assert second["submitted_at"] == first["submitted_at"]
    copies = [event.form.materials[0].copies for event in await trial.published(RequestSubmitted)]
    assert copies == [5, 6]


async def test_each_revision_stays_as_it_was_submitted(trial: Trial, shen: Applicant) -> None:
    first = await shen.submitted()
    await trial.deliver(returned(first))
    draft = await shen.draft(first["id"])
    draft = (await shen.save(draft, {**draft["form"], "handler_name": "苏迪"})).json()
    await shen.submit(draft)
    path = f"/requests/{first['id']}/revisions"
    names = [
        (await shen.client.get(f"{path}/{number}")).json()["form"]["handler_name"]
        for number in (1, 2)
    ]
    assert names == ["陆坤", "苏迪"]
    assert (await shen.client.get(f"{path}/3")).status_code == 404


async def test_a_returned_request_can_be_saved_without_changing_what_was_seen(
    trial: Trial, shen: Applicant
) -> None:
    first = await shen.submitted()
    await trial.deliver(returned(first))
    draft = await shen.draft(first["id"])
    await shen.save(draft, {"applicant_name": "改到一半"}, None)
    seen = await shen.see(first["id"])
    assert seen["form"]["applicant_name"] == "沈知君"
    assert (seen["business_type"], seen["title"]) == ("research", first["title"])
    (listed,) = (await shen.client.get("/drafts")).json()["items"]
    assert (listed["id"], listed["state"]) == (first["id"], "returned")


async def test_a_draft_that_does_not_exist_is_not_submitted(shen: Applicant) -> None:
    assert (await shen.submit({"id": str(new_id()), "version": 1})).status_code == 404


async def test_one_key_for_two_requests_at_once_serves_one_and_wastes_no_number(
    shen: Applicant,
) -> None:
    drafts = [await shen.prepared(), await shen.prepared()]
    answers = await asyncio.gather(*(shen.submit(draft, key="one-for-two") for draft in drafts))
    assert sorted(answer.status_code for answer in answers) == [201, 422]
    next_one = await shen.submitted()
    assert next_one["tracking_number"].endswith("-000002")
