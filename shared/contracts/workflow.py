"""Owned by workflow-svc: how a request moves, and who decided what."""

from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event, Fact
from shared.contracts.people import Person, Unit


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
    CANCELLED = "cancelled"  # returned or withdrawn meanwhile


class Node(Fact):
    """A node of the flow as people see it."""

    id: str
    name: str


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
    """Someone gave their verdict. With `place`, an 同意 puts `unit`'s seal there on the sheet."""

    request_id: UUID
    revision: int
    task_id: UUID
    node: Node
    verdict: Verdict
    opinion: str
    by: Person
    unit: Unit
    place: OpinionPlace | None
    countersigners: tuple[Unit, ...]  # the departments that this decision asks to countersign
    decided_at: AwareDatetime


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


class Approved(Event, topic="workflow.approved.v1"):
    """Every approval is done: the official number is given, the handler may come to be sealed."""

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


class Completed(Event, topic="workflow.completed.v1"):
    """Sealed on site and registered: 已办结."""

    request_id: UUID
    revision: int
    number: str
    title: str
    initiator: Person
    completed_at: AwareDatetime
