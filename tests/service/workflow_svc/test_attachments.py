"""上传附件: what an approver attaches to a decision, and who may read it."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select
from workflow_svc.attachments import ATTACHMENTS_LIMIT
from workflow_svc.models import LogRow

from shared.contracts import workflow as said
from shared.contracts.people import Person
from shared.database import new_id
from shared.record import chain
from tests.service.workflow_svc.hall import Hall
from tests.unit.shared.inspection.samples import clean_pdf
from tests.unit.workflow_svc.world import BAI, HE, LU, QIN, SHEN, STRANGER, XUE


async def upload(
    hall: Hall, task: UUID, by: Person, *, name: str = "核对单.pdf", content: bytes | None = None
) -> httpx.Response:
    body = clean_pdf() if content is None else content
    path = f"/tasks/{task}/attachments"
    return await hall.ask("POST", path, by, params={"name": name}, content=body)


async def uploaded(hall: Hall, task: UUID, by: Person) -> str:
    answer = await upload(hall, task, by)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


async def decide(
    hall: Hall, task: UUID, by: Person, *files: str, verdict: str = "agree", key: str = "decision-1"
) -> httpx.Response:
    body: dict[str, Any] = {"verdict": verdict, "opinion": "见附件", "attachment_ids": list(files)}
    headers = {"Idempotency-Key": key}
    return await hall.ask("POST", f"/tasks/{task}/decision", by, json=body, headers=headers)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_decision_carries_what_its_approver_attached(hall: Hall) -> None:
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    content = clean_pdf(pages=2)
    view = (await upload(hall, task, LU, content=content)).json()
    assert view == {
        "id": view["id"],
        "name": "核对单.pdf",
        "bytes": len(content),
        "media_type": "application/pdf",
    }
    unnamed = await uploaded(hall, task, LU)
    listed = (await hall.get(f"/tasks/{task}/attachments", LU))["items"]
    assert [item["id"] for item in listed] == [view["id"], unnamed]
    assert (await decide(hall, task, LU, view["id"])).status_code == 201

    (decided,) = await hall.trial.published(said.Decided)
    (file,) = decided.attachments
    assert (str(file.id), file.name, file.bytes, file.pages) == (
        view["id"],
        "核对单.pdf",
        len(content),
        2,
    )
    items = (await hall.get(f"/requests/{request_id}/record", SHEN))["items"]
    assert [item["attachments"] for item in items] == [[], [view], []]
    path = f"/requests/{request_id}/attachments"
    for reader in (SHEN, BAI, QIN):
        answer = await hall.ask("GET", f"{path}/{view['id']}", reader)
        assert answer.content == content
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert (await hall.ask("GET", f"{path}/{unnamed}", reader)).status_code == 404
    assert (await hall.ask("GET", f"{path}/{view['id']}", STRANGER)).status_code == 404


async def test_the_record_is_bound_to_what_was_attached(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    file = await uploaded(hall, task, LU)
    assert (await decide(hall, task, LU, file, verdict="return")).status_code == 201
    async with hall.trial.runtime.transaction() as tx:
        query = select(LogRow.__table__).order_by(LogRow.sequence)
        rows = [dict(row) for row in (await tx.session.execute(query)).mappings()]
    assert chain.first_broken(rows) is None
    (kept,) = rows[1]["detail"]["attachments"]
    assert kept["id"] == file
    exchanged = rows[1] | {"detail": {"attachments": [kept | {"sha256": "0" * 64}]}}
    assert chain.first_broken([rows[0], exchanged, *rows[2:]]) == rows[1]["sequence"]


async def test_only_who_may_act_on_the_task_uploads(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    for outsider in (STRANGER, SHEN, QIN):
        assert refusal(await upload(hall, task, outsider)) == (404, "not_found")
        answer = await hall.ask("GET", f"/tasks/{task}/attachments", outsider)
        assert answer.status_code == 404
    assert refusal(await upload(hall, new_id(), LU)) == (404, "not_found")
    file = await uploaded(hall, task, LU)
    await hall.agree(LU)
    assert refusal(await upload(hall, task, LU)) == (409, "task_closed")
    answer = await hall.ask("DELETE", f"/tasks/{task}/attachments/{file}", LU)
    assert refusal(answer) == (409, "task_closed")


async def test_nothing_is_attached_to_a_registration(hall: Hall) -> None:
    await hall.submit()
    await hall.agree(LU, QIN, HE, XUE)
    task = await hall.task_of(XUE)
    assert refusal(await upload(hall, task, XUE)) == (409, "not_decidable")


async def test_a_decision_takes_only_files_of_its_task_and_its_approver(hall: Hall) -> None:
    await hall.submit()
    other = await hall.task_of(LU)
    elsewhere = await uploaded(hall, other, LU)
    await hall.submit()
    task = await hall.task_of(LU)
    assert task != other
    mine, colleagues = await uploaded(hall, task, LU), await uploaded(hall, task, BAI)
    for files in ((elsewhere,), (mine, colleagues), (mine, mine), (str(new_id()),)):
        answer = await decide(hall, task, LU, *files)
        assert refusal(answer) == (422, "not_your_attachments")
        assert answer.json()["errors"][0]["field"] == "attachment_ids"
    answer = await hall.ask("DELETE", f"/tasks/{task}/attachments/{colleagues}", LU)
    assert refusal(answer) == (404, "not_found")
    assert await hall.trial.published(said.Decided) == []
    assert refusal(await decide(hall, task, STRANGER, mine)) == (404, "not_found")
    assert (await decide(hall, task, LU, mine)).status_code == 201


async def test_what_was_removed_is_attached_no_more(hall: Hall) -> None:
    request_id = await hall.submit()
    task = await hall.task_of(LU)
    file = await uploaded(hall, task, LU)
    shown = f"/requests/{request_id}/attachments/{file}"
    assert (await hall.ask("GET", shown, LU)).status_code == 200
    assert (await hall.ask("GET", shown, BAI)).status_code == 404
    answer = await hall.ask("DELETE", f"/tasks/{task}/attachments/{file}", LU)
    assert answer.status_code == 204
    assert (await hall.get(f"/tasks/{task}/attachments", LU))["items"] == []
    assert (await hall.ask("GET", shown, LU)).status_code == 404
    assert refusal(await decide(hall, task, LU, file)) == (422, "not_your_attachments")


async def test_a_repeated_decision_is_the_same_only_with_the_same_files(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    first, second = await uploaded(hall, task, LU), await uploaded(hall, task, LU)
    answers = [await decide(hall, task, LU, first, key="sent-once") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    answer = await decide(hall, task, LU, first, second, key="sent-once")
    assert refusal(answer) == (422, "idempotency_key_reused")
    assert len(await hall.trial.published(said.Decided)) == 1


async def test_attachments_are_limited_in_number_and_looked_into(hall: Hall) -> None:
    await hall.submit()
    task = await hall.task_of(LU)
    disguised = await upload(hall, task, LU, content=b"MZ" + bytes(100))
    assert refusal(disguised) == (422, "file_disguised")
    limit = hall.trial.runtime.settings.file_limit_bytes
    path = f"/tasks/{task}/attachments"
    too_large = await hall.ask(
        "POST", path, LU, params={"name": "大.pdf"}, headers={"Content-Length": str(limit + 1)}
    )
    assert refusal(too_large) == (413, "file_too_large")
    for _ in range(ATTACHMENTS_LIMIT):
        await uploaded(hall, task, LU)
    answer = await upload(hall, task, LU)
    assert refusal(answer) == (409, "too_many_attachments")
    await uploaded(hall, task, BAI)
