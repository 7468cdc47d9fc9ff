"""What the API says and is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.people import Person, Post, Unit
from shared.contracts.workflow import Node, Verdict
from workflow_svc.attachments import ATTACHMENTS_LIMIT
from workflow_svc.domain import Status, TaskState
from workflow_svc.flow import May, NodeKind


class AddedSigner(BaseModel):
    """`task_id`: the signer's task, by which they are taken off (减签)."""

    task_id: UUID
    person: Person
    node: Node


class TaskView(BaseModel):
    """`seals_with`: the unit whose seal 同意 puts on the sheet. `may`: what the reader may do
    besides agreeing. `on_behalf_of`: whose place the reader takes by a delegation. `signers`: whom
    the reader added in this request and may take off again, for they have not acted."""

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
    may: list[May]
    opinion_required: bool
    due_at: datetime | None
    on_behalf_of: str | None
    added_by: str | None
    signers: list[AddedSigner]


class DecisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    opinion: str = Field(default="", max_length=1000)
    countersign_unit_ids: list[UUID] = Field(default_factory=list, max_length=30)
    chosen: dict[str, list[UUID]] = Field(
        default_factory=dict,
        max_length=20,
        description="Who shall act at coming nodes, by the node's id",
    )
    attachment_ids: list[UUID] = Field(default_factory=list, max_length=ATTACHMENTS_LIMIT)


class AttachmentView(BaseModel):
    id: UUID
    name: str
    bytes: int
    media_type: str


class AttachmentsView(BaseModel):
    items: list[AttachmentView]


class DecisionView(BaseModel):
    task_id: UUID
    verdict: Verdict
    request_status: Status
    waiting: list[Node]


class RecordItem(BaseModel):
    """A step: who, what, when it arrived and ended; `waiting` ones have not ended.

    `detail` is what else there is to say of its kind: people, on_behalf_of, gave_up, reason, why,
    step, countersigners, number, attachments with their SHA-256.
    """

    kind: str
    revision: int
    node: Node | None
    unit_name: str | None
    people: list[str]
    verdict: Verdict | None
    opinion: str | None
    arrived_at: datetime
    ended_at: datetime | None
    detail: dict[str, Any] = Field(default_factory=dict)
    attachments: list[AttachmentView] = Field(default_factory=list)


class RecordView(BaseModel):
    items: list[RecordItem]


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
