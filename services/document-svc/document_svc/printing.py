"""打印件: the PDFs and pictures that were approved, each page with a strip that ties it to them.

The files come from strangers, so the inspecting child puts the pages together; the strips are ours.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from document_svc import counter, queries
from document_svc.characters import printable
from document_svc.counter_errors import NothingToPrint
from document_svc.errors import NotApproved
from document_svc.models import Sheet
from document_svc.seal_room import seal_room
from document_svc.sheet import qr_svg, verification_url
from document_svc.typesetting import STANDARD
from shared.contracts.request import SealUseForm, StoredFile
from shared.identity import User
from shared.inspection.faults import Refused
from shared.inspection.file_types import INLINE_MEDIA_TYPES, extension
from shared.organisation import Organisation
from shared.readers import require_reader
from shared.transaction import Transaction

PDF = "application/pdf"
DIGEST_IN_QR = 32  # hexadecimal digits, 128 bits: fewer dots, which a telephone reads better


async def print_copy(
    tx: Transaction, request_id: UUID, *, by: User, file_id: UUID | None
) -> tuple[str, bytes]:
    """编号, and one PDF of all approved PDFs and pictures, or of the one that is asked for.

    Raises: NotFound, NotApproved, NothingToPrint, FileMissing.
    """
    await require_reader(tx, request_id, by)
    sheet = await tx.session.scalar(queries.newest_sheet(request_id))
    if sheet is None or sheet.number is None or await queries.void_of(tx, sheet) is not None:
        raise NotApproved
    submission = await counter.submission_of(tx, sheet)
    form = SealUseForm.model_validate(submission.form)
    named = [(file, row.name) for row in form.materials for file in row.files]
    named += [(file, "横向合同附件") for file in form.contract_files]
    chosen = [
        (file, name)
        for file, name in named
        if file.media_type in INLINE_MEDIA_TYPES and file_id in (None, file.id)
    ]
    if not chosen:
        raise NothingToPrint
    data = strip_data(sheet, chosen, tx.runtime.organisation)
    strips = await asyncio.to_thread(
        STANDARD.typeset,
        "strips.typ",
        made_at=submission.submitted_at,
        strips=printable(data, STANDARD),
    )
    return sheet.number, await _put_together(tx, [file for file, _ in chosen], strips)


def strip_data(
    sheet: Sheet, chosen: list[tuple[StoredFile, str]], organisation: Organisation
) -> dict[str, Any]:
    """What `sheets/strips.typ` reads. The QR code leads to the public check, and names the digest
    behind `#`, which no browser sends."""
    url = verification_url(organisation, sheet.verification_code)
    return {
        "title": f"{sheet.number} 用印材料打印件",
        "organisation": organisation.name,
        "number": sheet.number,
        "revision": sheet.revision,
        "strips": [
            {
                "name": name,
                "page": page,
                "pages": _pages(file),
                "sha256": file.sha256,
                "qr": qr,
            }
            for file, name in chosen
            for qr in (qr_svg(f"{url}#{file.sha256[:DIGEST_IN_QR]}"),)
            for page in range(1, _pages(file) + 1)
        ],
    }


def _pages(file: StoredFile) -> int:
    """A picture is one."""
    return file.pages or 1


async def _put_together(tx: Transaction, files: list[StoredFile], strips: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="print-") as name:
        folder = Path(name)
        sources = [folder / f"{number}.{extension(file.name)}" for number, file in enumerate(files)]
        for source, file in zip(sources, files, strict=True):
            source.write_bytes(await tx.runtime.files.read(file.sha256))
        (folder / "strips.pdf").write_bytes(strips)
        out = folder / "copy.pdf"
        try:
            await seal_room(tx).inspectors.print_copy(sources, folder / "strips.pdf", out)
        except Refused as refused:
            raise NothingToPrint from refused
        return out.read_bytes()
