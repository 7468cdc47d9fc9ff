"""Sheets as PDF, their state, and the public check; the counter and the ledger are beside."""

import asyncio
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from document_svc import (
    archive_routes,
    counter_routes,
    ledger_routes,
    national_routes,
    preview_routes,
    queries,
    refusal_routes,
    register_routes,
    trust_routes,
)
from document_svc.domain import NUMBER_TAIL, SheetState, asked_code
from document_svc.errors import SheetNotReady, UnknownCode
from document_svc.models import Sheet
from document_svc.printing import was_approved
from document_svc.seal_room import seal_room
from document_svc.voiding import void_copy
from shared import operations
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import OpinionPlace
from shared.readers import require_reader
from shared.web import CurrentUser, Tx

router = APIRouter()
router.include_router(operations.router)
router.include_router(refusal_routes.router)
router.include_router(counter_routes.router)
router.include_router(archive_routes.router)
router.include_router(ledger_routes.router)
router.include_router(national_routes.router)
router.include_router(preview_routes.router)
router.include_router(register_routes.router)
router.include_router(trust_routes.router)

PDF = "application/pdf"


class SealView(BaseModel):
    place: OpinionPlace | None  # None: 督查室's certificate over the number
    unit: Unit
    signer: Person
    sealed_at: datetime
    timestamped: bool  # by a third party (RFC 3161)


class SheetView(BaseModel):
    revision: int
    state: SheetState
    sha256: str
    pages: int
    seals: list[SealView]
    verification_code: str


class SheetList(BaseModel):
    items: list[SheetView]


class SealingUnit(BaseModel):
    name: str
    date: date


class VerificationView(BaseModel):
    """Nothing private: no title, no person, no telephone number."""

    number_tail: str | None
    state: SheetState
    revision: int
    sealing_units: list[SealingUnit]
    sha256: str  # of the newest file; compared in the browser with the file at hand
    void_since: date | None
    material: bool | None  # None: no file was asked about


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
        template = seal_room(tx).template
        signed = await tx.runtime.files.read(sheet.sha256)
        return Response(
            await asyncio.to_thread(void_copy, signed, template), media_type=PDF, headers=headers
        )
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
                        timestamped=signature.timestamped,
                    )
                    for signature in signatures
                ],
            )
            for sheet, state, signatures in await queries.sheets_of(tx, request_id)
        ]
    )


@router.get("/verifications/{code}")
async def verify_sheet(
    code: str,
    tx: Tx,
    response: Response,
    material: Annotated[str | None, Query(pattern="^[0-9a-f]{32,64}$")] = None,
) -> VerificationView:
    """For anyone who holds the paper: does such a sheet exist, and does it count?

    `material`: how a file's SHA-256 begins, as a print copy's QR code says it; whether that file
    was approved with this sheet is told to whoever knows its digest already.
    """
    found = await queries.sheet_by_code(tx, asked_code(code))
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    if found is None:
        raise UnknownCode
    sheet, state, signatures, void = found
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
        void_since=void.voided_at.astimezone(zone).date() if void else None,
        material=None if material is None else was_approved(sheet, material, state),
    )


def _disposition(sheet: Sheet, *, inline: bool, void: bool) -> str:
    kind = "inline" if inline else "attachment"
    state = "（已作废）" if void else ""
    name = f"用印审批表_{sheet.tracking_number}_第{sheet.revision}次提交{state}.pdf"
    plain = f"{sheet.tracking_number}-{sheet.revision}.pdf"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
