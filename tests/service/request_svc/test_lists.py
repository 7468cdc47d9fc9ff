"""我的申请: what narrows the list, what a line draws attention to."""

import csv
import io
import zipfile
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from request_svc import exporting

from shared.contracts.people import Person
from shared.contracts.workflow import Node, TaskAssigned, Urged
from shared.database import new_id
from shared.testing import Trial
from tests.service.request_svc.office import (
    ARTS,
    AT,
    LU,
    MATHS,
    UNIT_HEAD,
    UNIT_OFFICE,
    Applicant,
    advanced,
    returned,
)

LONG_AGO = AT
FAR_AHEAD = AT + timedelta(days=100_000)


def assigned(request: dict[str, Any], node: Node, due_at: datetime | None) -> TaskAssigned:
    return TaskAssigned(
        request_id=UUID(request["id"]),
        revision=request["revision"],
        task_id=new_id(),
        node=node,
        unit=MATHS,
        assignees=(LU,),
        title=request["title"],
        tracking_number=request["tracking_number"],
        initiator=Person(**request["initiator"]),
        due_at=due_at,
        assigned_at=AT,
    )


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


async def listed(by: Applicant, **params: Any) -> list[str]:
    answer = await by.client.get("/requests", params=params)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


def materials(name: str, draft: dict[str, Any]) -> list[dict[str, Any]]:
    row = draft["form"]["materials"][0]
    return [{**row, "name": name}]


async def submitted(by: Applicant, name: str, **changes: Any) -> dict[str, Any]:
    draft = await by.prepared()
    form = {**draft["form"], "materials": materials(name, draft), **changes}
    saved = await by.save(draft, form)
    await by.submit(saved.json())
    return await by.see(draft["id"])


async def test_ones_requests_are_narrowed_down(trial: Trial, shen: Applicant) -> None:
    plan = await submitted(shen, "科研任务书")
    letter = await submitted(shen, "邀请信", unit_id=str(ARTS.id), handler_name="欧阳修远")
    await trial.deliver(advanced(plan, UNIT_HEAD), advanced(letter, UNIT_OFFICE))
    assert await listed(shen) == [letter["id"], plan["id"]]
    assert await listed(shen, unit_id=str(ARTS.id)) == [letter["id"]]
    assert await listed(shen, node="unit_head") == [plan["id"]]
    assert await listed(shen, q="任务书") == await listed(shen, q="科研") == [plan["id"]]
    assert await listed(shen, q="欧阳 邀请信") == [letter["id"]]
    assert await listed(shen, number=letter["tracking_number"]) == [letter["id"]]
    assert await listed(shen, number=letter["tracking_number"][-3:]) == [letter["id"]]
    assert await listed(shen, business_type="general") == []
    assert await listed(shen, until="2020-01-01") == await listed(shen, since="2999-01-01") == []
    assert len(await listed(shen, since="2020-01-01", until="2999-01-01")) == 2
    short = await shen.client.get("/requests", params={"q": "书"})
    assert (short.status_code, short.json()["code"]) == (422, "words_too_short")


async def test_nobody_finds_anothers_requests(shen: Applicant, su: Applicant) -> None:
    request = await submitted(shen, "科研任务书")
    assert await listed(su, q="任务书") == []
    assert await listed(su, number=request["tracking_number"]) == []


async def test_a_line_is_marked_returned_urged_or_overdue(trial: Trial, shen: Applicant) -> None:
    late, fine, back = [await submitted(shen, name) for name in ("合同", "协议", "证明")]
    await trial.deliver(
        assigned(late, UNIT_OFFICE, LONG_AGO),
        advanced(late, UNIT_OFFICE),
        urged(late, UNIT_OFFICE),
        assigned(fine, UNIT_OFFICE, FAR_AHEAD),
        advanced(fine, UNIT_OFFICE),
        returned(back),
    )
    rows = (await shen.client.get("/requests")).json()["items"]
    marks = {row["id"]: row["marks"] for row in rows}
    assert marks == {late["id"]: ["urged", "overdue"], fine["id"]: [], back["id"]: ["returned"]}
    assert await listed(shen, mark="overdue") == await listed(shen, mark="urged") == [late["id"]]
    assert await listed(shen, mark=["returned", "overdue"]) == [back["id"], late["id"]]


async def test_overdue_begins_with_the_moment_of_the_deadline(
    trial: Trial, shen: Applicant
) -> None:
    request = await submitted(shen, "合同")
    await trial.deliver(assigned(request, UNIT_OFFICE, AT), advanced(request, UNIT_OFFICE))
    for moment, late in ((AT - timedelta(microseconds=1), []), (AT, [request["id"]])):
        trial.runtime.clock = lambda moment=moment: moment
        assert await listed(shen, mark="overdue") == late
        (row,) = (await shen.client.get("/requests")).json()["items"]
        assert (row["marks"] == ["overdue"]) is bool(late)


async def test_a_deadline_is_over_with_its_node(trial: Trial, shen: Applicant) -> None:
    request = await submitted(shen, "合同")
    await trial.deliver(
        assigned(request, UNIT_OFFICE, LONG_AGO),
        advanced(request, UNIT_OFFICE),
        assigned(request, UNIT_HEAD, None),
        advanced(request, UNIT_HEAD),
    )
    assert (await shen.see(request["id"]))["marks"] == []
    await trial.deliver(assigned(request, UNIT_HEAD, LONG_AGO), advanced(request))
    assert (await shen.see(request["id"]))["marks"] == []


async def test_the_tabs_show_how_many_stand_how(trial: Trial, shen: Applicant) -> None:
    await shen.start()
    first = await shen.submitted()
    await shen.submitted()
    await trial.deliver(returned(first))
    counts = (await shen.client.get("/requests/counts")).json()["by_status"]
    assert {status: count for status, count in counts.items() if count} == {
        "draft": 1,
        "returned": 1,
        "in_progress": 1,
    }
    assert counts["completed"] == 0


async def test_ones_requests_are_taken_away_as_a_table(trial: Trial, shen: Applicant) -> None:
    request = await submitted(shen, "=HYPERLINK(A1)合同")
    await submitted(shen, "邀请信")
    await trial.deliver(advanced(request, UNIT_HEAD))
    params = {"format": "csv", "q": "合同"}
    answer = await shen.client.get("/requests/export", params=params)
    assert answer.status_code == 200
    assert "%E6%88%91%E7%9A%84%E7%94%B3%E8%AF%B7" in answer.headers["content-disposition"]
    titles, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    shown = dict(zip(titles, row, strict=True))
    assert shown["受理号"] == request["tracking_number"]
    assert (shown["业务类型"], shown["状态"], shown["当前环节"]) == (
        "科研类",
        "流转中",
        UNIT_HEAD.name,
    )
    book = (await shen.client.get("/requests/export")).content
    assert zipfile.is_zipfile(io.BytesIO(book))
    refused = await shen.client.get("/requests/export", params={"q": "书"})
    assert refused.status_code == 422


async def test_a_long_table_is_read_page_by_page(
    trial: Trial, shen: Applicant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "ROWS_AT_ONCE", 2)
    made = [await shen.submitted() for _ in range(5)]
    answer = await shen.client.get("/requests/export", params={"format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == [row["tracking_number"] for row in made[::-1]]


async def test_what_changed_between_submissions_is_shown_to_readers(
    trial: Trial, shen: Applicant, su: Applicant
) -> None:
    first = await submitted(shen, "合同", handler_name="周航")
    path = f"/requests/{first['id']}/revisions"
    alone = await shen.client.get(f"{path}/1/changes")
    assert (alone.status_code, alone.json()["code"]) == (422, "no_earlier_revision")
    await trial.deliver(returned(first))
    draft = await shen.draft(first["id"])
    saved = await shen.save(draft, {**draft["form"], "handler_name": "欧阳修远"})
    await shen.submit(saved.json())

    (latest, earlier) = (await shen.client.get(path)).json()["items"]
    assert (latest["revision"], earlier["revision"]) == (2, 1)
    changes = (await shen.client.get(f"{path}/2/changes")).json()
    assert changes == {
        "since": 1,
        "revision": 2,
        "fields": [
            {
                "field": "handler_name",
                "row": None,
                "change": "changed",
                "old": "周航",
                "new": "欧阳修远",
            }
        ],
        "files": [],
    }
    forward = await shen.client.get(f"{path}/1/changes", params={"since": 2})
    assert forward.status_code == 422
    for there in (path, f"{path}/2/changes"):
        assert (await su.client.get(there)).status_code == 404
    assert (await shen.client.get(f"{path}/3/changes")).status_code == 404
