"""现场用印: 督查室 finds what was approved, and registers what is pressed and handed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from document_svc import counter_rules as rules
from document_svc import ledger, queries
from document_svc.counter_errors import KeyUsedForAnother, SealingClosed, UnknownScan
from document_svc.counter_rules import EntryKind, Line
from document_svc.errors import NotApproved, NotSealKeeper
from document_svc.ledger import NewEntry
from document_svc.ledger_models import LedgerEntry, Scan, Submission
from document_svc.models import Sheet
from shared.contracts.document import SealedItem, SealUse, SealUseRecorded
from shared.contracts.people import Person, Post
from shared.contracts.request import RequestSubmitted, SealUseForm
from shared.identity import User
from shared.posts import holds
from shared.readers import require_reader
from shared.transaction import Transaction

SEAL_KEEPERS = frozenset({Post.SEAL_KEEPER})


@dataclass(frozen=True)
class Registration:
    """What a keeper says of one visit. `closing` None: it is the last when all has been used.

    `pressed_by` empty: the keeper who registers.
    """

    lines: Sequence[Line]
    handler_present: bool
    came_instead: str = ""
    pressed_by: str = ""
    reason: str = ""
    closing: bool | None = None
    scans: Sequence[UUID] = ()


async def keep_submission(tx: Transaction, event: RequestSubmitted) -> None:
    tx.session.add(
        Submission(
            request_id=event.request_id,
            revision=event.revision,
            tracking_number=event.tracking_number,
            matter=event.matter,
            title=event.title,
            initiator_id=event.initiator.id,
            initiator_name=event.initiator.name,
            form=event.form.model_dump(mode="json"),
            submitted_at=event.submitted_at,
        )
    )


async def require_keeper(tx: Transaction, request_id: UUID, user: User) -> None:
    """Raises: NotFound for who may not even read the request; NotSealKeeper."""
    await require_reader(tx, request_id, user)
    if not await holds(tx, user.id, SEAL_KEEPERS):
        raise NotSealKeeper


async def register(
    tx: Transaction, request_id: UUID, said: Registration, *, by: User, key: str | None
) -> LedgerEntry:
    """One visit's seals and certificates. The same key again: the same entry.

    Together with what other visits and counters registered it is never more than was approved:
    the sheet stays locked from the count to the commit.
    Raises: NotFound, NotSealKeeper, NotApproved, SealingClosed, KeyUsedForAnother, UnknownScan,
    and what `counter_rules` refuses.
    """
    await require_keeper(tx, request_id, by)
    sheet = await _approved_sheet(tx, request_id)
    if key is not None and (known := await _entry_of_key(tx, request_id, by, key)):
        return known
    if await is_closed(tx, sheet):
        raise SealingClosed
    submission = await submission_of(tx, sheet)
    form = SealUseForm.model_validate(submission.form)
    lines = rules.known_lines(form, said.lines)
    rules.who_came(
        handler_present=said.handler_present, came_instead=said.came_instead, reason=said.reason
    )
    used = await ledger.used_of(tx, request_id, sheet.revision)
    closing = rules.closes(approved_of(sheet), used, lines, asked=said.closing, reason=said.reason)
    new = NewEntry(
        kind=EntryKind.USE,
        number=sheet.number or "",
        by=Person(id=by.id, name=by.name),
        lines=rules.marked(sheet.number or "", lines, used),
        reason=said.reason,
        handler_present=said.handler_present,
        came_instead=said.came_instead,
        pressed_by=(said.pressed_by or by.name) if rules.presses(lines) else None,
        scans=await _scans(tx, request_id, said.scans),
        closing=closing,
        idempotency_key=key,
    )
    entry = await ledger.append(tx, submission, new)
    tx.publish(_recorded(entry))
    return entry


def approved_of(sheet: Sheet) -> dict[SealedItem, int]:
    return {SealedItem(item): int(count) for item, count in sheet.approved.items()}


async def is_closed(tx: Transaction, sheet: Sheet) -> bool:
    found = await tx.session.scalar(
        select(LedgerEntry.sequence).where(
            LedgerEntry.request_id == sheet.request_id,
            LedgerEntry.revision == sheet.revision,
            LedgerEntry.closing,
        )
    )
    return found is not None


async def submission_of(tx: Transaction, sheet: Sheet) -> Submission:
    """What the sheet was made from. It came with the same event."""
    return await tx.session.get_one(Submission, (sheet.request_id, sheet.revision))


def _recorded(entry: LedgerEntry) -> SealUseRecorded:
    counts: dict[SealedItem, int] = {}
    for line in ledger.lines_of(entry):
        counts[line.item] = counts.get(line.item, 0) + line.count
    return SealUseRecorded(
        request_id=entry.request_id,
        revision=entry.revision,
        entry_id=entry.id,
        uses=tuple(SealUse(item=item, count=count) for item, count in counts.items()),
        by=Person(id=entry.by_id, name=entry.by_name),
        handler_name=entry.handler_name,
        complete=entry.closing,
        recorded_at=entry.at,
    )


async def _approved_sheet(tx: Transaction, request_id: UUID) -> Sheet:
    """The newest sheet, locked, so that two registrations come one after the other."""
    sheet = await tx.session.scalar(queries.newest_sheet(request_id).with_for_update())
    if sheet is None or sheet.number is None:
        raise NotApproved
    if await queries.void_of(tx, sheet) is not None:
        raise NotApproved
    return sheet


async def _entry_of_key(
    tx: Transaction, request_id: UUID, by: User, key: str
) -> LedgerEntry | None:
    entry: LedgerEntry | None = await tx.session.scalar(
        select(LedgerEntry).where(LedgerEntry.by_id == by.id, LedgerEntry.idempotency_key == key)
    )
    if entry is not None and entry.request_id != request_id:
        raise KeyUsedForAnother
    return entry


async def _scans(tx: Transaction, request_id: UUID, ids: Sequence[UUID]) -> list[Scan]:
    found = []
    for scan_id in dict.fromkeys(ids):
        scan = await tx.session.get(Scan, scan_id)
        if scan is None or scan.request_id != request_id:
            raise UnknownScan
        found.append(scan)
    return found
