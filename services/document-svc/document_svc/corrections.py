"""更正: a wrong entry stays; a new one sets it right, which one proposes and another confirms."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from document_svc import counter, ledger
from document_svc import counter_rules as rules
from document_svc.counter_errors import (
    AlreadyCorrecting,
    CorrectionDecided,
    NotCorrectable,
    SecondPersonRequired,
)
from document_svc.counter_rules import EntryKind, Line
from document_svc.errors import NotApproved
from document_svc.ledger import NewEntry
from document_svc.ledger_models import Correction, LedgerEntry
from document_svc.models import Sheet
from shared.contracts.people import Person
from shared.contracts.request import SealUseForm
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.readers import require_overseer
from shared.transaction import Transaction

PROPOSED, CONFIRMED, DROPPED = "proposed", "confirmed", "dropped"


async def propose(
    tx: Transaction, entry_id: UUID, *, by: User, right: Sequence[Line], reason: str
) -> Correction:
    """`right`: what should have been registered, whole. Nothing is corrected yet.

    Raises: NotFound, NotSealKeeper, NotCorrectable, AlreadyCorrecting, and what `_changes` does.
    """
    entry = await _entry(tx, entry_id)
    await counter.require_keeper(tx, entry.request_id, by)
    if entry.kind != EntryKind.USE:
        raise NotCorrectable
    sheet = await _locked_sheet(tx, entry)
    if await _open_correction(tx, entry):
        raise AlreadyCorrecting
    lines = await _known(tx, sheet, right)
    await _changes(tx, sheet, entry, lines)
    correction = Correction(
        id=new_id(),
        corrects=entry.sequence,
        request_id=entry.request_id,
        lines=[line.model_dump(mode="json") for line in lines],
        reason=reason,
        state=PROPOSED,
        proposed_by=by.id,
        proposer_name=by.name,
        proposed_at=tx.now,
        decided_by=None,
        decided_at=None,
    )
    tx.session.add(correction)
    return correction


async def confirm(tx: Transaction, correction_id: UUID, *, by: User) -> LedgerEntry:
    """Another keeper agrees: the correction enters the ledger.

    Raises: NotFound, NotSealKeeper, CorrectionDecided, SecondPersonRequired, and what `_changes`
    does: others may have registered more meanwhile.
    """
    correction = await _undecided(tx, correction_id, by)
    if correction.proposed_by == by.id:
        raise SecondPersonRequired
    entry = await _numbered(tx, correction.corrects)
    sheet = await _locked_sheet(tx, entry)
    right = [Line.model_validate(line) for line in correction.lines]
    changes = await _changes(tx, sheet, entry, right)
    used = await ledger.used_of(tx, sheet.request_id, sheet.revision)
    correction.state, correction.decided_by, correction.decided_at = CONFIRMED, by.id, tx.now
    new = NewEntry(
        kind=EntryKind.CORRECTION,
        number=entry.number,
        by=Person(id=correction.proposed_by, name=correction.proposer_name),
        second=Person(id=by.id, name=by.name),
        lines=rules.marked(entry.number, changes, used),
        reason=correction.reason,
        handler_present=entry.handler_present,
        came_instead=entry.came_instead,
        pressed_by=entry.pressed_by,
        corrects=entry.sequence,
    )
    return await ledger.append(tx, await counter.submission_of(tx, sheet), new)


async def drop(tx: Transaction, correction_id: UUID, *, by: User) -> Correction:
    """Not to be corrected after all. Raises: NotFound, NotSealKeeper, CorrectionDecided."""
    correction = await _undecided(tx, correction_id, by)
    correction.state, correction.decided_by, correction.decided_at = DROPPED, by.id, tx.now
    return correction


async def corrected_entry(tx: Transaction, correction: Correction) -> LedgerEntry:
    return await _numbered(tx, correction.corrects)


async def proposed(tx: Transaction, *, for_: User) -> list[tuple[Correction, LedgerEntry]]:
    """Those that wait for a second person, the oldest first, with the entries they correct.

    Raises: OverseersOnly.
    """
    await require_overseer(tx, for_)
    rows = await tx.session.execute(
        select(Correction, LedgerEntry)
        .join(LedgerEntry, LedgerEntry.sequence == Correction.corrects)
        .where(Correction.state == PROPOSED)
        .order_by(Correction.id)
        .limit(100)
    )
    return [(correction, entry) for correction, entry in rows]


async def _changes(
    tx: Transaction, sheet: Sheet, entry: LedgerEntry, right: Sequence[Line]
) -> tuple[Line, ...]:
    """Raises: NothingChanged, MoreThanApproved."""
    earlier = await tx.session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.corrects == entry.sequence)
        .order_by(LedgerEntry.sequence)
    )
    written = [line for each in (entry, *earlier) for line in ledger.lines_of(each)]
    changes = rules.corrected(rules.summed(written), right)
    used = await ledger.used_of(tx, sheet.request_id, sheet.revision)
    approved = counter.approved_of(sheet)
    rules.closes(approved, used, changes, asked=True, reason="更正")
    return changes


async def _known(tx: Transaction, sheet: Sheet, right: Sequence[Line]) -> tuple[Line, ...]:
    submission = await counter.submission_of(tx, sheet)
    return rules.known_lines(SealUseForm.model_validate(submission.form), right)


async def _entry(tx: Transaction, entry_id: UUID) -> LedgerEntry:
    found = await tx.session.scalar(select(LedgerEntry).where(LedgerEntry.id == entry_id))
    if found is None:
        raise NotFound
    return found


async def _numbered(tx: Transaction, sequence: int) -> LedgerEntry:
    return await tx.session.get_one(LedgerEntry, sequence)


async def _locked_sheet(tx: Transaction, entry: LedgerEntry) -> Sheet:
    key = (entry.request_id, entry.revision)
    sheet = await tx.session.get(Sheet, key, with_for_update=True)
    if sheet is None:
        raise NotApproved
    return sheet


async def _open_correction(tx: Transaction, entry: LedgerEntry) -> bool:
    found = await tx.session.scalar(
        select(Correction.id).where(
            Correction.corrects == entry.sequence, Correction.state == PROPOSED
        )
    )
    return found is not None


async def _undecided(tx: Transaction, correction_id: UUID, by: User) -> Correction:
    correction = await tx.session.get(Correction, correction_id, with_for_update=True)
    if correction is None:
        raise NotFound
    await counter.require_keeper(tx, correction.request_id, by)
    if correction.state != PROPOSED:
        raise CorrectionDecided
    return correction
