"""workflow-svc on trial, with people who act through its API."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.contracts.document import SealedItem, SealUse, SealUseRecorded
from shared.contracts.people import Person
from shared.contracts.request import RequestSubmitted
from shared.database import new_id
from shared.identity import User
from shared.testing import Trial
from tests.unit.workflow_svc import world

UNITS = """code,name,kind,approves,seal_text
computing,计算机学院,school,,某大学计算机学院
research,科研部,department,research|general,某大学科研部
finance,财务部,department,general,某大学财务部
personnel,人事部,department,general,某大学人事部
counsel,校长法律顾问办公室,legal_counsel,,某大学校长法律顾问办公室
seal-office,督查室,seal_office,,某大学督查室
"""
PEOPLE = """login,name,mobile,email,posts
shen,沈之君,13800000001,shen@example.edu,computing:staff
lu,陆昆,,,computing:office_staff
bai,白露,,,computing:office_staff
qin,秦明远,,,computing:head
he,贺喆,,,research:reviewer
lv,吕维杨,,,research:reviewer
gu,顾菁,,,finance:reviewer
ou,欧阳翀,,,personnel:reviewer
yan,严正一,,,counsel:reviewer
xue,薛钰,,,seal-office:seal_keeper
meng,孟怀瑾,,,seal-office:seal_keeper
stranger,路人,,,finance:staff
auditor,解敬安,,,finance:auditor
"""
ADMINISTERED = PEOPLE + "admin,管理员,,,seal-office:administrator\n"
AUDITOR = world.person("auditor", "解敬安")
ADMIN = world.person("admin", "管理员")


def directory_folder(parent: Path, *, units: str = UNITS, people: str = PEOPLE) -> Path:
    folder = parent / "directory"
    folder.mkdir(exist_ok=True)
    (folder / "units.csv").write_text(units, encoding="utf-8")
    (folder / "people.csv").write_text(people, encoding="utf-8")
    return folder


@dataclass
class Hall:
    """What a test does: submit, look at lists, decide; each as a named person."""

    trial: Trial

    async def submit(
        self,
        request_id: UUID | None = None,
        *,
        revision: int = 1,
        by: Person = world.SHEN,
        **form: Any,
    ) -> UUID:
        """Delivers what request-svc publishes at a submission. Returns: the request's id."""
        event = submission(request_id or new_id(), revision=revision, by=by, **form)
        await self.trial.deliver(event)
        return event.request_id

    async def seal_used(
        self, request_id: UUID, *, revision: int = 1, complete: bool = True
    ) -> None:
        await self.trial.deliver(
            SealUseRecorded(
                request_id=request_id,
                revision=revision,
                entry_id=new_id(),
                uses=(SealUse(item=SealedItem.UNIVERSITY, count=2),),
                by=world.XUE,
                handler_name="周航",
                complete=complete,
                recorded_at=datetime.now(UTC),
            )
        )

    async def ask(self, method: str, path: str, by: Person, **options: Any) -> httpx.Response:
        async with self.trial.client(User(id=by.id, name=by.name)) as client:
            return await client.request(method, path, **options)

    async def get(self, path: str, by: Person, **options: Any) -> Any:
        answer = await self.ask("GET", path, by, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def task_of(self, by: Person) -> UUID:
        """The newest task on the person's to-do list."""
        items = (await self.get("/tasks", by))["items"]
        return UUID(items[0]["task_id"])

    async def decide(
        self,
        by: Person,
        verdict: str = "agree",
        opinion: str = "同意",
        *,
        task: UUID | None = None,
        key: str | None = None,
        ask: tuple[UUID, ...] = (),
    ) -> httpx.Response:
        chosen = task or await self.task_of(by)
        return await self.ask(
            "POST",
            f"/tasks/{chosen}/decision",
            by,
            json={
                "verdict": verdict,
                "opinion": opinion,
                "countersign_unit_ids": [str(unit) for unit in ask],
            },
            headers={} if key is None else {"Idempotency-Key": key},
        )

    async def post(self, path: str, by: Person, body: Any = None, **headers: str) -> Any:
        answer = await self.ask("POST", path, by, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def refused(self, path: str, by: Person, body: Any = None) -> tuple[int, str]:
        """Status and code of a POST that must not succeed."""
        answer = await self.ask("POST", path, by, json=body)
        return answer.status_code, answer.json()["code"]

    async def agree(self, *people: Person) -> None:
        for by in people:
            answer = await self.decide(by)
            assert answer.status_code == 201, answer.text


def submission(
    request_id: UUID, *, revision: int = 1, by: Person = world.SHEN, **form: Any
) -> RequestSubmitted:
    return RequestSubmitted(
        request_id=request_id,
        revision=revision,
        tracking_number=f"SL-{request_id}",
        matter="seal-use",
        title="科研类 · 科研任务书",
        initiator=by,
        form=world.form(**form),
        submitted_at=datetime.now(UTC),
    )
