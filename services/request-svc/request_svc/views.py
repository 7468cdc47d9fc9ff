"""What the routes take and give, as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from request_svc.catalogue import Attachment, Category, MatterKind
from request_svc.domain import Status
from request_svc.filters import Mark
from request_svc.form import FormDraft
from shared.contracts.people import BusinessType, Person, UnitKind
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import Node


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewDraft(Body):
    matter: Annotated[str, Field(max_length=64)]
    business_type: BusinessType | None = None


class DraftContent(Body):
    business_type: BusinessType | None
    form: FormDraft


class FavouriteKeys(Body):
    keys: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)]


class MatterRow(BaseModel):
    key: str
    name: str
    category: Category
    kind: MatterKind
    url: str | None
    favourite: bool
    closed_notice: str | None  # why nobody may begin it now


class MatterRows(BaseModel):
    items: list[MatterRow]


class BusinessTypeView(BaseModel):
    key: BusinessType
    name: str


class MatterView(BaseModel):
    """`handled_people`: whose request was completed; `visits` by `visitors` different people."""

    key: str
    name: str
    category: Category
    kind: MatterKind
    url: str | None
    description: list[str]
    responsible_unit: str | None
    audience: list[str]
    handled_people: int
    visits: int
    visitors: int
    attachments: list[Attachment]
    business_types: list[BusinessTypeView]
    closed_notice: str | None


class UnitRow(BaseModel):
    id: UUID
    name: str
    kind: UnitKind
    mine: bool


class UnitRows(BaseModel):
    items: list[UnitRow]


class DepartmentRow(BaseModel):
    id: UUID
    name: str


class DepartmentRows(BaseModel):
    items: list[DepartmentRow]


class FileView(BaseModel):
    id: UUID
    name: str
    bytes: int
    media_type: str
    sha256: str
    pages: int | None


class ReturnedView(BaseModel):
    """Why a request came back to its initiator."""

    node: Node
    by: Person
    opinion: str
    at: AwareDatetime


class DraftView(BaseModel):
    """`version` goes into If-Match of the next save. `returned` is there in that state only.

    `closed_notice`: why it cannot be submitted now, though it stays.
    """

    id: UUID
    matter: str
    state: Status
    version: int
    business_type: BusinessType | None
    form: FormDraft
    files: list[FileView]
    tracking_number: str | None
    returned: ReturnedView | None
    saved_at: AwareDatetime
    closed_notice: str | None


class DraftRow(BaseModel):
    id: UUID
    matter: str
    business_type: BusinessType | None
    title: str
    saved_at: AwareDatetime
    state: Status


class DraftRows(BaseModel):
    items: list[DraftRow]
    next: str | None


class SubmissionView(BaseModel):
    request_id: UUID
    tracking_number: str
    revision: int


class RequestRow(BaseModel):
    """`elapsed_seconds`: from the first submission to the end, or until now."""

    id: UUID
    matter: str
    title: str
    tracking_number: str
    number: str | None
    business_type: BusinessType
    status: Status
    revision: int
    submitted_at: AwareDatetime
    elapsed_seconds: int
    current_nodes: list[str]
    urged: bool
    unit_id: UUID | None
    ended_at: AwareDatetime | None
    marks: list[Mark]


class RequestRows(BaseModel):
    items: list[RequestRow]
    next: str | None


class RequestCounts(BaseModel):
    by_status: dict[Status, int]


class RequestView(RequestRow):
    initiator: Person
    form: SealUseForm
    returned: ReturnedView | None
    mine: bool
    may_withdraw: bool


class RevisionView(BaseModel):
    revision: int
    submitted_at: AwareDatetime
    form: SealUseForm
