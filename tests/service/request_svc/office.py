"""A small university around request-svc, and one applicant's hands."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from shared.contracts.directory import HeldPost, PersonChanged, UnitChanged
from shared.contracts.people import BusinessType, Person, Post, Unit, UnitKind
from shared.contracts.workflow import Advanced, Node, Returned
from shared.database import new_id
from shared.identity import User
from shared.testing import Trial
from tests.unit.shared.inspection import samples

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)

SHEN = User(id=UUID(int=1), name="沈知君")
SU = User(id=UUID(int=2), name="苏迪")
LU = Person(id=UUID(int=3), name="陆坤")
XUE = User(id=UUID(int=4), name="薛雨")

MATHS = Unit(id=UUID(int=101), name="数学学院")
ARTS = Unit(id=UUID(int=102), name="文学院")
RESEARCH_OFFICE = Unit(id=UUID(int=103), name="科研部")
SEAL_OFFICE = Unit(id=UUID(int=104), name="督查室")
LABORATORY = Unit(id=UUID(int=105), name="课题组")

UNIT_OFFICE = Node(id="unit_office", name="单位办公室工作人员审批")
UNIT_HEAD = Node(id="unit_head", name="申请部门意见")


def unit_changed(unit: Unit, kind: UnitKind = UnitKind.SCHOOL, **differently: Any) -> UnitChanged:
    usual: dict[str, Any] = {
        "code": f"unit-{unit.id.int}",
        "approves": (),
        "has_seal": True,
        "seal_text": unit.name,
        "active": True,
    }
    return UnitChanged(
        unit_id=unit.id, name=unit.name, kind=kind, changed_at=AT, **{**usual, **differently}
    )


def person_changed(
    person: User | Person, *posts: tuple[Unit, Post], active: bool = True
) -> PersonChanged:
    return PersonChanged(
        person_id=person.id,
        login=f"login-{person.id.int}",
        name=person.name,
        mobile=None,
        email=None,
        active=active,
        posts=tuple(HeldPost(unit=unit, post=post) for unit, post in posts),
        changed_at=AT,
    )


DIRECTORY = (
    unit_changed(MATHS),
    unit_changed(ARTS),
    unit_changed(
        RESEARCH_OFFICE,
        UnitKind.DEPARTMENT,
        approves=(BusinessType.RESEARCH, BusinessType.GENERAL),
    ),
    unit_changed(SEAL_OFFICE, UnitKind.SEAL_OFFICE),
    unit_changed(LABORATORY, UnitKind.OTHER, has_seal=False, seal_text=""),
    person_changed(SHEN, (MATHS, Post.STAFF)),
    person_changed(SU, (ARTS, Post.STAFF)),
    person_changed(LU, (MATHS, Post.OFFICE_STAFF)),
    person_changed(XUE, (SEAL_OFFICE, Post.SEAL_KEEPER)),
)


def form(file_id: str, **changes: Any) -> dict[str, Any]:
    """A form that may be submitted, with one material of one file."""
    whole = {
        "commitment": True,
        "unit_id": str(MATHS.id),
        "approving_department_id": str(RESEARCH_OFFICE.id),
        "applicant_name": "沈知君",
        "applicant_mobile": "13800000001",
        "handler_name": "陆坤",
        "handler_mobile": "19900000002",
        "materials": [{"row_id": "a", "name": "任务书", "copies": 5, "files": [file_id]}],
        "power_of_attorney": False,
        "horizontal_contract": False,
        "seals": {"university": {"count": 2, "place": "第1项用印材料1页"}},
    }
    return {**whole, **changes}


@dataclass
class Applicant:
    """Someone at the portal: each method is a click, and gives back what the service said."""

    client: httpx.AsyncClient

    async def start(self, business_type: str | None = "research") -> dict[str, Any]:
        body = {"matter": "seal-use", "business_type": business_type}
        return await self._expect(201, self.client.post("/drafts", json=body))

    async def upload(
        self, draft: dict[str, Any], content: bytes | None = None, name: str = "任务书.pdf"
    ) -> httpx.Response:
        return await self.client.post(
            f"/drafts/{draft['id']}/files",
            params={"name": name},
            content=samples.clean_pdf(pages=3) if content is None else content,
        )

    async def save(
        self, draft: dict[str, Any], form: dict[str, Any], business_type: str | None = "research"
    ) -> httpx.Response:
        return await self.client.put(
            f"/drafts/{draft['id']}",
            headers={"If-Match": f'"{draft["version"]}"'},
            json={"business_type": business_type, "form": form},
        )

    async def submit(self, draft: dict[str, Any], key: str | None = None) -> httpx.Response:
        headers = {"If-Match": f'"{draft["version"]}"'}
        headers |= {"Idempotency-Key": key} if key else {}
        return await self.client.post(f"/drafts/{draft['id']}/submission", headers=headers)

    async def prepared(self, **changes: Any) -> dict[str, Any]:
        """A saved draft that may be submitted."""
        draft = await self.start()
        uploaded = await self.upload(draft)
        assert uploaded.status_code == 201, uploaded.text
        saving = self.save(draft, form(uploaded.json()["id"], **changes))
        return await self._expect(200, saving)

    async def submitted(self, **changes: Any) -> dict[str, Any]:
        """The request as its initiator sees it right after submitting."""
        draft = await self.prepared(**changes)
        answer = await self._expect(201, self.submit(draft))
        return await self.see(answer["request_id"])

    async def see(self, request_id: str) -> dict[str, Any]:
        return await self._expect(200, self.client.get(f"/requests/{request_id}"))

    async def draft(self, draft_id: str) -> dict[str, Any]:
        return await self._expect(200, self.client.get(f"/drafts/{draft_id}"))

    @staticmethod
    async def _expect(status: int, call: Any) -> dict[str, Any]:
        response: httpx.Response = await call
        assert response.status_code == status, response.text
        found: dict[str, Any] = response.json()
        return found


def advanced(request: dict[str, Any], *waiting: Node, revision: int | None = None) -> Advanced:
    return Advanced(
        request_id=UUID(request["id"]),
        revision=revision or request["revision"],
        waiting=waiting,
        title=request["title"],
        initiator=Person(**request["initiator"]),
        advanced_at=AT,
    )


def returned(request: dict[str, Any], opinion: str = "份数有误") -> Returned:
    return Returned(
        request_id=UUID(request["id"]),
        revision=request["revision"],
        node=UNIT_OFFICE,
        by=LU,
        opinion=opinion,
        title=request["title"],
        initiator=Person(**request["initiator"]),
        returned_at=AT,
    )


def same_refusal(one: httpx.Response, other: httpx.Response) -> bool:
    """Whether nothing in the answer tells the two apart."""
    return (one.status_code, one.json()) == (other.status_code, other.json())


def nobody() -> User:
    return User(id=new_id(), name="路人")


def files_kept(trial: Trial) -> int:
    """How many files the store holds, finished or not."""
    folder = trial.runtime.settings.files_url.removeprefix("file://")
    return sum(1 for path in Path(folder).rglob("*") if path.is_file())
