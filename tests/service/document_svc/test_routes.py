"""Who may read what, the seal-use ledger, and the public check."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from document_svc.models import SealUseEntry

from shared.contracts.document import SealUseRecorded
from shared.contracts.people import Person
from shared.contracts.workflow import Node, TaskAssigned
from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    INITIATOR,
    KEEPER,
    STRANGER,
    Story,
    keeper_changed,
    sheets,
)
from tests.unit.document_svc.examples import person, unit

ALL = [
    {"item": "university", "count": 2},
    {"item": "president", "count": 1},
    {"item": "legal_certificate", "count": 1},
]


async def approve(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), *story.all_agreed(), story.approved())


async def register(
    trial: Trial, story: Story, who: User = KEEPER, *, key: str | None = None, **body: Any
) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    json = {"uses": ALL, "handler_present": True, "reason": None, **body}
    async with trial.client(who) as client:
        return await client.post(f"/requests/{story.id}/seal-uses", json=json, headers=headers)


@pytest.mark.parametrize("path", ["sheet", "sheets", "seal-uses"])
async def test_someone_elses_request_cannot_be_told_from_none(
    trial: Trial, story: Story, path: str
) -> None:
    await trial.deliver(story.submitted())
    async with trial.client(STRANGER) as client:
        others = await client.get(f"/requests/{story.id}/{path}")
        absent = await client.get(f"/requests/{uuid4()}/{path}")
    assert others.status_code == absent.status_code == 404
    assert others.json() == absent.json()


async def test_who_is_not_signed_in_reads_nothing(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    async with trial.client() as client:
        answer = await client.get(f"/requests/{story.id}/sheet")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


async def test_who_was_asked_to_act_may_read(trial: Trial, story: Story) -> None:
    asked = person("韦宇")
    await trial.deliver(
        story.submitted(),
        TaskAssigned(
            request_id=story.id,
            revision=1,
            task_id=uuid4(),
            node=Node(id="n", name="审批部门意见"),
            unit=unit("科研部"),
            assignees=(asked,),
            title="用印审批",
            tracking_number="SL2026-000139",
            initiator=person("沈芷珺"),
            due_at=None,
            assigned_at=datetime.now(UTC),
        ),
    )
    async with trial.client(User(id=asked.id, name=asked.name)) as client:
        assert (await client.get(f"/requests/{story.id}/sheet")).status_code == 200


async def test_a_sheet_that_is_not_rendered_yet_says_so(trial: Trial, story: Story) -> None:
    async with trial.client(KEEPER) as client:
        answer = await client.get(f"/requests/{story.id}/sheet")
    assert (answer.status_code, answer.json()["code"]) == (404, "sheet_not_ready")


async def test_a_revision_that_does_not_exist_is_not_ready(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    async with trial.client(INITIATOR) as client:
        answer = await client.get(f"/requests/{story.id}/sheet?revision=2")
    assert (answer.status_code, answer.json()["code"]) == (404, "sheet_not_ready")


async def test_a_sheet_already_held_is_not_sent_again(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted())
    async with trial.client(INITIATOR) as client:
        first = await client.get(f"/requests/{story.id}/sheet?inline=1")
        again = await client.get(
            f"/requests/{story.id}/sheet", headers={"If-None-Match": first.headers["etag"]}
        )
    assert first.headers["content-disposition"].startswith("inline")
    assert (again.status_code, again.content) == (304, b"")


async def test_the_use_of_seals_is_registered_and_published(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story)
    assert answer.status_code == 201
    assert answer.json()["uses"] == ALL
    [event] = await trial.published(SealUseRecorded)
    assert event.request_id == story.id
    assert event.by == Person(id=KEEPER.id, name=KEEPER.name)
    assert event.handler_name == "李玥祎"
    assert [(use.item, use.count) for use in event.uses] == [
        (use["item"], use["count"]) for use in ALL
    ]
    async with trial.client(INITIATOR) as client:
        listed = (await client.get(f"/requests/{story.id}/seal-uses")).json()["items"]
    assert listed == [answer.json()]


async def test_only_a_seal_keeper_registers(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story, INITIATOR)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_seal_keeper")


async def test_a_seal_keeper_who_has_left_registers_nothing(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    await trial.deliver(keeper_changed(active=False))
    assert (await register(trial, story)).status_code == 404
    assert await trial.count(SealUseEntry) == 0


async def test_a_stranger_cannot_tell_that_there_is_something_to_register(
    trial: Trial, story: Story
) -> None:
    await approve(trial, story)
    assert (await register(trial, story, STRANGER)).json()["code"] == "not_found"


async def test_before_the_approval_nothing_is_registered(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), *story.all_agreed())
    answer = await register(trial, story)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_approved")


async def test_on_a_withdrawn_request_nothing_is_registered(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.withdrawn())
    answer = await register(trial, story)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_approved")


async def test_more_than_approved_is_refused_naming_the_row(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story, uses=[{"item": "university", "count": 3}], reason="多")
    assert (answer.status_code, answer.json()["code"]) == (422, "more_than_approved")
    assert answer.json()["errors"][0]["field"] == "uses.0.count"


async def test_fewer_than_approved_needs_a_reason(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    fewer = {"uses": ALL[:1]}
    for reason in (None, "", "   "):
        answer = await register(trial, story, **fewer, reason=reason)
        assert (answer.status_code, answer.json()["code"]) == (422, "reason_required")
    assert (await register(trial, story, **fewer, reason="少印一份")).status_code == 201


async def test_an_item_in_two_rows_is_refused(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    answer = await register(trial, story, uses=[ALL[1], ALL[1]], reason="重复")
    assert (answer.status_code, answer.json()["code"]) == (422, "duplicate_item")


@pytest.mark.parametrize(
    "body",
    [
        {"uses": [{"item": "university", "count": -1}]},
        {"uses": [{"item": "great_seal", "count": 1}]},
        {"handler_present": None},
        {"unknown": 1},
        {"reason": "\x00"},
        {"reason": "长" * 501},
    ],
)
async def test_a_malformed_registration_is_refused(
    trial: Trial, story: Story, body: dict[str, Any]
) -> None:
    await approve(trial, story)
    answer = await register(trial, story, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_a_use_is_registered_once(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    first = await register(trial, story, key="key-00001")
    repeated = await register(trial, story, key="key-00001")
    another = await register(trial, story, key="key-00002")
    assert repeated.json() == first.json()
    assert (another.status_code, another.json()["code"]) == (409, "already_recorded")
    assert await trial.count(SealUseEntry) == 1
    assert len(await trial.published(SealUseRecorded)) == 1


async def verification(trial: Trial, code: str) -> Any:
    async with trial.client() as client:
        return await client.get(f"/verifications/{code}")


async def test_whoever_holds_the_paper_can_check_it(trial: Trial, story: Story) -> None:
    await approve(trial, story)
    [item] = await sheets(trial, story)
    answer = await verification(trial, item["verification_code"].upper())
    assert answer.status_code == 200
    assert answer.json() == {
        "number_tail": "0042",
        "state": "current",
        "revision": 1,
        "sealing_units": [
            {"name": name, "date": "2026-03-02"}
            for name in ("计算机学院", "科研部", "科技成果转化部", "财务部", "校长法律顾问办公室")
        ],
        "sha256": item["sha256"],
    }


async def test_the_public_check_tells_a_void_sheet(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.returned())
    [item] = await sheets(trial, story)
    found = (await verification(trial, item["verification_code"])).json()
    assert (found["state"], found["number_tail"]) == ("void", None)


@pytest.mark.parametrize("code", ["a" * 26, "0", "' OR 1=1 --", "%00", "中"])
async def test_a_code_that_no_sheet_carries_is_unknown(trial: Trial, code: str) -> None:
    answer = await verification(trial, code)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_code")
