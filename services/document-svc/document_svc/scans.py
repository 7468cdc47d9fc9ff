"""Photos and scans of what was sealed: taken in like any stranger's file, kept by their digest."""

from dataclasses import asdict
from uuid import UUID

from sqlalchemy import func, select

from document_svc import counter
from document_svc.counter_errors import TooManyScans
from document_svc.ledger_models import LedgerEntry, Scan
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.inspection.reception import Received
from shared.readers import require_reader
from shared.transaction import Transaction

SCANS_LIMIT = 100  # of one request


async def require_room(tx: Transaction, request_id: UUID, *, by: User) -> None:
    """Raises: NotFound, NotSealKeeper, TooManyScans."""
    await counter.require_keeper(tx, request_id, by)
    mine = select(func.count()).select_from(Scan).where(Scan.request_id == request_id)
    if (await tx.session.scalar(mine) or 0) >= SCANS_LIMIT:
        raise TooManyScans(limit=SCANS_LIMIT)


async def keep(tx: Transaction, request_id: UUID, *, by: User, received: Received) -> Scan:
    await require_room(tx, request_id, by=by)
    scan = Scan(
        id=new_id(),
        request_id=request_id,
        **asdict(received),
        by_id=by.id,
        uploaded_at=tx.now,
    )
    tx.session.add(scan)
    return scan


async def scan_of(tx: Transaction, request_id: UUID, scan_id: UUID, *, for_: User) -> Scan:
    """For readers once an entry names it; before, for who uploaded it. Raises: NotFound."""
    await require_reader(tx, request_id, for_)
    scan = await tx.session.get(Scan, scan_id)
    if scan is None or scan.request_id != request_id:
        raise NotFound
    if scan.by_id != for_.id and not await _is_named(tx, scan):
        raise NotFound
    return scan


async def _is_named(tx: Transaction, scan: Scan) -> bool:
    rows = select(LedgerEntry.scans).where(LedgerEntry.request_id == scan.request_id)
    named = {found["id"] for scans in await tx.session.scalars(rows) for found in scans}
    return str(scan.id) in named
