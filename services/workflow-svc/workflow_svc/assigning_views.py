"""What the API says and is told of who acts instead."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.people import Person
from shared.contracts.workflow import Node, WhyCopied
from workflow_svc.domain import Status
from workflow_svc.signers import Turn


class HandOverBody(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    to: UUID
    reason: str = Field(default="", max_length=200)


class InChargeBody(BaseModel):
    """`reason` is written into the record."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    to: UUID
    reason: str = Field(min_length=1, max_length=200)


class ReassignedView(BaseModel):
    """`task_id`: the task that takes the place of the old one."""

    task_id: UUID
    request_status: Status
    waiting: list[Node]


class ChoiceBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    node: str = Field(min_length=1, max_length=64)
    people: list[UUID] = Field(min_length=1, max_length=20)


class ChosenView(BaseModel):
    node: Node
    people: list[Person]


class ComingNode(BaseModel):
    """A node still to come, whom it may be put to, and to whom it is. `must`: somebody is to be
    chosen before agreeing."""

    node: Node
    choices: list[Person]
    chosen: list[Person]
    must: bool


class ChoicesView(BaseModel):
    """`successors`: to whom the task may be handed over."""

    successors: list[Person]
    coming: list[ComingNode]


class SignerBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person_id: UUID
    turn: Turn = Turn.AFTER


class SignerView(BaseModel):
    """`task_id`: the signer's task, by which they can be taken off again."""

    task_id: UUID
    request_status: Status
    waiting: list[Node]


class FoundPerson(BaseModel):
    id: UUID
    name: str
    units: list[str]


class FoundPeople(BaseModel):
    items: list[FoundPerson]


class CopyBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    people: list[UUID] = Field(min_length=1, max_length=50)


class SupervisionBody(BaseModel):
    """`person_id`: who is to watch; None: the caller."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID | None = None


class ToldView(BaseModel):
    """Those who did not see, or watch, the request before."""

    people: list[Person]


class CopyItem(BaseModel):
    """`by`: None when the flow or a deadline put them there. `read_at`: 已阅."""

    person: Person
    why: WhyCopied
    by: str | None
    node_name: str | None
    copied_at: datetime
    read_at: datetime | None


class CopyList(BaseModel):
    items: list[CopyItem]
