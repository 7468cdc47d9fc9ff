"""打印件: the files that were approved, each page with a strip that ties it to them.

PDFs and pictures are printed as they are, Word and Excel as the pages that they were converted to
(`converting.py`); the digest on a strip is always that of the file that was approved. The files
come from strangers, so the inspecting child puts the pages together; the strips are ours. That is
done outside any transaction, for it takes its time.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from document_svc import converting, counter, queries
from document_svc.characters import printable
from document_svc.converting import Printable, Printing
from document_svc.counter_errors import NothingToPrint, PrintCopyNotReady
from document_svc.domain import SheetState
from document_svc.errors import NotApproved
from document_svc.models import Sheet
from document_svc.seal_room import SealRoom
from document_svc.sheet import qr_svg, verification_url
from document_svc.typesetting import STANDARD
from shared.contracts.request import RequestSubmitted, SealUseForm, StoredFile
from shared.identity import User
from shared.inspection.faults import Refused
from shared.inspection.file_types import extension
from shared.organisation import Organisation
from shared.readers import require_reader
from shared.service import Runtime
from shared.transaction import Transaction

PDF = "application/pdf"
DIGEST_IN_QR = 32  # hexadecimal digits, 128 bits: fewer dots, which a telephone reads better
READY_SECONDS = 5  # about how long a conversion takes
_PROGRAMS = {"doc": "Word", "docx": "Word", "xls": "Excel", "xlsx": "Excel"}


@dataclass(frozen=True)
class Part:
    """One file that was approved. `material`: what the form calls it."""

    file: StoredFile
    material: str
    printed: Printable


@dataclass(frozen=True)
class ToPrint:
    sheet: Sheet
    submitted_at: datetime
    parts: list[Part]


async def to_print(runtime: Runtime, request_id: UUID, *, by: User) -> ToPrint:
    """What there is to print, as far as it is converted; what is not yet, is asked for.

    Raises: NotFound, NotApproved.
    """
    room: SealRoom = runtime.own
    converts = await room.conversions.available()
    async with runtime.transaction() as tx:
        return await _to_print(tx, request_id, by, converts=converts)


async def print_copy(
    runtime: Runtime, request_id: UUID, *, by: User, file_id: UUID | None
) -> tuple[str, bytes]:
    """编号, and one PDF of all approved files that can be printed, or of the one asked for.

    Raises: NotFound, NotApproved, PrintCopyNotReady, NothingToPrint, FileMissing.
    """
    found = await to_print(runtime, request_id, by=by)
    asked = [part for part in found.parts if file_id in (None, part.file.id)]
    if any(part.printed.state is Printing.CONVERTING for part in asked):
        raise PrintCopyNotReady(retry_after_seconds=READY_SECONDS)
    chosen = [part for part in asked if part.printed.state is Printing.READY]
    if not chosen:
        raise NothingToPrint
    strips = await asyncio.to_thread(
        STANDARD.typeset,
        "strips.typ",
        made_at=found.submitted_at,
        strips=printable(strip_data(found.sheet, chosen, runtime.organisation), STANDARD),
    )
    return found.sheet.number or "", await _put_together(runtime, chosen, strips)


async def _to_print(tx: Transaction, request_id: UUID, by: User, *, converts: bool) -> ToPrint:
    await require_reader(tx, request_id, by)
    sheet = await tx.session.scalar(queries.newest_sheet(request_id))
    if sheet is None or sheet.number is None or await queries.void_of(tx, sheet) is not None:
        raise NotApproved
    submission = await counter.submission_of(tx, sheet)
    parts = [
        Part(file, name, await converting.printable(tx, file, converts=converts))
        for file, name in _files(SealUseForm.model_validate(submission.form))
    ]
    return ToPrint(sheet, submission.submitted_at, parts)


def was_approved(sheet: Sheet, digest: str, state: SheetState) -> bool:
    """Whether a print copy under this sheet can have pages of a file whose SHA-256 begins so."""
    if sheet.number is None or state is not SheetState.CURRENT:
        return False
    form = RequestSubmitted.model_validate(sheet.submission).form
    return any(file.sha256.startswith(digest) for file, _ in _files(form))


def _files(form: SealUseForm) -> list[tuple[StoredFile, str]]:
    """Each with what the form calls it."""
    named = [(file, row.name) for row in form.materials for file in row.files]
    return named + [(file, "横向合同附件") for file in form.contract_files]


def strip_data(sheet: Sheet, parts: Sequence[Part], organisation: Organisation) -> dict[str, Any]:
    """What `sheets/strips.typ` reads. The QR code leads to the public check, and names the digest
    behind `#`: the page there asks whether such a file was approved (`was_approved`). `program`:
    what a converted page was written with."""
    url = verification_url(organisation, sheet.verification_code)
    return {
        "title": f"{sheet.number} 用印材料打印件",
        "organisation": organisation.name,
        "number": sheet.number,
        "revision": sheet.revision,
        "strips": [
            {
                "name": part.material,
                "page": page,
                "pages": part.printed.pages,
                "program": _program(part),
                "sha256": part.file.sha256,
                "qr": qr,
            }
            for part in parts
            for qr in (qr_svg(f"{url}#{part.file.sha256[:DIGEST_IN_QR]}"),)
            for page in range(1, part.printed.pages + 1)
        ],
    }


def _program(part: Part) -> str:
    return _PROGRAMS[extension(part.file.name)] if part.printed.converted else ""


async def _put_together(runtime: Runtime, parts: Sequence[Part], strips: bytes) -> bytes:
    room: SealRoom = runtime.own
    with tempfile.TemporaryDirectory(prefix="print-") as name:
        folder = Path(name)
        sources = [folder / f"{number}.{_kind(part)}" for number, part in enumerate(parts)]
        for source, part in zip(sources, parts, strict=True):
            await runtime.files.fetch(part.printed.sha256, source)
        (folder / "strips.pdf").write_bytes(strips)
        out = folder / "copy.pdf"
        try:
            await room.inspectors.print_copy(sources, folder / "strips.pdf", out)
        except Refused as refused:
            raise NothingToPrint from refused
        return out.read_bytes()


def _kind(part: Part) -> str:
    return "pdf" if part.printed.converted else extension(part.file.name)
