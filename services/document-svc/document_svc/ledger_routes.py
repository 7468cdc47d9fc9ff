"""用印登记簿: searched, exported, summed up, proved."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from document_svc import ledger_queries
from document_svc.counter_rules import KIND_NAMES, EntryKind
from document_svc.domain import ITEMS
from document_svc.ledger import lines_of
from document_svc.ledger_models import LedgerEntry
from document_svc.ledger_queries import By, Filters
from document_svc.ledger_views import (
    CountView,
    LedgerPage,
    ProofView,
    SumList,
    SumView,
    entry_view,
)
from shared.contracts.document import SealedItem
from shared.export import Format, Row, table
from shared.paging import Limit
from shared.readers import require_overseer
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/ledger")

TITLES = (
    *("序号", "登记时间", "类别", "编号", "受理号", "用印单位", "事项", "印章或证件", "数量"),
    *("用印材料", "用途", "证件编号", "经办人", "经办人到场", "代办人", "盖章人"),
    *("登记人", "确认人", "更正序号", "原因", "扫描件", "摘要值"),
)
_Words = Annotated[str | None, Query(max_length=100)]


def _filters(
    first_day: date | None = None,
    last_day: date | None = None,
    item: SealedItem | None = None,
    kind: EntryKind | None = None,
    unit_id: UUID | None = None,
    *,
    person: _Words = None,
    number: _Words = None,
    q: _Words = None,
) -> Filters:
    return Filters(
        first_day=first_day,
        last_day=last_day,
        item=item,
        kind=kind,
        unit_id=unit_id,
        person=(person or "").strip() or None,
        number=(number or "").strip() or None,
        text=q,
    )


Asked = Annotated[Filters, Depends(_filters)]


@router.get("")
async def list_ledger(
    asked: Asked,
    who: CurrentUser,
    tx: Tx,
    limit: Limit = 20,
    cursor: Annotated[int | None, Query(ge=1)] = None,
) -> LedgerPage:
    await require_overseer(tx, who)
    entries, after = await ledger_queries.page(tx, asked, limit=limit, before=cursor)
    return LedgerPage(items=[entry_view(entry) for entry in entries], next=after)


@router.get("/count")
async def count_ledger(asked: Asked, who: CurrentUser, tx: Tx) -> CountView:
    await require_overseer(tx, who)
    return CountView(count=await ledger_queries.count(tx, asked))


@router.get("/export", response_class=StreamingResponse)
async def export_ledger(
    asked: Asked,
    who: CurrentUser,
    tx: Tx,
    format: Format = Format.XLSX,  # noqa: A002
) -> StreamingResponse:
    """Every entry that the filters let through, a line for each seal or certificate."""
    await require_overseer(tx, who)
    return await table(
        format,
        name=f"用印登记簿_{tx.now.astimezone(tx.runtime.organisation.zone):%Y%m%d}",
        titles=TITLES,
        rows=_rows(ledger_queries.all_in_order(tx, asked)),
        zone=tx.runtime.organisation.zone,
    )


@router.get("/statistics")
async def ledger_statistics(asked: Asked, by: By, who: CurrentUser, tx: Tx) -> SumList:
    """What was used, by seal, unit or month; corrections are counted in."""
    await require_overseer(tx, who)
    sums = await ledger_queries.sums(tx, asked, by)
    return SumList(
        items=[SumView(key=s.key, name=s.name, count=s.count, entries=s.entries) for s in sums]
    )


@router.get("/proof")
async def prove_ledger(who: CurrentUser, tx: Tx) -> ProofView:
    """Goes over every entry and its hash."""
    await require_overseer(tx, who)
    proof = await ledger_queries.verified(tx)
    return ProofView(entries=proof.entries, head=proof.head, broken_at=proof.broken_at)


async def _rows(entries: AsyncIterator[LedgerEntry]) -> AsyncIterator[Row]:
    async for entry in entries:
        for row in _lines(entry):
            yield row


def _lines(entry: LedgerEntry) -> list[Row]:
    first = (
        *(entry.sequence, entry.at, KIND_NAMES[EntryKind(entry.kind)], entry.number),
        *(entry.tracking_number, entry.unit_name, entry.title),
    )
    last = (
        *(entry.handler_name, "是" if entry.handler_present else "否", entry.came_instead),
        *(entry.pressed_by, entry.by_name, entry.second_name, entry.corrects, entry.reason),
        *("、".join(scan["name"] for scan in entry.scans), entry.hash),
    )
    shown: list[Row] = [
        (ITEMS[line.item], line.count, line.material, line.purpose, "、".join(line.copies))
        for line in lines_of(entry)
    ]
    return [(*first, *middle, *last) for middle in shown or [("", None, "", "", "")]]
