"""The counter: finding what was approved, registering, scans, corrections, returned originals."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from document_svc import corrections, counter, found, returns, scans
from document_svc.counter import Registration
from document_svc.counter_errors import NoCopies
from document_svc.labels import labels
from document_svc.ledger_queries import entries_of
from document_svc.ledger_views import (
    CorrectionBody,
    CorrectionList,
    CorrectionView,
    CounterView,
    ReturnBody,
    ScanView,
    SealUseBody,
    SealUseList,
    SealUseView,
    correction_view,
    counter_view,
    entry_view,
    lines,
)
from document_svc.seal_room import reception_of
from shared.downloads import disposition, download
from shared.readers import require_reader
from shared.web import RAW_BODY, CurrentRuntime, CurrentUser, IdempotencyKey, Tx

router = APIRouter()


@router.get("/counter")
async def find_at_counter(
    q: Annotated[str, Query(min_length=4, max_length=500)], who: CurrentUser, tx: Tx
) -> CounterView:
    """By what the sheet's QR code says, by 编号 or 受理号."""
    return counter_view(await found.by_what_was_scanned(tx, q, by=who))


@router.get("/requests/{request_id}/counter")
async def show_at_counter(request_id: UUID, who: CurrentUser, tx: Tx) -> CounterView:
    """What was approved, what of it has been used, and what is left."""
    return counter_view(await found.by_request(tx, request_id, by=who))


@router.post("/requests/{request_id}/seal-uses", status_code=201)
async def record_seal_use(
    request_id: UUID,
    body: SealUseBody,
    who: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> SealUseView:
    """现场用印: what 督查室 pressed and handed out at one visit; the last one ends the request."""
    said = Registration(
        lines=lines(body.uses),
        handler_present=body.handler_present,
        came_instead=(body.came_instead or "").strip(),
        pressed_by=(body.pressed_by or "").strip(),
        reason=(body.reason or "").strip(),
        closing=body.closing,
        scans=body.scans or (),
    )
    return entry_view(await counter.register(tx, request_id, said, by=who, key=idempotency_key))


@router.get("/requests/{request_id}/seal-uses")
async def list_seal_uses(request_id: UUID, who: CurrentUser, tx: Tx) -> SealUseList:
    """Every entry of the ledger about the request, the first one first."""
    await require_reader(tx, request_id, who)
    entries = await entries_of(tx, request_id)
    return SealUseList(items=[entry_view(entry) for entry in entries])


@router.get("/seal-uses/{entry_id}/labels", response_class=Response)
async def print_labels(entry_id: UUID, who: CurrentUser, tx: Tx) -> Response:
    """Labels for the copies of certificates that this entry handed out, as PDF."""
    entry, code = await found.entry_and_code(tx, entry_id, by=who)
    pdf = await asyncio.to_thread(labels, entry, tx.runtime.organisation, code)
    if pdf is None:
        raise NoCopies
    headers = {
        "Content-Disposition": disposition(f"证件标签_{entry.number}.pdf", inline=True),
        "Cache-Control": "private, no-cache",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/requests/{request_id}/scans", status_code=201, openapi_extra=RAW_BODY)
async def upload_scan(
    request_id: UUID,
    name: Annotated[str, Query(min_length=1, max_length=500)],
    request: Request,
    who: CurrentUser,
    runtime: CurrentRuntime,
) -> ScanView:
    """A photo or scan of a sealed copy, to be named by a registration."""
    async with runtime.transaction() as tx:
        await scans.require_room(tx, request_id, by=who)
    received = await reception_of(runtime).receive_body(request, name=name)
    async with runtime.transaction() as tx:
        scan = await scans.keep(tx, request_id, by=who, received=received)
    return ScanView.model_validate(scan, from_attributes=True)


@router.get("/requests/{request_id}/scans/{scan_id}", response_class=StreamingResponse)
async def download_scan(
    request_id: UUID, scan_id: UUID, who: CurrentUser, tx: Tx, inline: bool = False
) -> StreamingResponse:
    scan = await scans.scan_of(tx, request_id, scan_id, for_=who)
    return await download(tx.runtime.files, scan, inline=inline)


@router.post("/requests/{request_id}/returns", status_code=201)
async def record_return(
    request_id: UUID, body: ReturnBody, who: CurrentUser, tx: Tx
) -> SealUseView:
    """原件收回: what came back of a request that is void."""
    entry = await returns.take_back(
        tx, request_id, by=who, lines=lines(body.uses), reason=(body.reason or "").strip()
    )
    return entry_view(entry)


@router.post("/seal-uses/{entry_id}/corrections", status_code=201)
async def propose_correction(
    entry_id: UUID, body: CorrectionBody, who: CurrentUser, tx: Tx
) -> CorrectionView:
    """更正, the first step: what the entry should have been, and why."""
    correction = await corrections.propose(
        tx, entry_id, by=who, right=lines(body.uses), reason=body.reason.strip()
    )
    return correction_view(
        correction, await corrections.corrected_entry(tx, correction), for_=who.id
    )


@router.get("/corrections")
async def list_corrections(who: CurrentUser, tx: Tx) -> CorrectionList:
    """Those that wait for a second person."""
    rows = await corrections.proposed(tx, for_=who)
    return CorrectionList(items=[correction_view(*row, for_=who.id) for row in rows])


@router.post("/corrections/{correction_id}/confirmation", status_code=201)
async def confirm_correction(correction_id: UUID, who: CurrentUser, tx: Tx) -> SealUseView:
    """更正, the second step, by another keeper: it enters the ledger."""
    return entry_view(await corrections.confirm(tx, correction_id, by=who))


@router.delete("/corrections/{correction_id}", status_code=204)
async def drop_correction(correction_id: UUID, who: CurrentUser, tx: Tx) -> None:
    await corrections.drop(tx, correction_id, by=who)
