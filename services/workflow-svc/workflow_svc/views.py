"""What the API says and is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.people import Person, Post, Unit
from shared.contracts.workflow import Node, Verdict
from workflow_svc.domain import Status, TaskState
from workflow_svc.flow import NodeKind
from workflow_svc.picture import Standing


class TaskView(BaseModel):
    """`seals_with`: the unit whose seal 同意 puts on the sheet."""

    task_id: UUID
    request_id: UUID
    revision: int
    kind: NodeKind
    node: Node
    unit: Unit
    state: TaskState
    urged: bool
    arrived_at: datetime
    title: str
    tracking_number: str
    initiator: Person
    form: dict[str, Any] = Field(description="SealUseForm, as it was submitted")
    seals_with: str | None
    may_name_countersigners: bool
    countersign_choices: list[Unit]


class DecisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    opinion: str = Field(default="", max_length=1000)
    countersign_unit_ids: list[UUID] = Field(default_factory=list, max_length=30)


class DecisionView(BaseModel):
    task_id: UUID
    verdict: Verdict
    request_status: Status
    waiting: list[Node]


class RecordItem(BaseModel):
    """A step: who, what, when it arrived and ended; `waiting` ones have not ended."""

    kind: str
    revision: int
    node: Node | None
    unit_name: str | None
    people: list[str]
    verdict: Verdict | None
    opinion: str | None
    arrived_at: datetime
    ended_at: datetime | None


class RecordView(BaseModel):
    items: list[RecordItem]


class StandingNode(BaseModel):
    id: str
    name: str
    state: Standing


class StandingView(BaseModel):
    flow: str
    version: int
    nodes: list[StandingNode]


class FlowNodeView(BaseModel):
    """`condition`: when the node is asked, in people's words; None: always."""

    id: str
    name: str
    condition: str | None


class FlowView(BaseModel):
    nodes: list[FlowNodeView]


class WithdrawalView(BaseModel):
    request_status: Status


class UrgeBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    nodes: list[str] = Field(min_length=1, max_length=20)


class UrgeView(BaseModel):
    nodes: list[str]


class HeldPostView(BaseModel):
    unit: Unit
    post: Post


class MeView(BaseModel):
    """`roles`: each post the person holds anywhere."""

    id: UUID
    name: str
    login: str
    posts: list[HeldPostView]
    roles: list[Post]
