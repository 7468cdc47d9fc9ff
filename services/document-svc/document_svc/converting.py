"""Word and Excel as pages that can be printed: asked for when first wanted, made once, kept.

Nobody waits for LibreOffice in a request: a job converts what was asked for, one file after another
and one replica at a time, so that however often and by however many a copy is asked for, a file is
converted once. What could not be converted is not tried again.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Row, bindparam, select, update

from document_svc.models import Conversion
from document_svc.seal_room import SealRoom
from shared.contracts.request import StoredFile
from shared.database import insert, table_of
from shared.files import FileMissing
from shared.inspection.conversion import ConvertedFile
from shared.inspection.file_types import INLINE_MEDIA_TYPES, OFFICE, extension
from shared.service import Job, Runtime
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)


class Printing(StrEnum):
    READY = "ready"
    CONVERTING = "converting"
    DOWNLOAD_ONLY = "download_only"


@dataclass(frozen=True)
class Printable:
    """What is printed of a file: `sha256`, a PDF or picture of `pages` in the store, when READY."""

    state: Printing
    sha256: str = ""
    pages: int = 0
    converted: bool = False


_conversion = table_of(Conversion)
_ASK = insert(Conversion).on_conflict_do_nothing()
_WANTED = (
    select(_conversion.c.source_sha256, _conversion.c.extension)
    .where(_conversion.c.tried_at.is_(None))
    .order_by(_conversion.c.asked_at, _conversion.c.source_sha256)
)
_TRIED = update(_conversion).where(
    _conversion.c.source_sha256 == bindparam("source"), _conversion.c.tried_at.is_(None)
)


async def printable(tx: Transaction, file: StoredFile, *, converts: bool) -> Printable:
    """Asks for a conversion that nobody has asked for yet. `converts`: there is a converter."""
    if file.media_type in INLINE_MEDIA_TYPES:
        return Printable(Printing.READY, file.sha256, file.pages or 1)  # a picture is one page
    kind = extension(file.name)
    if kind not in OFFICE:
        return Printable(Printing.DOWNLOAD_ONLY)
    known = await tx.session.get(Conversion, file.sha256)
    if known is not None and known.made_sha256 is not None:
        return Printable(Printing.READY, known.made_sha256, known.pages or 1, converted=True)
    if not converts or (known is not None and known.tried_at is not None):
        return Printable(Printing.DOWNLOAD_ONLY)
    if known is None:
        asked = {"source_sha256": file.sha256, "extension": kind, "asked_at": tx.now}
        await tx.session.execute(_ASK, asked)
    tx.wake(CONVERTING.name)
    return Printable(Printing.CONVERTING)


async def convert(runtime: Runtime) -> None:
    """Everything that was asked for, the longest waiting first; also what is asked meanwhile."""
    room: SealRoom = runtime.own
    if not await room.conversions.available():
        return
    missing: set[str] = set()
    while True:
        async with runtime.transaction() as tx:
            rows = (await tx.session.execute(_WANTED)).all()
        wanted = next((row for row in rows if row.source_sha256 not in missing), None)
        if wanted is None:
            return
        if not await _converted(runtime, room, wanted):
            missing.add(wanted.source_sha256)


async def _converted(runtime: Runtime, room: SealRoom, wanted: Row[str, str]) -> bool:
    """Outside any transaction. False: the file cannot be read now, and waits."""
    try:
        made = await room.conversions.to_pdf(wanted.source_sha256, wanted.extension)
    except FileMissing:
        log.warning("cannot_convert_missing_file", sha256=wanted.source_sha256)
        return False
    if made is None:
        log.warning("not_converted", sha256=wanted.source_sha256)
    async with runtime.transaction() as tx:
        await _keep(tx, wanted.source_sha256, made)
    return True


async def _keep(tx: Transaction, source: str, made: ConvertedFile | None) -> None:
    values = {
        "tried_at": tx.now,
        "made_sha256": made.sha256 if made else None,
        "pages": made.pages if made else None,
    }
    await tx.session.execute(_TRIED, {"source": source, **values})


# Woken by whoever asks; by itself it finds what was asked of another replica that has ended since.
CONVERTING = Job("convert_for_print", convert, every_seconds=15, alone=True)
