"""What is taken away: the print copy of what was approved, the archive of what is over."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from document_svc import archive, printing
from document_svc.converting import Printing
from document_svc.errors import NotApproved
from shared.downloads import disposition
from shared.web import CurrentRuntime, CurrentUser, Tx

router = APIRouter()
_CHUNK = 1 << 18


class PrintedFile(BaseModel):
    """`pages`: 0 while it is being converted, and for what can only be downloaded."""

    file_id: UUID
    name: str
    state: Printing
    pages: int


class PrintedFiles(BaseModel):
    items: list[PrintedFile]


@router.get("/requests/{request_id}/print-copy/files")
async def list_printed_files(
    request_id: UUID, who: CurrentUser, runtime: CurrentRuntime
) -> PrintedFiles:
    """What the print copy holds and what it does not; nothing before the approval and when void.

    Whoever asks has Word and Excel converted.
    """
    try:
        found = await printing.to_print(runtime, request_id, by=who)
    except NotApproved:
        return PrintedFiles(items=[])
    items = [
        PrintedFile(
            file_id=part.file.id,
            name=part.file.name,
            state=part.printed.state,
            pages=part.printed.pages,
        )
        for part in found.parts
    ]
    return PrintedFiles(items=items)


@router.get("/requests/{request_id}/print-copy", response_class=Response)
async def download_print_copy(
    request_id: UUID, who: CurrentUser, runtime: CurrentRuntime, file_id: UUID | None = None
) -> Response:
    """打印件: the approved files, each page with the number, its place and a QR code.

    Word and Excel are printed where they can be converted; 503 while that is being done.
    """
    number, pdf = await printing.print_copy(runtime, request_id, by=who, file_id=file_id)
    headers = {
        "Content-Disposition": disposition(f"打印件_{number}.pdf", inline=True),
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type=printing.PDF, headers=headers)


@router.get("/requests/{request_id}/archive", response_class=StreamingResponse)
async def download_archive(request_id: UUID, who: CurrentUser, tx: Tx) -> StreamingResponse:
    """Sheets, materials, record, ledger, signatures and a manifest, as a ZIP that proves itself."""
    made = await archive.package(tx, request_id, by=who)
    file = await archive.written(tx, made)
    headers = {
        "Content-Length": str(file.seek(0, 2)),
        "Content-Disposition": disposition(f"归档_{made.number}.zip", inline=False),
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(_read(file), media_type="application/zip", headers=headers)


async def _read(file: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        await asyncio.to_thread(file.seek, 0)
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
    finally:
        file.close()
