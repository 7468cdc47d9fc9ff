"""Sheets as PDF, their state, the seal-use ledger, and the public check."""

import asyncio
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from document_svc import ledger, queries, refusal_routes
from document_svc.domain import NUMBER_TAIL, SheetState, asked_code
from document_svc.errors import SheetNotReady, UnknownCode
from document_svc.models import SealUseEntry, Sheet
from document_svc.voiding import void_copy
from shared import operations
from shared.contracts.document import SealedItem, SealUse
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import OpinionPlace
from shared.readers import require_reader
from shared.web import CurrentUser, IdempotencyKey, Tx

router = APIRouter()
router.include_router(operations.router)
router.include_router(refusal_routes.router)

PDF = "application/pdf"


class SealView(BaseModel):
    place: OpinionPlace | None  # None: 督查室's certificate over the number
    unit: Unit
    signer: Person
    sealed_at: datetime


class SheetView(BaseModel):
    revision: int
    state: SheetState
    sha256: str
    pages: int
    seals: list[SealView]
    verification_code: str


class SheetList(BaseModel):
    items: list[SheetView]


class UseView(BaseModel):
    item: SealedItem
    count: int


class SealUseView(BaseModel):
    id: UUID
    revision: int
    uses: list[UseView]
    handler_name: str
    handler_present: bool
    reason: str
    by: Person
    recorded_at: datetime


class SealUseList(BaseModel):
    items: list[SealUseView]


class UseBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    item: SealedItem
    count: int = Field(ge=0, le=9999)


class SealUseBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    uses: list[UseBody] = Field(max_length=20)
    handler_present: bool
    reason: str | None = Field(default=None, max_length=500, pattern=r"^[^\x00]*$")


class SealingUnit(BaseModel):
    name: str
    date: date


class VerificationView(BaseModel):
    """Nothing private: no title, no person, no telephone number."""

    number_tail: str | None
    state: SheetState
    revision: int
    sealing_units: list[SealingUnit]
    sha256: str


@router.get("/requests/{request_id}/sheet", response_class=Response)
async def read_sheet(
    *,
    request_id: UUID,
    who: CurrentUser,
    tx: Tx,
    revision: Annotated[int | None, Query(ge=1)] = None,
    inline: bool = False,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The sheet as it stands, with every seal so far; a void one says 作废 on every page."""
    await require_reader(tx, request_id, who)
    sheet = await queries.sheet_of(tx, request_id, revision)
    if sheet is None:
        raise SheetNotReady
    void = await queries.void_of(tx, sheet) is not None
    etag = f'"{sheet.sha256}-void"' if void else f'"{sheet.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if if_none_match == etag:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = _disposition(sheet, inline=inline, void=void)
    if void:
        signed = await tx.runtime.files.read(sheet.sha256)
        return Response(await asyncio.to_thread(void_copy, signed), media_type=PDF, headers=headers)
    content = await tx.runtime.files.open(sheet.sha256)
    return StreamingResponse(content, media_type=PDF, headers=headers)


@router.get("/requests/{request_id}/sheets")
async def list_sheets(request_id: UUID, who: CurrentUser, tx: Tx) -> SheetList:
    """Every revision's sheet, the newest first, and who sealed it."""
    await require_reader(tx, request_id, who)
    return SheetList(
        items=[
            SheetView(
                revision=sheet.revision,
                state=state,
                sha256=sheet.sha256,
                pages=sheet.pages,
                verification_code=sheet.verification_code,
                seals=[
                    SealView(
                        place=OpinionPlace(signature.place) if signature.place else None,
                        unit=Unit(id=signature.unit_id, name=signature.unit_name),
                        signer=Person(id=signature.signer_id, name=signature.signer_name),
                        sealed_at=signature.sealed_at,
                    )
                    for signature in signatures
                ],
            )
            for sheet, state, signatures in await queries.sheets_of(tx, request_id)
        ]
    )


@router.post("/requests/{request_id}/seal-uses", status_code=201)
async def record_seal_use(
    request_id: UUID,
    body: SealUseBody,
    who: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> SealUseView:
    """现场用印: what 督查室 pressed and handed out; it closes the request."""
    entry = await ledger.record_use(
        tx,
        request_id,
        by=who,
        uses=[SealUse(item=use.item, count=use.count) for use in body.uses],
        handler_present=body.handler_present,
        reason=(body.reason or "").strip(),
        idempotency_key=idempotency_key,
    )
    return _use_view(entry)


@router.get("/requests/{request_id}/seal-uses")
async def list_seal_uses(request_id: UUID, who: CurrentUser, tx: Tx) -> SealUseList:
    await require_reader(tx, request_id, who)
    entries = await queries.seal_uses_of(tx, request_id)
    return SealUseList(items=[_use_view(entry) for entry in entries])


@router.get("/verifications/{code}")
async def verify_sheet(code: str, tx: Tx) -> VerificationView:
    """For anyone who holds the paper: does such a sheet exist, and does it count?"""
    asked = asked_code(code)
    found = await queries.sheet_by_code(tx, asked) if asked else None
    if found is None:
        raise UnknownCode
    sheet, state, signatures = found
    zone = tx.runtime.organisation.zone
    return VerificationView(
        number_tail=sheet.number[-NUMBER_TAIL:] if sheet.number else None,
        state=state,
        revision=sheet.revision,
        sealing_units=[
            SealingUnit(name=signature.unit_name, date=signature.signed_at.astimezone(zone).date())
            for signature in signatures
        ],
        sha256=sheet.sha256,
    )


def _use_view(entry: SealUseEntry) -> SealUseView:
    return SealUseView(
        id=entry.id,
        revision=entry.revision,
        uses=[UseView(**use) for use in entry.uses],
        handler_name=entry.handler_name,
        handler_present=entry.handler_present,
        reason=entry.reason,
        by=Person(id=entry.recorded_by, name=entry.recorder_name),
        recorded_at=entry.recorded_at,
    )


def _disposition(sheet: Sheet, *, inline: bool, void: bool) -> str:
    kind = "inline" if inline else "attachment"
    state = "（已作废）" if void else ""
    name = f"用印审批表_{sheet.tracking_number}_第{sheet.revision}次提交{state}.pdf"
    plain = f"{sheet.tracking_number}-{sheet.revision}.pdf"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
