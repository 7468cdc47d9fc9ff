"""A small university, a submitted form, and a request that is walked through the default flow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from workflow_svc import engine
from workflow_svc.directory import person_id, unit_id
from workflow_svc.domain import Happening, Instance, Kind, Task
from workflow_svc.engine import Outcome, World
from workflow_svc.flow import Flow
from workflow_svc.published import FOLDER
from workflow_svc.seats import Directory
from workflow_svc.verify import parse

from shared.contracts.people import BusinessType, Person, Post, Unit, UnitKind
from shared.contracts.request import (
    Certificate,
    Commitment,
    Material,
    SealCount,
    Seals,
    SealUseForm,
    StoredFile,
)
from shared.contracts.workflow import Verdict

AGREE, RETURN = Verdict.AGREE, Verdict.RETURN
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
INTERVAL = timedelta(minutes=30)
DEFAULT_FLOW = parse((FOLDER / "seal-use.toml").read_text(encoding="utf-8"))


def unit(code: str, name: str) -> Unit:
    return Unit(id=unit_id(code), name=name)


def person(login: str, name: str) -> Person:
    return Person(id=person_id(login), name=name)


COMPUTING = unit("computing", "计算机学院")
RESEARCH = unit("research", "科研部")
FINANCE = unit("finance", "财务部")
PERSONNEL = unit("personnel", "人事部")
COUNSEL = unit("counsel", "校长法律顾问办公室")
SEAL_OFFICE = unit("seal-office", "督查室")

SHEN = person("shen", "沈之君")  # the applicant
LU, BAI = person("lu", "陆昆"), person("bai", "白露")  # office staff
QIN = person("qin", "秦明远")  # head
HE, LV = person("he", "贺喆"), person("lv", "吕维杨")  # reviewers of the approving department
GU = person("gu", "顾菁")  # finance
OU = person("ou", "欧阳翀")  # personnel
YAN = person("yan", "严正一")  # legal counsel
XUE, MENG = person("xue", "薛钰"), person("meng", "孟怀瑾")  # seal keepers
STRANGER = person("stranger", "路人")

Held = dict[tuple[Post, UUID], tuple[Person, ...]]

HELD: Held = {
    (Post.OFFICE_STAFF, COMPUTING.id): (LU, BAI),
    (Post.HEAD, COMPUTING.id): (QIN,),
    (Post.REVIEWER, RESEARCH.id): (HE, LV),
    (Post.REVIEWER, FINANCE.id): (GU,),
    (Post.REVIEWER, PERSONNEL.id): (OU,),
    (Post.REVIEWER, COUNSEL.id): (YAN,),
    (Post.SEAL_KEEPER, SEAL_OFFICE.id): (XUE, MENG),
}
OF_KIND = {UnitKind.LEGAL_COUNSEL: COUNSEL, UnitKind.SEAL_OFFICE: SEAL_OFFICE}


def form(**changes: Any) -> SealUseForm:
    file = StoredFile(
        id=uuid5(COMPUTING.id, "file"),
        name="任务书.pdf",
        sha256="0" * 64,
        bytes=1200,
        media_type="application/pdf",
        pages=3,
    )
    whole = SealUseForm(
        business_type=BusinessType.RESEARCH,
        commitment=Commitment(by=SHEN, at=NOON),
        unit=COMPUTING,
        approving_department=RESEARCH,
        applicant_name="沈之君",
        applicant_mobile="13800000001",
        handler_name="周航",
        handler_mobile="13800000002",
        materials=(Material(row=1, name="科研任务书", copies=5, files=(file,)),),
        power_of_attorney=False,
        horizontal_contract=False,
        contract_files=(),
        seals=Seals(
            university=SealCount(count=2, place="第1项2,3页"),
            president=SealCount(count=0, place=""),
            party_committee=SealCount(count=0, place=""),
        ),
        legal_certificate=Certificate(count=0, purpose=""),
        legal_id_copy=Certificate(count=0, purpose=""),
    )
    return SealUseForm.model_validate(whole.model_dump() | changes)


def ids(seed: UUID) -> Iterator[UUID]:
    return (uuid5(seed, str(number)) for number in count())


@dataclass
class Walk:
    """A request under the engine's rules; `happened` is what the last command made happen."""

    flow: Flow = DEFAULT_FLOW
    initiator: Person = SHEN
    held: Held = field(default_factory=lambda: dict(HELD))
    now: datetime = NOON
    happened: tuple[Happening, ...] = ()
    state: Instance = field(init=False)
    _ids: Iterator[UUID] = field(default_factory=lambda: ids(COMPUTING.id))

    def __post_init__(self) -> None:
        request_id = uuid5(RESEARCH.id, "request")
        self.state = Instance(request_id=request_id, initiator=self.initiator, form=form())

    @property
    def world(self) -> World:
        return World(self.now, Directory(self.held, OF_KIND), lambda: next(self._ids))

    @property
    def status(self) -> str:
        return self.state.status.value

    @property
    def waiting(self) -> list[Task]:
        return [task for task in self.state.tasks if task.is_waiting]

    @property
    def kinds(self) -> list[Kind]:
        return [happening.kind for happening in self.happened]

    def task(self, of: Unit | None = None) -> Task:
        """The task that waits; of this unit, where several do."""
        found = [task for task in self.waiting if of is None or task.unit == of]
        assert len(found) == 1, found
        return found[0]

    def submit(self, revision: int | None = None, **changes: Any) -> None:
        number = revision or self.state.revision + 1
        self._take(engine.submit(self.state, self.flow, form(**changes), number, self.world))

    def decide(
        self,
        by: Person,
        verdict: Verdict = AGREE,
        opinion: str = "同意",
        *,
        of: Unit | None = None,
        task: Task | None = None,
        ask: tuple[Unit, ...] = (),
    ) -> None:
        chosen = task or self.task(of)
        self._take(
            engine.decide(
                self.state,
                self.flow,
                chosen.id,
                self.world,
                by=by,
                verdict=verdict,
                opinion=opinion,
                countersigners=ask,
            )
        )
        if self.state.awaits_number:
            self._number(by, chosen)

    def withdraw(self, by: Person | None = None) -> None:
        self._take(engine.withdraw(self.state, self.world, by=by or self.initiator))

    def urge(self, *nodes: str, by: Person | None = None) -> None:
        self._take(
            engine.urge(
                self.state, self.world, by=by or self.initiator, nodes=nodes, interval=INTERVAL
            )
        )

    def seal(self, by: Person = MENG) -> None:
        self._take(engine.record_seal_use(self.state, self.flow, self.world, by=by))

    def reconsider(self) -> None:
        self._take(engine.reconsider(self.state, self.flow, self.world))

    def agree(self, *people: Person) -> None:
        for by in people:
            self.decide(by)

    def _number(self, by: Person, task: Task) -> None:
        given = engine.number(self.state, "YY2026-000001", by=by, unit=task.unit)
        self.state, self.happened = given.state, self.happened + given.happened

    def _take(self, outcome: Outcome) -> None:
        self.state, self.happened = outcome.state, outcome.happened


def submitted(**changes: Any) -> Walk:
    walk = Walk()
    walk.submit(**changes)
    return walk
