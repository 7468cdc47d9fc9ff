"""现场用印: what was pressed and handed out at the counter, written down once."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from document_svc import queries
from document_svc.domain import checked_uses
from document_svc.errors import AlreadyRecorded, NotApproved, NotSealKeeper
from document_svc.models import SealUseEntry, Sheet
from shared.contracts.document import SealedItem, SealUse, SealUseRecorded
from shared.contracts.people import Person, Post
from shared.database import new_id
from shared.identity import User
from shared.posts import holds
from shared.readers import require_reader
from shared.transaction import Transaction

SEAL_KEEPERS = frozenset({Post.SEAL_KEEPER})


async def record_use(
    tx: Transaction,
    request_id: UUID,
    *,
    by: User,
    uses: Sequence[SealUse],
    handler_present: bool,
    reason: str,
    idempotency_key: str | None,
) -> SealUseEntry:
    """Registers what was used of an approved request. The same key again: the same entry.

    Raises: NotFound, NotSealKeeper, NotApproved, AlreadyRecorded, and what `checked_uses` does.
    """
    await require_reader(tx, request_id, by)
    if not await holds(tx, by.id, SEAL_KEEPERS):
        raise NotSealKeeper
    sheet = await _approved_sheet(tx, request_id)
    entry = await _entry(tx, sheet)
    if entry is not None:
        if idempotency_key is None or entry.idempotency_key != idempotency_key:
            raise AlreadyRecorded
        return entry
    used = checked_uses(_approved(sheet), uses, handler_present=handler_present, reason=reason)
    entry = SealUseEntry(
        id=new_id(),
        request_id=request_id,
        revision=sheet.revision,
        uses=[use.model_dump(mode="json") for use in used],
        handler_name=sheet.handler_name,
        handler_present=handler_present,
        reason=reason,
        recorded_by=by.id,
        recorder_name=by.name,
        recorded_at=tx.now,
        idempotency_key=idempotency_key,
    )
    tx.session.add(entry)
    tx.publish(_recorded(entry, used))
    return entry


def _recorded(entry: SealUseEntry, uses: tuple[SealUse, ...]) -> SealUseRecorded:
    return SealUseRecorded(
        request_id=entry.request_id,
        revision=entry.revision,
        entry_id=entry.id,
        uses=uses,
        by=Person(id=entry.recorded_by, name=entry.recorder_name),
        handler_name=entry.handler_name,
        recorded_at=entry.recorded_at,
    )


def _approved(sheet: Sheet) -> dict[SealedItem, int]:
    return {SealedItem(item): int(count) for item, count in sheet.approved.items()}


async def _approved_sheet(tx: Transaction, request_id: UUID) -> Sheet:
    """The newest sheet, locked, so that two registrations come one after the other."""
    sheet = await tx.session.scalar(queries.newest_sheet(request_id).with_for_update())
    if sheet is None or sheet.number is None:
        raise NotApproved
    if await queries.void_of(tx, sheet) is not None:
        raise NotApproved
    return sheet


async def _entry(tx: Transaction, sheet: Sheet) -> SealUseEntry | None:
    entry: SealUseEntry | None = await tx.session.scalar(
        select(SealUseEntry).where(
            SealUseEntry.request_id == sheet.request_id, SealUseEntry.revision == sheet.revision
        )
    )
    return entry
