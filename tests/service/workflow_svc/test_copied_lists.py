"""我的知会 and 我的督办: what came to whom, whether they read it, what narrows it, taken away."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.contracts.people import Person
from shared.contracts.workflow import WhyCopied
from tests.service.workflow_svc.hall import AUDITOR, Hall
from tests.service.workflow_svc.test_lists import named, table
from tests.unit.workflow_svc.world import GU, HE, LU, QIN, SHEN, XUE

COUNTS = {"todo": 0, "urged": 0, "unread_copies": 0, "unread_supervisions": 0}


async def copied(hall: Hall, request_id: UUID, *people: Person, by: Person = SHEN) -> None:
    body = {"people": [str(person.id) for person in people]}
    await hall.post(f"/requests/{request_id}/copies", by, body)


async def watched(hall: Hall, request_id: UUID, by: Person, person: Person | None = None) -> None:
    body = {} if person is None else {"person_id": str(person.id)}
    await hall.post(f"/requests/{request_id}/supervisors", by, body)


async def listed(hall: Hall, by: Person, **params: Any) -> list[dict[str, Any]]:
    return (await hall.get("/copies", by, params=params))["items"]


async def ids(hall: Hall, by: Person, **params: Any) -> list[UUID]:
    return [UUID(item["request_id"]) for item in await listed(hall, by, **params)]


async def test_who_is_copied_finds_it_with_where_it_stands(hall: Hall) -> None:
    request_id = await hall.submit()
    await copied(hall, request_id, GU)
    await hall.agree(LU)
    (line,) = await listed(hall, GU)
    assert (line["request_id"], line["status"]) == (str(request_id), "in_progress")
    assert line["current_node"]["id"] == "unit_head"
    assert (line["copied_by"], line["copied_at_node"]) == (SHEN.name, "单位办公室工作人员审批")
    assert (line["why"], line["read_at"], line["marks"]) == ("copy", None, [])
    assert await listed(hall, GU, why="supervision") == []
    assert await listed(hall, HE) == await listed(hall, SHEN) == []


async def test_the_newest_copy_comes_first_and_each_once_over_the_pages(hall: Hall) -> None:
    made = [await hall.submit() for _ in range(5)]
    for request_id in made[::-1]:  # the order of copying, not of submitting
        await copied(hall, request_id, GU)
    seen: list[UUID] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = await hall.get("/copies", GU, params=params)
        seen += [UUID(item["request_id"]) for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert seen == made


async def test_what_is_read_counts_no_more_and_stays_on_the_list(hall: Hall) -> None:
    first, second = [await hall.submit() for _ in range(2)]
    for request_id in (first, second):
        await copied(hall, request_id, GU)
    assert await hall.get("/counts", GU) == COUNTS | {"unread_copies": 2}
    for _ in range(2):
        assert (await hall.ask("PUT", f"/requests/{first}/read", GU)).status_code == 204
    assert await hall.get("/counts", GU) == COUNTS | {"unread_copies": 1}
    assert await ids(hall, GU, unread="true") == [second]
    read = {item["request_id"]: item["read_at"] is not None for item in await listed(hall, GU)}
    assert read == {str(first): True, str(second): False}


async def test_one_reading_is_of_both_lists_of_that_person_alone(hall: Hall) -> None:
    request_id = await hall.submit()
    await copied(hall, request_id, AUDITOR, GU)
    await watched(hall, request_id, XUE, AUDITOR)
    both = {"unread_copies": 1, "unread_supervisions": 1}
    assert await hall.get("/counts", AUDITOR) == COUNTS | both
    await hall.ask("PUT", f"/requests/{request_id}/read", AUDITOR)
    assert await hall.get("/counts", AUDITOR) == COUNTS
    assert await ids(hall, GU, unread="true") == [request_id]


async def test_whoever_begins_to_watch_by_themselves_has_read_it(hall: Hall) -> None:
    request_id = await hall.submit()
    await watched(hall, request_id, XUE)
    (line,) = await listed(hall, XUE, why="supervision")
    assert (line["request_id"], line["copied_by"]) == (str(request_id), XUE.name)
    assert line["read_at"] == line["copied_at"]
    assert await hall.get("/counts", XUE) == COUNTS


async def test_who_stops_watching_has_it_no_more(hall: Hall) -> None:
    request_id = await hall.submit()
    await watched(hall, request_id, XUE, AUDITOR)
    assert await ids(hall, AUDITOR, why="supervision") == [request_id]
    path = f"/requests/{request_id}/supervisors/{AUDITOR.id}"
    assert (await hall.ask("DELETE", path, AUDITOR)).status_code == 204
    assert await ids(hall, AUDITOR, why="supervision") == []
    assert await hall.get("/counts", AUDITOR) == COUNTS


@pytest.mark.parametrize("why", list(WhyCopied))
async def test_it_is_narrowed_down_like_every_list(hall: Hall, why: WhyCopied) -> None:
    plan, contract = [await hall.submit(**named(name)) for name in ("任务书", "合作合同")]
    for request_id in (plan, contract):
        if why is WhyCopied.COPY:
            await copied(hall, request_id, GU)
        else:
            await watched(hall, request_id, XUE, GU)
    await hall.post(f"/requests/{plan}/urges", SHEN, {"nodes": ["unit_office"]})
    await hall.agree(LU)  # the newest: the contract
    assert await ids(hall, GU, why=why, q="合同") == [contract]
    assert await ids(hall, GU, why=why, mark="urged") == [plan]
    assert await ids(hall, GU, why=why, node="unit_head") == [contract]
    assert await ids(hall, GU, why=why, status="withdrawn") == []
    assert await ids(hall, GU, why=why, number=f"SL-{plan}") == [plan]
    mistyped = await hall.ask("GET", "/copies", GU, params={"why": "task"})
    assert mistyped.status_code == 422


async def test_it_is_taken_away_as_a_table(hall: Hall) -> None:
    read, unread = [await hall.submit() for _ in range(2)]
    for request_id in (read, unread):
        await copied(hall, request_id, GU, by=LU)
    await hall.ask("PUT", f"/requests/{read}/read", GU)
    assert len(await table(hall, "/copies/export", GU)) == 2
    (row,) = await table(hall, "/copies/export", GU, unread="true")
    assert (row["受理号"], row["送达人"], row["阅读时间"]) == (f"SL-{unread}", LU.name, "")
    assert (row["送达环节"], row["状态"]) == ("单位办公室工作人员审批", "流转中")
    assert await table(hall, "/copies/export", GU, why="supervision") == []
    book = await hall.ask("GET", "/copies/export", GU, params={"why": "supervision"})
    assert "%E6%88%91%E7%9A%84%E7%9D%A3%E5%8A%9E" in book.headers["content-disposition"]


@pytest.mark.parametrize("unread", [False, True])
async def test_a_page_reads_one_stretch_of_an_index(hall: Hall, unread: bool) -> None:
    """However many copies there ever were: the plan of the page's own order and of the count."""
    only = "AND read_at IS NULL" if unread else ""
    page = (
        "SELECT request_id FROM copies WHERE person_id = :person AND why = 'copy' "
        f"{only} ORDER BY copied_at DESC, request_id DESC LIMIT 21"
    )
    async with hall.trial.runtime.transaction() as tx:
        if tx.session.get_bind().dialect.name == "postgresql":
            await tx.session.execute(text("SET LOCAL enable_seqscan = off"))
            await tx.session.execute(text("SET LOCAL enable_sort = off"))
            explain = f"EXPLAIN {page}"
        else:
            explain = f"EXPLAIN QUERY PLAN {page}"
        rows = await tx.session.execute(text(explain), {"person": QIN.id.hex})
        plan = "\n".join(str(cell) for row in rows for cell in row)
    assert ("ix_copies_unread" if unread else "ix_copies_") in plan
    assert "Sort" not in plan
    assert "TEMP B-TREE" not in plan
