"""用印登记簿: entries are added and never changed, each bound to the one before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from document_svc.chain import digest
from document_svc.counter_rules import COUNTED, EntryKind, Line
from document_svc.ledger_models import LedgerEntry, LedgerHead, LedgerLine, Scan, Submission
from shared.contracts.document import SealedItem
from shared.contracts.people import Person
from shared.contracts.request import SealUseForm
from shared.database import new_id
from shared.transaction import Transaction

_ONLY = 1
# What repeats or finds what is bound, and so is not bound itself.
_NOT_BOUND = frozenset({"month", "words", "idempotency_key"})
# Columns that came later: where they say nothing they are not bound, so that older hashes hold.
_BOUND_IF_SAID = frozenset({"pressed_by"})


@dataclass(frozen=True)
class NewEntry:
    """What is to be written down about a request that was approved as `number`."""

    kind: EntryKind
    number: str
    by: Person
    lines: Sequence[Line] = ()
    reason: str = ""
    handler_present: bool = True
    came_instead: str = ""
    pressed_by: str | None = None
    scans: Sequence[Scan] = ()
    closing: bool = False
    corrects: int | None = None
    second: Person | None = None
    idempotency_key: str | None = None
    id: UUID = field(default_factory=new_id)


async def append(tx: Transaction, submission: Submission, new: NewEntry) -> LedgerEntry:
    """Adds the next entry. Whoever comes next waits until this transaction is decided."""
    head = await tx.session.get_one(LedgerHead, _ONLY, with_for_update=True)
    entry = _entry(tx, submission, new)
    entry.sequence, entry.previous_hash = head.sequence + 1, head.hash
    entry.hash = digest(content_of(entry))
    head.sequence, head.hash = entry.sequence, entry.hash
    tx.session.add(entry)
    await tx.session.flush()
    tx.session.add_all(
        LedgerLine(
            sequence=entry.sequence, position=position, item=line["item"], count=line["count"]
        )
        for position, line in enumerate(entry.lines)
    )
    await tx.session.flush()
    return entry


def content_of(entry: LedgerEntry) -> dict[str, Any]:
    """What the entry's hash is the digest of, and the hash itself."""
    names = (column.name for column in LedgerEntry.__table__.columns)
    content = {name: getattr(entry, name) for name in names if name not in _NOT_BOUND}
    unsaid = {name for name in _BOUND_IF_SAID if content[name] is None}
    return {name: value for name, value in content.items() if name not in unsaid}


def lines_of(entry: LedgerEntry) -> tuple[Line, ...]:
    return tuple(Line.model_validate(line) for line in entry.lines)


async def used_of(
    tx: Transaction, request_id: UUID, revision: int, kinds: Sequence[EntryKind] = COUNTED
) -> dict[SealedItem, int]:
    """How much of each item the ledger tells for a revision."""
    rows = await tx.session.execute(
        select(LedgerLine.item, func.sum(LedgerLine.count))
        .join(LedgerEntry, LedgerEntry.sequence == LedgerLine.sequence)
        .where(
            LedgerEntry.request_id == request_id,
            LedgerEntry.revision == revision,
            LedgerEntry.kind.in_(kinds),
        )
        .group_by(LedgerLine.item)
    )
    return {SealedItem(item): int(count) for item, count in rows}


def _entry(tx: Transaction, submission: Submission, new: NewEntry) -> LedgerEntry:
    form = SealUseForm.model_validate(submission.form)
    entry = LedgerEntry(
        id=new.id,
        kind=new.kind,
        request_id=submission.request_id,
        revision=submission.revision,
        tracking_number=submission.tracking_number,
        number=new.number,
        title=submission.title,
        unit_id=form.unit.id,
        unit_name=form.unit.name,
        handler_name=form.handler_name,
        handler_present=new.handler_present,
        came_instead=new.came_instead,
        pressed_by=new.pressed_by,
        lines=[line.model_dump(mode="json") for line in new.lines],
        scans=[_scan(scan) for scan in new.scans],
        closing=new.closing,
        corrects=new.corrects,
        reason=new.reason,
        by_id=new.by.id,
        by_name=new.by.name,
        second_id=new.second.id if new.second else None,
        second_name=new.second.name if new.second else None,
        at=tx.now,
        month=tx.now.astimezone(tx.runtime.organisation.zone).strftime("%Y-%m"),
        idempotency_key=new.idempotency_key,
    )
    entry.words = _words(entry, form)
    return entry


def _scan(scan: Scan) -> dict[str, Any]:
    names = ("name", "sha256", "bytes", "media_type", "pages")
    return {"id": str(scan.id), **{name: getattr(scan, name) for name in names}}


def _words(entry: LedgerEntry, form: SealUseForm) -> str:
    lines = [word for line in lines_of(entry) for word in (line.material, line.purpose)]
    copies = [copy for line in lines_of(entry) for copy in line.copies]
    people = [entry.handler_name, entry.came_instead, entry.by_name, entry.second_name or ""]
    people += [entry.pressed_by or "", form.applicant_name, form.commitment.by.name]
    found = [entry.number, entry.tracking_number, entry.title, entry.unit_name, entry.reason]
    return "\n".join(word for word in (*found, *people, *lines, *copies) if word).lower()
