"""A small university, a submitted form, and a request that is walked through the default flow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid5

from workflow_svc import announce, engine, handing_over, lateness, signers
from workflow_svc.directory import person_id, unit_id
from workflow_svc.domain import Happening, Instance, Kind, Task
from workflow_svc.flow import Flow
from workflow_svc.published import FOLDER
from workflow_svc.seats import Directory, StandIn
from workflow_svc.signers import Turn
from workflow_svc.verify import parse
from workflow_svc.world import Outcome, World

from shared.contracts import Event
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
ADMIN = person("admin", "管理员")

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
CODED = {"computing": COMPUTING, "research": RESEARCH, "finance": FINANCE, "personnel": PERSONNEL}


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
    stand_ins: tuple[StandIn, ...] = ()
    left: frozenset[UUID] = frozenset()
    state: Instance = field(init=False)
    _ids: Iterator[UUID] = field(default_factory=lambda: ids(COMPUTING.id))

    def __post_init__(self) -> None:
        request_id = uuid5(RESEARCH.id, "request")
        self.state = Instance(request_id=request_id, initiator=self.initiator, form=form())

    @property
    def world(self) -> World:
        directory = Directory(self.held, OF_KIND, CODED, self.stand_ins, self.left)
        return World(self.now, directory, lambda: next(self._ids))

    @property
    def status(self) -> str:
        return self.state.status.value

    @property
    def waiting(self) -> list[Task]:
        return [task for task in self.state.tasks if task.is_waiting]

    @property
    def kinds(self) -> list[Kind]:
        return [happening.kind for happening in self.happened]

    def events(self) -> list[Event]:
        """What others are told of the last command."""
        about = announce.About(
            state=self.state,
            flow=self.flow,
            title="科研任务书",
            tracking_number="SL2026-000001",
            now=self.now,
            administrators=(ADMIN,),
        )
        return list(announce.events(about, self.happened))

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
        chosen: dict[str, tuple[Person, ...]] | None = None,
    ) -> None:
        asked = task or self.task(of)
        self._take(
            engine.decide(
                self.state,
                self.flow,
                asked.id,
                self.world,
                by=by,
                verdict=verdict,
                opinion=opinion,
                countersigners=ask,
                chosen=chosen,
            )
        )
        if self.state.awaits_number:
            self._number(by)

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

    def notice(self, task: Task, heads: tuple[Person, ...]) -> None:
        """Takes the step that its deadline calls for now."""
        now = self.state.task(task.id)
        self._take(lateness.notice(self.state, now, heads, self.now))

    def reconsider(self) -> None:
        self._take(engine.reconsider(self.state, self.flow, self.world))

    def hand_over(self, by: Person, to: Person, *, task: Task | None = None) -> None:
        mine = task or self.task()
        self._take(
            handing_over.hand_over(
                self.state, self.flow, mine.id, self.world, by=by, to=to, reason="出差"
            )
        )

    def put_in_charge(self, by: Person, to: Person, *, task: Task | None = None) -> None:
        theirs = task or self.task()
        self._take(
            handing_over.put_in_charge(
                self.state, self.flow, theirs.id, self.world, by=by, to=to, reason="离职"
            )
        )

    def choose(self, by: Person, node: str, *people: Person) -> None:
        self._take(
            handing_over.choose(
                self.state,
                self.flow,
                self.task().id,
                self.world,
                by=by,
                node_id=node,
                people=people,
            )
        )

    def add_signer(
        self, by: Person, signer: Person, turn: Turn = Turn.AFTER, *, task: Task | None = None
    ) -> None:
        mine = task or self.task()
        self._take(
            signers.add(self.state, self.flow, mine.id, self.world, by=by, signer=signer, turn=turn)
        )

    def remove_signer(self, by: Person, task: Task) -> None:
        self._take(signers.remove(self.state, self.flow, task.id, self.world, by=by))

    def agree(self, *people: Person) -> None:
        for by in people:
            self.decide(by)

    def _number(self, by: Person) -> None:
        given = engine.number(self.state, "YY2026-000001", by=by)
        self.state, self.happened = given.state, self.happened + given.happened

    def _take(self, outcome: Outcome) -> None:
        self.state, self.happened = outcome.state, outcome.happened


def submitted(**changes: Any) -> Walk:
    walk = Walk()
    walk.submit(**changes)
    return walk


def flow_with(**changes: dict[str, str]) -> Flow:
    """The default flow with lines of its nodes changed: `flow_with(unit_head={"mode": '"all"'})`;
    an empty value takes the line out."""
    text = (FOLDER / "seal-use.toml").read_text(encoding="utf-8")
    head, *tables = text.split("[[nodes]]")
    for number, table in enumerate(tables):
        lines = [line for line in table.splitlines() if line.strip()]
        name = next(line for line in lines if line.startswith("id")).split('"')[1]
        for key, value in changes.get(name, {}).items():
            lines = [line for line in lines if line.split(" =")[0] != key]
            lines += [f"{key} = {value}"] if value else []
        tables[number] = "\n" + "\n".join(lines) + "\n"
    return parse("[[nodes]]".join([head, *tables]))
