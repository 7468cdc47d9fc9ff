"""People at work for the measurements: signed in before anything is timed, doing only what counts.

A request here is the plain one: one PDF, no contract, so that office staff, head, reviewer and
督查室 agree, three departments' seals go on, and the counter registers what was pressed.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Self, TypeVar

from bench.visitor import LiveVisitor
from demo import files, verbs
from demo.hall import Hall
from demo.script import Script
from demo.verbs import Json

Done = TypeVar("Done")


class Office:
    """The cast of the demonstration's story, each signed in. A context manager."""

    def __init__(self, url: str) -> None:
        self._script = Script.load()
        self._hall = Hall(url, visitor=LiveVisitor)
        self._form: Json = {}
        self.applicant: LiveVisitor
        self.approvers: tuple[LiveVisitor, ...]

    async def __aenter__(self) -> Self:
        await self._hall.__aenter__()
        cast = self._script.cast
        self.applicant = await self._visitor(cast.applicant)
        logins = (cast.office[0], cast.head, cast.reviewer, cast.seal_keeper)
        self.approvers = tuple([await self._visitor(login) for login in logins])
        text = self._script.request
        departments = f"/request/departments?business_type={text.business_type}"
        approving = text.approving_department
        self._form = {
            "unit_id": await verbs.named(self.applicant, "/request/units", text.unit),
            "approving_department_id": await verbs.named(self.applicant, departments, approving),
            "applicant_name": self.applicant.name,
            "applicant_mobile": text.applicant_mobile,
            "handler_name": cast.handler,
            "handler_mobile": cast.handler_mobile,
            "power_of_attorney": False,
            "horizontal_contract": False,
            "contract_files": [],
            "seals": {
                "university": {"count": 1, "place": text.university_seal_place},
                "president": {"count": 0, "place": ""},
                "party_committee": {"count": 0, "place": ""},
            },
            "legal_certificate": {"count": 0, "purpose": ""},
            "legal_id_copy": {"count": 0, "purpose": ""},
            "commitment": True,
        }
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._hall.__aexit__(*error)

    async def _visitor(self, login: str) -> LiveVisitor:
        visitor = await self._hall.signed_in(login)
        assert isinstance(visitor, LiveVisitor)
        return visitor

    async def draft(self) -> Json:
        """Complete, with a file that no other request has; ready to be submitted."""
        text = self._script.request
        draft = await verbs.draft(self.applicant, text.business_type)
        content = files.pdf([[draft["id"]]])
        file = await verbs.upload(self.applicant, draft, "用印材料.pdf", content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        row = {"row_id": "1", "name": "用印材料", "copies": 1, "files": [file["id"]]}
        return await verbs.save(self.applicant, draft, self._form | {"materials": [row]})

    async def submit(self, draft: Json) -> str:
        """Returns: the request's id."""
        answer = await verbs.submit(self.applicant, draft)
        assert answer.status == 201, answer.content
        return str(answer.body["request_id"])

    async def tasks(self, approver: LiveVisitor, requests: Iterable[str]) -> list[str]:
        """The approver's tasks in these requests, once all of them have come."""
        wanted = set(requests)

        async def look() -> list[str] | None:
            found: dict[str, str] = {}
            cursor: str | None = ""
            while cursor is not None and len(found) < len(wanted):
                after = f"&cursor={cursor}" if cursor else ""
                page = await approver.ask("GET", f"/workflow/tasks?state=open&limit=50{after}")
                rows = (row for row in page["items"] if row["request_id"] in wanted)
                found |= {row["request_id"]: row["task_id"] for row in rows}
                cursor = page["next"]
            return list(found.values()) if len(found) == len(wanted) else None

        return await approver.until(f"{approver.name} has {len(wanted)} tasks", look, of=wanted)

    async def agree(self, approver: LiveVisitor, task_id: str) -> None:
        await verbs.decide(approver, {"task_id": task_id}, "agree", "同意。")

    async def agree_when_asked(self, approver: LiveVisitor, request_id: str) -> None:
        [task_id] = await self.tasks(approver, [request_id])
        await self.agree(approver, task_id)

    async def registered(self, request_id: str) -> None:
        """督查室 registers the use of the seal, once the sheet with its number is there."""
        keeper = self.approvers[-1]

        async def look() -> bool | None:
            path = f"/document/requests/{request_id}/seal-uses"
            uses = {"uses": [{"item": "university", "count": 1}], "handler_present": True}
            answer = await keeper.call("POST", path, body=uses)
            return True if answer.status == 201 else None

        await keeper.until("the counter can register", look, of=[request_id])
        await self.applicant.until(
            "completed", lambda: self._completed(request_id), of=[request_id]
        )

    async def _completed(self, request_id: str) -> bool | None:
        request = await self.applicant.ask("GET", f"/request/requests/{request_id}")
        return True if request["status"] == "completed" else None

    async def seals(self, request_id: str) -> int:
        """How many are on its sheet."""
        answer = await self.applicant.call("GET", f"/document/requests/{request_id}/sheets")
        return len(answer.body["items"][0]["seals"]) if answer.status == 200 else 0


async def several(count: int, at_once: int, work: Callable[[int], Awaitable[Done]]) -> list[Done]:
    """`work(0)` … `work(count - 1)`, at most `at_once` at a time."""
    slots = asyncio.Semaphore(at_once)

    async def one(number: int) -> Done:
        async with slots:
            return await work(number)

    return await asyncio.gather(*(one(number) for number in range(count)))
