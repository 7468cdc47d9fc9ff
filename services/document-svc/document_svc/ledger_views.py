"""What the routes of counter and ledger take and give."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from document_svc.counter_rules import EntryKind, Line
from document_svc.domain import SheetState
from document_svc.found import AtTheCounter, CounterState
from document_svc.ledger import lines_of
from document_svc.ledger_models import Correction, LedgerEntry
from shared.contracts.document import SealedItem
from shared.contracts.people import Person, Unit
from shared.contracts.request import Material

Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UseBody(Body):
    """`purpose` only where it differs from what was applied for."""

    item: SealedItem
    count: int = Field(ge=0, le=9999)
    material_row: int | None = Field(default=None, ge=1)
    purpose: Text | None = None


Uses = Annotated[list[UseBody], Field(max_length=500)]


class SealUseBody(Body):
    """`closing` left out: the registration is the last one when everything has been used.

    `pressed_by` left out: who registers has pressed the seals as well.
    """

    uses: Uses
    handler_present: bool
    came_instead: Name | None = None
    pressed_by: Name | None = None
    reason: Text | None = None
    closing: bool | None = None
    scans: Annotated[list[UUID], Field(max_length=20)] | None = None


class ReturnBody(Body):
    uses: Uses
    reason: Text | None = None


class CorrectionBody(Body):
    """`uses`: what should have been registered, whole."""

    uses: Uses
    reason: Annotated[str, Field(min_length=2, max_length=500, pattern=r"^[^\x00]*$")]


class UseView(BaseModel):
    item: SealedItem
    count: int
    material_row: int | None
    material: str
    purpose: str
    copies: list[str]


class ScanView(BaseModel):
    id: UUID
    name: str
    sha256: str
    bytes: int
    media_type: str
    pages: int | None


class SealUseView(BaseModel):
    """An entry of the ledger. `corrects` and `sequence` are places in it.

    `pressed_by`: who pressed the seals; None where nothing was pressed, and in old entries.
    """

    id: UUID
    sequence: int
    kind: EntryKind
    request_id: UUID
    revision: int
    tracking_number: str
    number: str
    title: str
    unit: Unit
    uses: list[UseView]
    handler_name: str
    handler_present: bool
    came_instead: str
    pressed_by: str | None
    scans: list[ScanView]
    closing: bool
    corrects: int | None
    reason: str
    by: Person
    confirmed_by: Person | None
    recorded_at: datetime
    hash: str


class SealUseList(BaseModel):
    items: list[SealUseView]


class LedgerPage(BaseModel):
    """The newest first. `next`: the cursor of the page after this one."""

    items: list[SealUseView]
    next: int | None


class CountView(BaseModel):
    count: int


class SumView(BaseModel):
    key: str
    name: str
    count: int
    entries: int


class SumList(BaseModel):
    items: list[SumView]


class ProofView(BaseModel):
    """`head`: the hash of the last whole entry; noting it outside makes a cut visible later."""

    entries: int
    head: str
    broken_at: int | None


class CorrectionView(BaseModel):
    id: UUID
    entry: SealUseView
    uses: list[UseView]
    reason: str
    proposed_by: Person
    proposed_at: datetime
    mine: bool  # a correction is confirmed by somebody else


class CorrectionList(BaseModel):
    items: list[CorrectionView]


class AllowanceView(BaseModel):
    item: SealedItem
    approved: int
    used: int
    remaining: int
    place: str
    purpose: str


class CounterView(BaseModel):
    """`superseded`: a newer revision exists, and what is at hand is an old sheet."""

    request_id: UUID
    revision: int
    tracking_number: str
    number: str | None
    title: str
    state: CounterState
    sheet_state: SheetState
    superseded: bool
    verification_code: str
    sha256: str
    unit: Unit
    approving_department: Unit
    initiator: Person
    applicant_name: str
    applicant_mobile: str
    handler_name: str
    handler_mobile: str
    allowances: list[AllowanceView]
    materials: list[Material]
    entries: list[SealUseView]
    may_register: bool


def lines(uses: list[UseBody]) -> list[Line]:
    return [
        Line(
            item=use.item,
            count=use.count,
            material_row=use.material_row,
            purpose=(use.purpose or "").strip(),
        )
        for use in uses
    ]


def entry_view(entry: LedgerEntry) -> SealUseView:
    second = None
    if entry.second_id is not None:
        second = Person(id=entry.second_id, name=entry.second_name or "")
    return SealUseView(
        id=entry.id,
        sequence=entry.sequence,
        kind=EntryKind(entry.kind),
        request_id=entry.request_id,
        revision=entry.revision,
        tracking_number=entry.tracking_number,
        number=entry.number,
        title=entry.title,
        unit=Unit(id=entry.unit_id, name=entry.unit_name),
        uses=[_use(line) for line in lines_of(entry)],
        handler_name=entry.handler_name,
        handler_present=entry.handler_present,
        came_instead=entry.came_instead,
        pressed_by=entry.pressed_by,
        scans=[ScanView.model_validate(scan) for scan in entry.scans],
        closing=entry.closing,
        corrects=entry.corrects,
        reason=entry.reason,
        by=Person(id=entry.by_id, name=entry.by_name),
        confirmed_by=second,
        recorded_at=entry.at,
        hash=entry.hash,
    )


def correction_view(correction: Correction, entry: LedgerEntry, *, for_: UUID) -> CorrectionView:
    return CorrectionView(
        id=correction.id,
        entry=entry_view(entry),
        uses=[_use(Line.model_validate(line)) for line in correction.lines],
        reason=correction.reason,
        proposed_by=Person(id=correction.proposed_by, name=correction.proposer_name),
        proposed_at=correction.proposed_at,
        mine=correction.proposed_by == for_,
    )


def counter_view(seen: AtTheCounter) -> CounterView:
    form, sheet, submission = seen.form, seen.sheet, seen.submission
    shown: dict[str, Any] = {
        name: getattr(form, name)
        for name in ("unit", "approving_department", "applicant_name", "applicant_mobile")
    }
    return CounterView(
        request_id=sheet.request_id,
        revision=sheet.revision,
        tracking_number=sheet.tracking_number,
        number=sheet.number,
        title=submission.title,
        state=seen.state,
        sheet_state=seen.sheet_state,
        superseded=seen.superseded,
        verification_code=sheet.verification_code,
        sha256=sheet.sha256,
        initiator=Person(id=submission.initiator_id, name=submission.initiator_name),
        handler_name=form.handler_name,
        handler_mobile=form.handler_mobile,
        allowances=[
            AllowanceView(
                item=each.item,
                approved=each.approved,
                used=each.used,
                remaining=each.remaining,
                place=each.place,
                purpose=each.purpose,
            )
            for each in seen.allowances
        ],
        materials=list(form.materials),
        entries=[entry_view(entry) for entry in seen.entries],
        may_register=seen.may_register,
        **shown,
    )


def _use(line: Line) -> UseView:
    return UseView(**line.model_dump())
