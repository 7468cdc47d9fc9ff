"""document-svc on trial, with the units of a demonstration and what happens to one request."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
import pytest
from document_svc.service import SERVICE

from shared.contracts.directory import HeldPost, PersonChanged, UnitChanged
from shared.contracts.people import Person, Post, UnitKind
from shared.contracts.request import RequestSubmitted, SealUseForm
from shared.contracts.workflow import (
    Approved,
    Decided,
    Node,
    OpinionPlace,
    Returned,
    Verdict,
    Withdrawn,
)
from shared.identity import User
from shared.seal_order import SealOrderIssuer, create_order_keys, form_digest, order_of
from shared.service import Service
from shared.testing import Trial, on_trial
from tests.service.document_svc.timestamp_server import TimestampServer, timestamp_server
from tests.unit.document_svc.examples import (
    PASSPHRASE,
    SIGNED_AT,
    form,
    person,
    submitted,
    unit,
)

E = TypeVar("E", Decided, Approved)

UNITS = {
    "计算机学院": UnitKind.SCHOOL,
    "科研部": UnitKind.DEPARTMENT,
    "财务部": UnitKind.DEPARTMENT,
    "科技成果转化部": UnitKind.DEPARTMENT,
    "校长法律顾问办公室": UnitKind.LEGAL_COUNSEL,
    "督查室": UnitKind.SEAL_OFFICE,
}
INITIATOR = User(id=person("沈芷珺").id, name="沈芷珺")
KEEPER = User(id=person("薛瑜").id, name="薛瑜")
ADMINISTRATOR = User(id=person("单宜").id, name="单宜")
SECOND_KEEPER = User(id=person("邵旸").id, name="邵旸")
AUDITOR = User(id=person("祝龑").id, name="祝龑")
STRANGER = User(id=uuid4(), name="路人")

_KEYS = TemporaryDirectory(prefix="order-keys-")
ORDER_KEYS = create_order_keys(Path(_KEYS.name))
ISSUER = SealOrderIssuer(ORDER_KEYS[0])


@pytest.fixture(scope="session")
def schema_of() -> Service:
    return SERVICE


@asynccontextmanager
async def documents(
    folder: Path, database_url: str, organisation: Path, **settings: Any
) -> AsyncIterator[Trial]:
    """document-svc, told of its units and of the seal office."""
    async with on_trial(
        SERVICE,
        folder=folder,
        database_url=database_url,
        organisation=organisation,
        seal_passphrase=PASSPHRASE,
        seal_order_public_key=ORDER_KEYS[1],
        **settings,
    ) as trial:
        await trial.deliver(
            *(unit_changed(name, kind) for name, kind in UNITS.items()), *seal_office()
        )
        yield trial


@pytest.fixture
async def trial(tmp_path: Path, database_url: str, organisation_file: Path) -> AsyncIterator[Trial]:
    async with documents(tmp_path, database_url, organisation_file) as trial:
        yield trial


@pytest.fixture
def stamper() -> Iterator[TimestampServer]:
    """A time stamp authority."""
    with timestamp_server() as server:
        yield server


@pytest.fixture
async def stamping(
    tmp_path: Path, database_url: str, organisation_file: Path, stamper: TimestampServer
) -> AsyncIterator[Trial]:
    """With seals that are time-stamped."""
    async with documents(
        tmp_path, database_url, organisation_file, timestamp_url=stamper.url
    ) as trial:
        yield trial


@dataclass
class Story:
    """The events about one request. Nothing is delivered until a test does.

    Decisions carry the orders that workflow-svc would sign for the form last submitted.
    """

    id: UUID
    revision: int = 1
    form: SealUseForm = field(default_factory=form)

    def ordered(self, event: E) -> E:
        order = ISSUER.sign(order_of(event, form_digest(self.form)))
        return event.model_copy(update={"seal_order": order})

    def submitted(self, **form_: Any) -> RequestSubmitted:
        self.form = form(**form_)
        event = submitted(self.form, revision=self.revision)
        return event.model_copy(update={"request_id": self.id})

    def agreed(
        self,
        place: OpinionPlace | None,
        by: str,
        *,
        opinion: str = "同意。",
        countersigners: Sequence[str] = (),
    ) -> Decided:
        return self.decided(
            Verdict.AGREE, place, by, opinion=opinion, countersigners=countersigners
        )

    def decided(
        self,
        verdict: Verdict,
        place: OpinionPlace | None,
        by: str,
        *,
        opinion: str = "同意。",
        countersigners: Sequence[str] = (),
    ) -> Decided:
        decided = Decided(
            request_id=self.id,
            revision=self.revision,
            task_id=uuid4(),
            node=Node(id="node", name="节点"),
            verdict=verdict,
            opinion=opinion,
            by=person(f"{by}的审批人"),
            unit=unit(by),
            place=place,
            countersigners=tuple(unit(name) for name in countersigners),
            decided_at=SIGNED_AT,
        )
        return self.ordered(decided)

    def approved(self) -> Approved:
        approved = Approved(
            request_id=self.id,
            revision=self.revision,
            number="YY2026-000042",
            by=Person(id=KEEPER.id, name=KEEPER.name),
            unit=unit("督查室"),
            title="用印审批",
            initiator=person("沈芷珺"),
            handler_name="李玥祎",
            handler_mobile="13800000002",
            approved_at=SIGNED_AT + timedelta(days=1),
        )
        return self.ordered(approved)

    def returned(self) -> Returned:
        return Returned(
            request_id=self.id,
            revision=self.revision,
            node=Node(id="node", name="节点"),
            by=person("审批人"),
            opinion="请补充附件",
            title="用印审批",
            initiator=person("沈芷珺"),
            returned_at=SIGNED_AT,
        )

    def withdrawn(self) -> Withdrawn:
        return Withdrawn(
            request_id=self.id,
            revision=self.revision,
            by=person("沈芷珺"),
            had_open=(),
            title="用印审批",
            withdrawn_at=SIGNED_AT,
        )

    def all_agreed(self) -> list[Decided]:
        """Every department's 同意, in the order of the flow, with two countersigners."""
        two = ("财务部", "科技成果转化部")
        return [
            self.agreed(None, "计算机学院"),
            self.agreed(OpinionPlace.APPLYING_UNIT, "计算机学院"),
            self.agreed(OpinionPlace.APPROVING_DEPARTMENT, "科研部", countersigners=two),
            self.agreed(OpinionPlace.COUNTERSIGN, "科技成果转化部"),
            self.agreed(OpinionPlace.COUNTERSIGN, "财务部"),
            self.agreed(OpinionPlace.LEGAL_COUNSEL, "校长法律顾问办公室"),
        ]

    def to_approval(self, **form_: Any) -> list[Any]:
        return [self.submitted(**form_), *self.all_agreed(), self.approved()]


@pytest.fixture
def story() -> Story:
    return Story(uuid4())


async def sheet_pdf(trial: Trial, story: Story, **query: Any) -> httpx.Response:
    async with trial.client(INITIATOR) as client:
        return await client.get(f"/requests/{story.id}/sheet", params=query)


async def sheets(trial: Trial, story: Story) -> list[dict[str, Any]]:
    async with trial.client(INITIATOR) as client:
        answer = await client.get(f"/requests/{story.id}/sheets")
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def unit_changed(
    name: str, kind: UnitKind = UnitKind.DEPARTMENT, *, has_seal: bool = True
) -> UnitChanged:
    return UnitChanged(
        unit_id=unit(name).id,
        code=name,
        name=name,
        kind=kind,
        approves=(),
        has_seal=has_seal,
        seal_text=f"澄岚大学{name}" if has_seal else "",
        active=True,
        changed_at=SIGNED_AT,
    )


def seal_office() -> tuple[PersonChanged, ...]:
    return (
        keeper_changed(),
        changed(SECOND_KEEPER, Post.SEAL_KEEPER),
        changed(AUDITOR, Post.AUDITOR),
        changed(ADMINISTRATOR, Post.ADMINISTRATOR),
    )


def keeper_changed(*, active: bool = True) -> PersonChanged:
    return changed(KEEPER, Post.SEAL_KEEPER, active=active)


def changed(user: User, post: Post, *, active: bool = True) -> PersonChanged:
    return PersonChanged(
        person_id=user.id,
        login=user.name,
        name=user.name,
        mobile=None,
        email=None,
        active=active,
        posts=(HeldPost(unit=unit("督查室"), post=post),),
        changed_at=SIGNED_AT,
    )
