"""Owned by workflow-svc: how a request moves, and who decided what."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.event import Event, Fact
from shared.contracts.people import Person, Post, Unit
from shared.contracts.request import StoredFile


class Verdict(StrEnum):
    AGREE = "agree"  # 同意
    RETURN = "return"  # 退回


class OpinionPlace(StrEnum):
    """The opinion cells of the sheet."""

    APPLYING_UNIT = "applying_unit"  # 申请部门意见
    APPROVING_DEPARTMENT = "approving_department"  # 审批部门意见
    COUNTERSIGN = "countersign"  # 会签部门意见, one part for each department
    LEGAL_COUNSEL = "legal_counsel"  # 校长法律顾问办公室意见


class TaskEnd(StrEnum):
    DECIDED = "decided"  # by the one who acted
    SKIPPED = "skipped"  # another of the group acted first
    CANCELLED = "cancelled"  # returned or withdrawn meanwhile, or its signer was taken off again
    REASSIGNED = "reassigned"  # someone else was put in charge: `Reassigned` names the new task


class WhyReassigned(StrEnum):
    HANDED_OVER = "handed_over"  # 更换节点审批人员, by the one who had it
    ADMINISTRATOR = "administrator"  # someone left, or nobody held the post


class WhyCopied(StrEnum):
    COPY = "copy"  # 知会
    SUPERVISION = "supervision"  # 督办


class OverdueStep(StrEnum):
    REMINDER = "reminder"
    ESCALATION = "escalation"


class Node(Fact):
    """A node of the flow as people see it.

    `registers`: nothing is decided there, something done elsewhere is registered (现场用印); left
    out where it is not so.
    """

    id: str
    name: str
    registers: bool = Field(default=False, exclude_if=lambda registers: not registers)


class Started(Event, topic="workflow.started.v1"):
    """A round of approval began; `revision` is the round."""

    request_id: UUID
    revision: int
    flow: str
    flow_version: int
    started_at: AwareDatetime


class TaskAssigned(Event, topic="workflow.task_assigned.v1"):
    """Someone may now act at a node."""

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    unit: Unit
    assignees: tuple[Person, ...]  # any one of them may act
    title: str
    tracking_number: str
    initiator: Person
    due_at: AwareDatetime | None
    assigned_at: AwareDatetime


class TaskClosed(Event, topic="workflow.task_closed.v1"):
    """A task can no longer be acted on."""

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    end: TaskEnd
    by: Person | None
    closed_at: AwareDatetime


class Decided(Event, topic="workflow.decided.v1"):
    """Someone gave their verdict. With `place`, an 同意 puts `unit`'s seal there on the sheet:
    where several of a unit have to agree, the last one's does.

    `countersigners`: of an 同意, all departments that are to countersign as far as they are named,
    by a rule of the flow, by earlier decisions and by this one.
    `on_behalf_of`: whose post it was, when `by` acted by a delegation (某某 代 某某).
    `seal_order`: the order to do so, signed by workflow-svc (shared/seal_order.py); without one
    nothing is sealed.
    """

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    verdict: Verdict
    opinion: str
    by: Person
    unit: Unit
    place: OpinionPlace | None
    countersigners: tuple[Unit, ...]
    decided_at: AwareDatetime
    on_behalf_of: Person | None = None
    attachments: tuple[StoredFile, ...] = ()
    seal_order: str | None = None


class Advanced(Event, topic="workflow.advanced.v1"):
    """The nodes that wait are now these. Empty when nothing waits any more."""

    request_id: UUID
    revision: int
    waiting: tuple[Node, ...]
    title: str
    initiator: Person
    advanced_at: AwareDatetime


class Returned(Event, topic="workflow.returned.v1"):
    """An approver refused to pass it on; the initiator corrects or withdraws. Seals are void."""

    request_id: UUID
    revision: int
    node: Node
    by: Person
    opinion: str
    title: str
    initiator: Person
    returned_at: AwareDatetime


class Withdrawn(Event, topic="workflow.withdrawn.v1"):
    """The initiator ended it. `had_open` are the approvers whose task vanished."""

    request_id: UUID
    revision: int
    by: Person
    had_open: tuple[Person, ...]
    title: str
    withdrawn_at: AwareDatetime


class Urged(Event, topic="workflow.urged.v1"):
    """The initiator asked the people at a node to hurry."""

    request_id: UUID
    revision: int
    node: Node
    task_ids: tuple[UUID, ...]
    assignees: tuple[Person, ...]
    title: str
    initiator: Person
    urged_at: AwareDatetime


class Reassigned(Event, topic="workflow.reassigned.v1"):
    """Someone else acts now. Comes in place of `TaskAssigned` for the new task `task_id`; the task
    that it takes the place of was closed before, as REASSIGNED."""

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    unit: Unit
    gave_up: Person | None  # who had it; None: nobody did, or several
    to: tuple[Person, ...]
    by: Person
    why: WhyReassigned
    title: str
    tracking_number: str
    initiator: Person
    reassigned_at: AwareDatetime


class Copied(Event, topic="workflow.copied.v1"):
    """These people see the request from now on and decide nothing: 知会, 督办."""

    request_id: UUID
    revision: int
    people: tuple[Person, ...]
    by: Person | None  # None: the flow says so
    why: WhyCopied
    node: Node | None
    title: str
    tracking_number: str
    initiator: Person
    copied_at: AwareDatetime


class Overdue(Event, topic="workflow.overdue.v1"):
    """Nobody acted in time. Comes once a step and task; it never decides anything.

    `heads`: whom the escalation goes to; empty at the reminder.
    """

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    unit: Unit
    assignees: tuple[Person, ...]
    heads: tuple[Person, ...]
    step: OverdueStep
    due_at: AwareDatetime
    title: str
    initiator: Person
    noticed_at: AwareDatetime


class TaskBlocked(Event, topic="workflow.task_blocked.v1"):
    """Nobody may act at a node: the administrators have to put someone in charge.

    `post`: which one nobody holds; None where people were named rather than posts.
    """

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    unit: Unit
    post: Post | None
    administrators: tuple[Person, ...]
    title: str
    blocked_at: AwareDatetime


class Approved(Event, topic="workflow.approved.v1"):
    """Every approval is done: the official number is given, the handler may come to be sealed.

    `seal_order`: the order to put the number on the sheet, signed as in `Decided`.
    """

    request_id: UUID
    revision: int
    number: str  # 编号
    by: Person  # who made the final check
    unit: Unit  # 督查室
    title: str
    initiator: Person
    handler_name: str
    handler_mobile: str
    approved_at: AwareDatetime
    seal_order: str | None = None


class RequestVoided(Event, topic="workflow.voided.v1"):
    """作废 after the last approval: proposed by one person, confirmed by another. Final."""

    request_id: UUID
    revision: int
    number: str
    title: str
    by: Person
    confirmed_by: Person
    reason: str
    initiator: Person
    voided_at: AwareDatetime


class Completed(Event, topic="workflow.completed.v1"):
    """Sealed on site and registered: 已办结."""

    request_id: UUID
    revision: int
    number: str
    title: str
    initiator: Person
    completed_at: AwareDatetime


class Delegated(Event, topic="workflow.delegated.v1", aggregate="delegation_id"):
    """委托: from `starts_at` until `ends_at` `to` may act in the holder's place. `post`, `unit`:
    only there; None means everywhere."""

    delegation_id: UUID
    holder: Person
    to: Person
    post: Post | None
    unit: Unit | None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str
    delegated_at: AwareDatetime


class DelegationEnded(Event, topic="workflow.delegation_ended.v1", aggregate="delegation_id"):
    """`to` acts for the holder no more: time is up, or the holder took it back (`revoked`)."""

    delegation_id: UUID
    holder: Person
    to: Person
    post: Post | None
    unit: Unit | None
    revoked: bool
    ended_at: AwareDatetime
