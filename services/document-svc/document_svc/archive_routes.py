"""What is taken away: the print copy of what was approved, the archive of what is over."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from document_svc import archive, printing
from shared.downloads import disposition
from shared.web import CurrentUser, Tx

router = APIRouter()
_CHUNK = 1 << 18


@router.get("/requests/{request_id}/print-copy", response_class=Response)
async def download_print_copy(
    request_id: UUID, who: CurrentUser, tx: Tx, file_id: UUID | None = None
) -> Response:
    """打印件: approved PDFs and pictures, each page with the number, its place and a QR code."""
    number, pdf = await printing.print_copy(tx, request_id, by=who, file_id=file_id)
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
