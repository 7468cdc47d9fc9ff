"""What is read of the ledger: a request's entries, all of it by filters, sums, its proof."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from document_svc.chain import BEFORE_THE_FIRST, digest
from document_svc.counter_rules import COUNTED, EntryKind
from document_svc.domain import ITEMS
from document_svc.ledger import content_of
from document_svc.ledger_models import LedgerEntry, LedgerHead, LedgerLine
from shared.contracts.document import SealedItem
from shared.transaction import Transaction

_AT_ONCE = 500  # rows read at a time when all are read


@dataclass(frozen=True)
class Filters:
    """Everything that is given must hold. Days are the organisation's, both included."""

    first_day: date | None = None
    last_day: date | None = None
    item: SealedItem | None = None
    kind: EntryKind | None = None
    unit_id: UUID | None = None
    person: str | None = None  # handler, who came instead, who pressed, registered, confirmed
    number: str | None = None  # 编号 or 受理号, or the end or beginning of one
    text: str | None = None


class By(StrEnum):
    SEAL = "seal"
    UNIT = "unit"
    MONTH = "month"


@dataclass(frozen=True)
class Sum:
    """How much was used under one heading, and in how many entries."""

    key: str
    name: str
    count: int
    entries: int


@dataclass(frozen=True)
class Proof:
    """What `verified` found. `broken_at`: the first entry that is not as it was written."""

    entries: int
    head: str
    broken_at: int | None


async def entries_of(tx: Transaction, request_id: UUID) -> list[LedgerEntry]:
    rows = await tx.session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.request_id == request_id)
        .order_by(LedgerEntry.sequence)
    )
    return list(rows)


async def page(
    tx: Transaction, filters: Filters, *, limit: int, before: int | None
) -> tuple[list[LedgerEntry], int | None]:
    """The newest entries, and where the next page begins, if there is one."""
    rows = _filtered(tx, filters).order_by(LedgerEntry.sequence.desc()).limit(limit + 1)
    if before is not None:
        rows = rows.where(LedgerEntry.sequence < before)
    found = list(await tx.session.scalars(rows))
    return found[:limit], (found[limit - 1].sequence if len(found) > limit else None)


async def count(tx: Transaction, filters: Filters) -> int:
    counted = select(func.count()).select_from(_filtered(tx, filters).subquery())
    return await tx.session.scalar(counted) or 0


async def all_in_order(tx: Transaction, filters: Filters) -> AsyncIterator[LedgerEntry]:
    """The oldest first, some at a time: however long the ledger, little of it is held at once."""
    after = 0
    while True:
        rows = _filtered(tx, filters).where(LedgerEntry.sequence > after)
        found = list(await tx.session.scalars(rows.order_by(LedgerEntry.sequence).limit(_AT_ONCE)))
        for entry in found:
            yield entry
        tx.session.expunge_all()
        if len(found) < _AT_ONCE:
            return
        after = found[-1].sequence


async def sums(tx: Transaction, filters: Filters, by: By) -> list[Sum]:
    """What was used, corrections counted in, by seal, unit or month."""
    key: Any
    match by:
        case By.SEAL:
            key, name = LedgerLine.item, func.max(LedgerLine.item)
        case By.UNIT:
            key, name = LedgerEntry.unit_id, func.max(LedgerEntry.unit_name)
        case By.MONTH:
            key, name = LedgerEntry.month, func.max(LedgerEntry.month)
    wanted = select(LedgerEntry.sequence).where(*_conditions(tx, filters))
    rows = select(
        key, name, func.sum(LedgerLine.count), func.count(LedgerEntry.sequence.distinct())
    ).join(LedgerEntry, LedgerEntry.sequence == LedgerLine.sequence)
    rows = rows.where(LedgerEntry.sequence.in_(wanted), LedgerEntry.kind.in_(COUNTED))
    if filters.item is not None:
        rows = rows.where(LedgerLine.item == filters.item)
    found = await tx.session.execute(rows.group_by(key))
    result = [
        Sum(str(k), ITEMS[SealedItem(k)] if by is By.SEAL else n, int(c), int(e))
        for k, n, c, e in found
    ]
    if by is By.MONTH:
        return sorted(result, key=lambda each: each.key)
    return sorted(result, key=lambda each: (-each.count, each.name))


async def verified(tx: Transaction, *, kept: dict[int, str] | None = None) -> Proof:
    """Goes over the whole ledger: each hash, each link, each line, the end, and `kept`.

    `kept`: hashes by sequence that somebody noted outside: what was cut off or wholly rewritten
    shows only against these.
    """
    head = await tx.session.get_one(LedgerHead, 1)
    lines = await _lines(tx)
    link, seen, kept = BEFORE_THE_FIRST, 0, kept or {}
    async for entry in all_in_order(tx, Filters()):
        seen += 1
        content = content_of(entry)
        sound = (
            (entry.sequence, entry.previous_hash) == (seen, link)
            and entry.hash == digest(content)
            and lines.get(seen, []) == [(line["item"], line["count"]) for line in entry.lines]
            and kept.get(seen, entry.hash) == entry.hash
        )
        if not sound:
            return Proof(seen - 1, link, seen)
        link = entry.hash
    missing = (head.sequence, head.hash) != (seen, link) or max(kept, default=0) > seen
    return Proof(seen, link, seen + 1 if missing else None)


async def _lines(tx: Transaction) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = {}
    rows = await tx.session.execute(
        select(LedgerLine.sequence, LedgerLine.item, LedgerLine.count).order_by(
            LedgerLine.sequence, LedgerLine.position
        )
    )
    for sequence, item, number in rows:
        found.setdefault(sequence, []).append((item, number))
    return found


def _filtered(tx: Transaction, filters: Filters) -> Select[LedgerEntry]:
    return select(LedgerEntry).where(*_conditions(tx, filters))


def _conditions(tx: Transaction, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.first_day is not None:
        found.append(LedgerEntry.at >= _midnight(tx, filters.first_day))
    if filters.last_day is not None:
        found.append(LedgerEntry.at < _midnight(tx, filters.last_day + timedelta(days=1)))
    if filters.item is not None:
        with_item = select(LedgerLine.sequence).where(LedgerLine.item == filters.item)
        found.append(LedgerEntry.sequence.in_(with_item))
    if filters.kind is not None:
        found.append(LedgerEntry.kind == filters.kind)
    if filters.unit_id is not None:
        found.append(LedgerEntry.unit_id == filters.unit_id)
    if filters.person:
        found.append(_any_has(filters.person, _people()))
    if filters.number:
        found.append(
            _any_has(filters.number.upper(), (LedgerEntry.number, LedgerEntry.tracking_number))
        )
    words = (filters.text or "").lower().split()
    return found + [LedgerEntry.words.contains(word, autoescape=True) for word in words]


def _people() -> tuple[Any, ...]:
    return (
        LedgerEntry.handler_name,
        LedgerEntry.came_instead,
        LedgerEntry.pressed_by,
        LedgerEntry.by_name,
        LedgerEntry.second_name,
    )


def _any_has(text: str, columns: tuple[Any, ...]) -> ColumnElement[bool]:
    return or_(*(column.contains(text, autoescape=True) for column in columns))


def _midnight(tx: Transaction, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=tx.runtime.organisation.zone)
