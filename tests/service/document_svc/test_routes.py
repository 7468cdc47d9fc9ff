"""Who may read what, and the public check."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy

from shared.contracts.workflow import Node, TaskAssigned
from shared.identity import User
from shared.testing import Trial
from tests.service.document_svc.conftest import (
    INITIATOR,
    KEEPER,
    STRANGER,
    Story,
    sheets,
)
from tests.unit.document_svc.examples import person, unit


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


async def verification(trial: Trial, code: str) -> Any:
    async with trial.client() as client:
        return await client.get(f"/verifications/{code}")


async def test_whoever_holds_the_paper_can_check_it(trial: Trial, story: Story) -> None:
    await trial.deliver(*story.to_approval())
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
        "void_since": None,
        "material": None,
    }
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"


async def test_the_public_check_tells_a_void_sheet(trial: Trial, story: Story) -> None:
    await trial.deliver(story.submitted(), story.returned())
    [item] = await sheets(trial, story)
    found = (await verification(trial, item["verification_code"])).json()
    assert (found["state"], found["number_tail"]) == ("void", None)
    assert found["void_since"]


async def test_the_public_check_tells_a_withdrawn_sheet_from_a_void_one(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(story.submitted(), story.withdrawn())
    [item] = await sheets(trial, story)
    assert (await verification(trial, item["verification_code"])).json()["state"] == "withdrawn"


async def test_the_public_check_tells_nothing_private(trial: Trial, story: Story) -> None:
    await trial.deliver(*story.to_approval())
    [item] = await sheets(trial, story)
    told = (await verification(trial, item["verification_code"])).text
    private = (
        "沈芷珺",
        "李玥祎",
        "王罗珺",
        "13800000002",
        "合同",
        "SL2026-000139",
        "YY2026-000042",
    )
    assert not [word for word in (*private, str(story.id)) if word in told]


async def test_an_unknown_code_costs_as_many_questions_as_a_known_one(
    trial: Trial, story: Story
) -> None:
    await trial.deliver(*story.to_approval())
    [item] = await sheets(trial, story)
    asked: list[str] = []
    engine = trial.runtime.database.engine.sync_engine
    sqlalchemy.event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    numbers = []
    for code in (item["verification_code"], "a" * 26, "nonsense"):
        asked.clear()
        await verification(trial, code)
        numbers.append(len(asked))
    assert len(set(numbers)) == 1, numbers


@pytest.mark.parametrize("code", ["a" * 26, "0", "' OR 1=1 --", "%00", "中"])
async def test_a_code_that_no_sheet_carries_is_unknown(trial: Trial, code: str) -> None:
    answer = await verification(trial, code)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_code")
