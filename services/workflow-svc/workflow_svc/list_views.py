"""What the lists say."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.people import BusinessType, Person, Unit
from shared.contracts.workflow import Node, Verdict, WhyCopied
from workflow_svc.domain import Status
from workflow_svc.filters import Mark


class TaskListed(BaseModel):
    """A line of 待办 or 已办.

    `elapsed_seconds`: since the task arrived, until it was decided; `total_seconds`: of the whole
    request, since its first submission. `current_node`: where the request stands now.
    """

    task_id: UUID
    request_id: UUID
    title: str
    tracking_number: str
    number: str | None
    business_type: BusinessType
    unit_name: str
    initiator: Person
    node: Node
    revision: int
    submitted_at: datetime
    arrived_at: datetime
    elapsed_seconds: int
    total_seconds: int
    due_at: datetime | None
    urged: bool
    marks: list[Mark]
    verdict: Verdict | None
    closed_at: datetime | None
    request_status: Status
    current_node: Node | None


class TaskList(BaseModel):
    items: list[TaskListed]
    next: str | None


class RequestListed(BaseModel):
    """A line of the list of every request. `elapsed_seconds`: from submission to end, or now."""

    request_id: UUID
    title: str
    tracking_number: str
    number: str | None
    business_type: BusinessType
    unit: Unit
    initiator: Person
    status: Status
    revision: int
    submitted_at: datetime
    ended_at: datetime | None
    elapsed_seconds: int
    current_node: Node | None
    marks: list[Mark]


class RequestList(BaseModel):
    items: list[RequestListed]
    next: str | None


class CopyListed(RequestListed):
    """A line of 我的知会 or 我的督办.

    `copied_by`: None when the flow or a deadline put them there; `copied_at_node`: the name of the
    node it stood at; `read_at`: when they opened it; None: not yet.
    """

    why: WhyCopied
    copied_by: str | None
    copied_at_node: str | None
    copied_at: datetime
    read_at: datetime | None


class CopiedList(BaseModel):
    items: list[CopyListed]
    next: str | None


class OpenCount(BaseModel):
    open: int


class CountsView(BaseModel):
    """For the red dot and the tabs: open tasks, the urged of them; what of 我的知会 and 我的督办 is
    not read yet."""

    todo: int
    urged: int
    unread_copies: int
    unread_supervisions: int
