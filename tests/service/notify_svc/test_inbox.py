"""站内消息: one's own, newest first, read or not."""

from typing import Any

from shared.database import new_id
from tests.service.notify_svc.conftest import PostOffice, user
from tests.service.notify_svc.happenings import (
    CLERK,
    EVERYONE,
    INITIATOR,
    REQUEST,
    assigned,
    closed,
    returned,
)


async def get(office: PostOffice, path: str, **query: Any) -> dict[str, Any]:
    async with office.trial.client(user(CLERK)) as client:
        answer = await client.get(path, params=query)
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


async def test_a_message_is_there_at_once_and_leads_to_where_one_acts(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task)
    page = await get(office, "/inbox")
    (message,) = page["items"]
    assert message.pop("id")
    assert message == {
        "kind": "task_assigned",
        "title": "您有新的任务需要处理",
        "text": "关于“量子通信项目任务书用印”需要您的审批，敬请点击办理。",
        "page": f"/tasks/{task.task_id}",
        "at": "2026-03-02T01:30:00Z",
        "read_at": None,
        "request_id": str(REQUEST),
        "task_id": str(task.task_id),
    }
    assert (page["unread"], page["next"]) == (1, None)


async def test_others_messages_are_not_to_be_seen_nor_marked(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, returned(), assigned(CLERK))
    (mine,) = (await get(office, "/inbox"))["items"]
    async with office.trial.client(user(INITIATOR)) as client:
        answer = await client.put(f"/inbox/{mine['id']}/read")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert [m["kind"] for m in (await client.get("/inbox")).json()["items"]] == ["returned"]
    async with office.trial.client(user(CLERK)) as client:
        assert (await client.put(f"/inbox/{new_id()}/read")).status_code == 404
    async with office.trial.client() as client:
        assert (await client.get("/inbox")).status_code == 401


async def test_pages_follow_one_another_and_what_is_read_is_left_out(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(5)))
    first = await get(office, "/inbox", limit=2)
    second = await get(office, "/inbox", limit=2, cursor=first["next"])
    third = await get(office, "/inbox", limit=2, cursor=second["next"])
    ids = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert len(set(ids)) == 5
    assert ids == sorted(ids, reverse=True)
    assert third["next"] is None

    async with office.trial.client(user(CLERK)) as client:
        assert (await client.put(f"/inbox/{ids[0]}/read")).status_code == 204
        assert (await client.put(f"/inbox/{ids[0]}/read")).status_code == 204
    assert (await get(office, "/inbox/unread"))["count"] == 4
    unread = await get(office, "/inbox", unread=True)
    assert [item["id"] for item in unread["items"]] == ids[1:]
    read_at = (await get(office, "/inbox"))["items"][0]["read_at"]
    assert read_at is not None


async def test_marking_all_leaves_what_came_meanwhile(office: PostOffice) -> None:
    await office.deliver(*EVERYONE, assigned(CLERK), assigned(CLERK))
    seen = (await get(office, "/inbox"))["items"][0]["id"]
    await office.deliver(assigned(CLERK))
    async with office.trial.client(user(CLERK)) as client:
        answer = await client.post("/inbox/read", json={"up_to": seen})
    assert answer.json() == {"count": 2}
    assert (await get(office, "/inbox/unread"))["count"] == 1


async def test_what_is_over_stays_in_the_inbox(office: PostOffice) -> None:
    task = assigned(CLERK)
    await office.deliver(*EVERYONE, task, closed(task))
    assert len((await get(office, "/inbox"))["items"]) == 1
