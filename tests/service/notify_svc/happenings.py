"""Events as workflow-svc would publish them, with what a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.directory import PersonChanged
from shared.contracts.document import RefusalReason, SealRefused
from shared.contracts.people import Person, Post, Unit
from shared.contracts.workflow import (
    Advanced,
    Approved,
    Completed,
    Copied,
    Delegated,
    DelegationEnded,
    Node,
    Overdue,
    OverdueStep,
    Reassigned,
    RequestVoided,
    Returned,
    TaskAssigned,
    TaskBlocked,
    TaskClosed,
    TaskEnd,
    Urged,
    WhyCopied,
    WhyReassigned,
    Withdrawn,
)
from shared.database import new_id

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TITLE = "量子通信项目任务书用印"
REQUEST = new_id()
OFFICE = Node(id="unit_office", name="单位办公室工作人员审批")
COUNTER = Node(id="on_site_sealing", name="现场用印", registers=True)
COUNTERSIGN = Node(id="countersign", name="会签部门意见")
UNIT = Unit(id=new_id(), name="计算机学院")

INITIATOR = Person(id=new_id(), name="沈知君")
CLERK = Person(id=new_id(), name="陆坤")
SECOND_CLERK = Person(id=new_id(), name="秦明")
LOGINS = {INITIATOR: "shenzhijun", CLERK: "lukun", SECOND_CLERK: "qinming"}
MOBILES = {INITIATOR: "19900000101", CLERK: "19900000102", SECOND_CLERK: "19900000103"}


def known(person: Person, **changes: Any) -> PersonChanged:
    """The directory's news of a person."""
    login = LOGINS[person]
    facts = {
        "person_id": person.id,
        "login": login,
        "name": person.name,
        "mobile": MOBILES[person],
        "email": f"{login}@chenglan.example",
        "active": True,
        "posts": (),
        "changed_at": AT - timedelta(days=1),
    }
    return PersonChanged.model_validate(facts | changes)


DELEGATION = new_id()
DELEGATED = Delegated(
    delegation_id=DELEGATION,
    holder=CLERK,
    to=SECOND_CLERK,
    post=Post.HEAD,
    unit=UNIT,
    starts_at=AT,
    ends_at=AT + timedelta(days=5),
    reason="出差",
    delegated_at=AT,
)
DELEGATION_ENDED = DelegationEnded(
    delegation_id=DELEGATION,
    holder=CLERK,
    to=SECOND_CLERK,
    post=None,
    unit=None,
    revoked=True,
    ended_at=AT + timedelta(days=1),
)

EVERYONE = tuple(known(person) for person in LOGINS)


def assigned(*people: Person, task_id: UUID | None = None, node: Node = OFFICE) -> TaskAssigned:
    return TaskAssigned(
        request_id=REQUEST,
        revision=1,
        task_id=task_id or new_id(),
        node=node,
        unit=UNIT,
        assignees=people,
        title=TITLE,
        tracking_number="SL2026000001",
        initiator=INITIATOR,
        due_at=None,
        assigned_at=AT,
    )


def closed(task: TaskAssigned, end: TaskEnd = TaskEnd.DECIDED) -> TaskClosed:
    return TaskClosed(
        request_id=REQUEST,
        revision=1,
        task_id=task.task_id,
        node=task.node,
        end=end,
        by=None,
        closed_at=AT,
    )


def urged(*tasks: TaskAssigned, at: datetime = AT) -> Urged:
    return Urged(
        request_id=REQUEST,
        revision=1,
        node=tasks[0].node,
        task_ids=tuple(task.task_id for task in tasks),
        assignees=tuple(person for task in tasks for person in task.assignees),
        title=TITLE,
        initiator=INITIATOR,
        urged_at=at,
    )


def returned(*, revision: int = 1, opinion: str = "第 2 项材料缺少页码") -> Returned:
    return Returned(
        request_id=REQUEST,
        revision=revision,
        node=OFFICE,
        by=CLERK,
        opinion=opinion,
        title=TITLE,
        initiator=INITIATOR,
        returned_at=AT,
    )


def advanced(*waiting: Node) -> Advanced:
    return Advanced(
        request_id=REQUEST,
        revision=1,
        waiting=waiting,
        title=TITLE,
        initiator=INITIATOR,
        advanced_at=AT,
    )


def approved(*, handler_mobile: str = "19900000999") -> Approved:
    return Approved(
        request_id=REQUEST,
        revision=1,
        number="YY20260001",
        by=CLERK,
        unit=UNIT,
        title=TITLE,
        initiator=INITIATOR,
        handler_name="李经办",
        handler_mobile=handler_mobile,
        approved_at=AT,
    )


def completed() -> Completed:
    return Completed(
        request_id=REQUEST,
        revision=1,
        number="YY20260001",
        title=TITLE,
        initiator=INITIATOR,
        completed_at=AT,
    )


def withdrawn(*had_open: Person) -> Withdrawn:
    return Withdrawn(
        request_id=REQUEST,
        revision=1,
        by=INITIATOR,
        had_open=had_open,
        title=TITLE,
        withdrawn_at=AT,
    )


def reassigned(*, gave_up: Person | None = CLERK) -> Reassigned:
    """From the first clerk to the second."""
    return Reassigned(
        request_id=REQUEST,
        revision=1,
        task_id=new_id(),
        node=OFFICE,
        unit=UNIT,
        gave_up=gave_up,
        to=(SECOND_CLERK,),
        by=CLERK,
        why=WhyReassigned.HANDED_OVER,
        title=TITLE,
        tracking_number="SL2026000001",
        initiator=INITIATOR,
        reassigned_at=AT,
    )


def copied(*people: Person, why: WhyCopied = WhyCopied.COPY) -> Copied:
    return Copied(
        request_id=REQUEST,
        revision=1,
        people=people,
        by=None,
        why=why,
        node=None,
        title=TITLE,
        tracking_number="SL2026000001",
        initiator=INITIATOR,
        copied_at=AT,
    )


def overdue(task: TaskAssigned, *, heads: tuple[Person, ...] = ()) -> Overdue:
    """The reminder; with `heads` the escalation."""
    return Overdue(
        request_id=REQUEST,
        revision=1,
        task_id=task.task_id,
        node=task.node,
        unit=UNIT,
        assignees=task.assignees,
        heads=heads,
        step=OverdueStep.ESCALATION if heads else OverdueStep.REMINDER,
        due_at=AT - timedelta(hours=1),
        title=TITLE,
        initiator=INITIATOR,
        noticed_at=AT,
    )


def blocked(*administrators: Person) -> TaskBlocked:
    return TaskBlocked(
        request_id=REQUEST,
        revision=1,
        task_id=new_id(),
        node=OFFICE,
        unit=UNIT,
        post=None,
        administrators=administrators,
        title=TITLE,
        blocked_at=AT,
    )


def seal_refused() -> SealRefused:
    return SealRefused(
        request_id=REQUEST,
        revision=1,
        refusal_id=new_id(),
        reason=RefusalReason.NOT_SIGNED,
        detail="the signature does not fit",
        place=None,
        unit=UNIT,
        claimed_by=CLERK,
        tracking_number="SL2026000001",
        refused_at=AT,
    )


def voided() -> RequestVoided:
    return RequestVoided(
        request_id=REQUEST,
        revision=1,
        number="YY2026-000001",
        title=TITLE,
        by=CLERK,
        confirmed_by=SECOND_CLERK,
        reason="项目已终止",
        initiator=INITIATOR,
        voided_at=AT,
    )
