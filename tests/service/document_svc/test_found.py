"""What the counter sees of a request, however it is found; scans of what was sealed."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    AUDITOR,
    INITIATOR,
    KEEPER,
    STRANGER,
    Story,
    sheets,
)
from tests.service.document_svc.test_counter import approve, find, register
from tests.unit.shared.inspection import samples


async def test_a_request_is_found_by_scan_and_by_number(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    [sheet] = await sheets(trial, story)
    code = sheet["verification_code"]
    url = f"https://hall.example/verify/{code}"
    for asked in (
        url,
        url + "/",
        code.upper(),
        "YY2026-000042",
        " yy2026-000042 ",
        "SL2026-000139",
    ):
        answer = await find(trial, asked)
        assert (answer.status_code, answer.json()["request_id"]) == (200, str(story.id)), asked


async def test_the_counter_sees_what_was_approved_and_what_is_left(
    trial: Trial, story: Story
) -> None:
    await approve(trial, story)
    await register(trial, story, uses=[{"item": "university", "count": 1, "material_row": 2}])
    seen = (await find(trial, "YY2026-000042")).json()
    assert (seen["state"], seen["may_register"], seen["superseded"]) == ("open", True, False)
    assert (seen["handler_name"], seen["handler_mobile"]) == ("李玥祎", "13800000002")
    assert [material["copies"] for material in seen["materials"]] == [1, 2, 3]
    assert seen["allowances"] == [
        {
            "item": "university",
            "approved": 2,
            "used": 1,
            "remaining": 1,
            "place": "第1项用印材料2,3页；第2项末页",
            "purpose": "",
        },
        {
            "item": "president",
            "approved": 1,
            "used": 0,
            "remaining": 1,
            "place": "第1项用印材料3页",
            "purpose": "",
        },
        {
            "item": "legal_certificate",
            "approved": 1,
            "used": 0,
            "remaining": 1,
            "place": "",
            "purpose": "科研项目申报",
        },
    ]
    assert [entry["sequence"] for entry in seen["entries"]] == [1]


async def test_a_void_sheet_is_found_as_void(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.returned())
    [sheet] = await sheets(trial, story)
    await trial.deliver(Story(story.id, revision=2).submitted())
    seen = (await find(trial, sheet["verification_code"])).json()
    assert (seen["state"], seen["sheet_state"], seen["superseded"]) == ("void", "void", True)
    assert seen["may_register"] is False
    newest = (await find(trial, "SL2026-000139")).json()
    assert (newest["revision"], newest["state"]) == (2, "waiting")


async def test_the_counter_is_for_those_who_oversee(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    refused = await find(trial, "YY2026-000042", INITIATOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "overseers_only")
    seen = await find(trial, "YY2026-000042", AUDITOR)
    assert (seen.status_code, seen.json()["may_register"]) == (200, False)


@pytest.mark.parametrize("asked", ["YY2026-999999", "a" * 26, "' OR 1=1 --", "%%%%"])
async def test_what_does_not_exist_is_not_found(trial: Trial, story: Story, asked: str) -> None:
    await approve(trial, story)
    answer = await find(trial, asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "nothing_found")


async def test_readers_see_the_same_by_the_requests_id(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    async with trial.client(INITIATOR) as client:
        mine = await client.get(f"/requests/{story.id}/counter")
    async with trial.client(STRANGER) as client:
        others = await client.get(f"/requests/{story.id}/counter")
    assert (mine.json()["state"], mine.json()["may_register"]) == ("open", False)
    assert others.status_code == 404


async def upload(
    trial: Trial, story: Story, who: User = KEEPER, content: bytes = b"", name: str = "盖章件.png"
) -> Any:
    async with trial.client(who) as client:
        return await client.post(
            f"/requests/{story.id}/scans", params={"name": name}, content=content or samples.png()
        )


async def test_a_scan_of_the_sealed_copy_belongs_to_its_entry(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    scan = (await upload(trial, story)).json()
    path = f"/requests/{story.id}/scans/{scan['id']}"
    async with trial.client(INITIATOR) as client:
        assert (await client.get(path)).status_code == 404
    answer = await register(trial, story, scans=[scan["id"]])
    assert answer.json()["scans"] == [scan]
    async with trial.client(INITIATOR) as client:
        shown = await client.get(path)
    assert shown.content == samples.png()


async def test_a_hostile_scan_is_refused(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await upload(trial, story, content=samples.encrypted_pdf(), name="扫描.pdf")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_encrypted")


async def test_only_a_keeper_uploads_scans(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    assert (await upload(trial, story, INITIATOR)).json()["code"] == "not_seal_keeper"
    assert (await upload(trial, story, STRANGER)).status_code == 404


async def test_a_scan_of_another_request_is_unknown(trial: Trial, story: Story) -> None:
    other = Story(uuid4())
    await approve(trial, story)
    await approve(trial, other)
    scan = (await upload(trial, other)).json()
    for scan_id in (scan["id"], str(UUID(int=7))):
        answer = await register(trial, story, scans=[scan_id])
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_scan")
