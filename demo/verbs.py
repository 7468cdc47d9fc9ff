"""What people do in the hall, each a verb: draft, save, upload, submit, decide, withdraw, urge …"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from demo.hall import Answer, Unexpected, Visitor, until

Json = dict[str, Any]


def check(holds: object, otherwise: str) -> None:
    """Raises: Unexpected."""
    if not holds:
        raise Unexpected(otherwise)


async def named(who: Visitor, path: str, name: str) -> str:
    """The id of the one that is called so in a list, as soon as the list has it."""

    async def look() -> str | None:
        items = (await who.ask("GET", path))["items"]
        return next((item["id"] for item in items if item["name"] == name), None)

    return await until(f"{path} lists {name}", look)


async def draft(who: Visitor, business_type: str) -> Json:
    body = {"matter": "seal-use", "business_type": business_type}
    opened: Json = await who.ask("POST", "/request/drafts", body=body, status=201)
    return opened


async def save(who: Visitor, draft: Json, form: Json) -> Json:
    """暂存: whatever is there so far. Returns: the draft's next version."""
    saved: Json = await who.ask(
        "PUT",
        f"/request/drafts/{draft['id']}",
        body={"business_type": draft["business_type"], "form": form},
        headers=_version(draft),
    )
    check(saved["version"] == draft["version"] + 1, f"a saved draft's version: {saved['version']}")
    return saved


async def upload(who: Visitor, draft: Json, name: str, content: bytes) -> Json:
    answer = await who.call(
        "POST", f"/request/drafts/{draft['id']}/files{_query(name=name)}", data=content
    )
    check(answer.status == 201, f"uploading {name}: {answer.status} {answer.content!r}")
    file: Json = answer.body
    check(file["bytes"] == len(content), f"{name} has {len(content)} bytes, not {file['bytes']}")
    return file


async def submit(who: Visitor, draft: Json, *, key: str | None = None) -> Answer:
    """正式提交. `key`: the same for a second try of the same submission."""
    headers = {**_version(draft), "Idempotency-Key": key or uuid4().hex}
    return await who.call("POST", f"/request/drafts/{draft['id']}/submission", headers=headers)


async def request(who: Visitor, request_id: str) -> Json:
    found: Json = await who.ask("GET", f"/request/requests/{request_id}")
    return found


async def request_reaches(who: Visitor, request_id: str, **expected: object) -> Json:
    """The request, as soon as it is as expected: `status="returned"` and so on."""
    seen: Json = {}

    async def look() -> Json | None:
        answer = await who.call("GET", f"/request/requests/{request_id}")
        seen.update(answer.body)
        return seen if all(seen.get(key) == value for key, value in expected.items()) else None

    try:
        return await until(f"the request is {expected}", look)
    except Unexpected as error:
        shown = {key: seen.get(key) for key in (*expected, "status", "current_nodes")}
        raise Unexpected(f"{error}; it is {shown}") from None


async def task(who: Visitor, request_id: str, *, kind: str = "approve") -> Json:
    """The page of the task that this person has open in the request, as soon as there is one."""

    async def look() -> Json | None:
        to_do = await who.ask("GET", "/workflow/tasks?state=open&limit=100")
        for row in to_do["items"]:
            if row["request_id"] == request_id:
                page: Json = await who.ask("GET", f"/workflow/tasks/{row['task_id']}")
                return page if page["kind"] == kind else None
        return None

    return await until(f"{who.name} has the request to do", look)


async def decide(
    who: Visitor, task: Json, verdict: str, opinion: str, *, countersign: Sequence[str] = ()
) -> Json:
    """`countersign`: ids of the departments that are asked to countersign."""
    body = {"verdict": verdict, "opinion": opinion, "countersign_unit_ids": list(countersign)}
    decided: Json = await who.ask(
        "POST", f"/workflow/tasks/{task['task_id']}/decision", body=body, headers=_key(), status=201
    )
    check(decided["verdict"] == verdict, f"decided {verdict}, recorded {decided['verdict']}")
    return decided


async def withdraw(who: Visitor, request_id: str) -> Answer:
    return await who.call("POST", f"/workflow/requests/{request_id}/withdrawal", headers=_key())


async def urge(who: Visitor, request_id: str, nodes: Sequence[str]) -> Answer:
    """`nodes`: ids."""
    path = f"/workflow/requests/{request_id}/urges"
    return await who.call("POST", path, body={"nodes": list(nodes)}, headers=_key())


async def register_sealing(who: Visitor, request_id: str, uses: Sequence[Json]) -> None:
    """现场用印: what was pressed and handed out at the counter."""
    body = {"uses": list(uses), "handler_present": True, "reason": None}
    path = f"/document/requests/{request_id}/seal-uses"
    await who.ask("POST", path, body=body, headers=_key(), status=201)


async def record(who: Visitor, request_id: str) -> list[Json]:
    items: list[Json] = (await who.ask("GET", f"/workflow/requests/{request_id}/record"))["items"]
    return items


async def inbox(who: Visitor, request_id: str) -> list[Json]:
    """Every message about the request that would have gone out, to anyone, oldest first."""
    found: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        where = _query(request_id=request_id, limit="100", **({"cursor": cursor} if cursor else {}))
        page = await who.ask("GET", f"/notify/dev-inbox{where}")
        found += page["items"]
        cursor = page["next"]
    return found[::-1]


def _query(**values: str) -> str:
    return "?" + urlencode(values)


def _version(draft: Mapping[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{draft["version"]}"'}


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}
