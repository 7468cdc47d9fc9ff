"""What the routes read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from request_svc.domain import (
    EDITABLE,
    WITHDRAWABLE,
    Status,
    elapsed_seconds,
)
from request_svc.errors import NotEditable
from request_svc.filters import Filters, conditions, marks_of
from request_svc.form import FormDraft
from request_svc.models import File, Request, Revision
from request_svc.offering import closed_notice
from request_svc.views import (
    DraftRow,
    DraftRows,
    DraftView,
    FileView,
    RequestCounts,
    RequestRow,
    RequestRows,
    RequestView,
    ReturnedView,
    RevisionView,
)
from shared.contracts.people import BusinessType, Person
from shared.contracts.request import SealUseForm, StoredFile
from shared.errors import NotFound
from shared.identity import User
from shared.paging import Position, cut, older
from shared.readers import require_reader
from shared.transaction import Transaction


async def draft(tx: Transaction, draft_id: UUID, *, of: User) -> DraftView:
    """Raises: NotFound, also for somebody else's; NotEditable for one that is under way."""
    request = await _own(tx, draft_id, of=of)
    if request.status not in EDITABLE:
        raise NotEditable(request_status=request.status)
    return await draft_view(tx, request)


async def draft_view(tx: Transaction, request: Request) -> DraftView:
    files = await tx.session.scalars(
        select(File).where(File.request_id == request.id).order_by(File.id)
    )
    notice = None if request.revision else await closed_notice(tx, request.matter)
    return DraftView(
        id=request.id,
        matter=request.matter,
        state=Status(request.status),
        version=request.version,
        business_type=_business_type(request),
        form=FormDraft.model_validate(request.form),
        files=[file_view(file) for file in files],
        tracking_number=request.tracking_number,
        returned=_returned(request),
        saved_at=request.saved_at,
        closed_notice=notice,
    )


async def drafts(tx: Transaction, *, of: User, limit: int, cursor: str | None) -> DraftRows:
    """Those that can be filled in or corrected, the last saved first."""
    mine = select(Request).where(Request.initiator_id == of.id, Request.status.in_(EDITABLE))
    found, after = await _page(tx, mine, Request.saved_at, limit=limit, cursor=cursor)
    rows = [
        DraftRow(
            id=row.id,
            matter=row.matter,
            business_type=_business_type(row),
            title=row.title,
            saved_at=row.saved_at,
            state=Status(row.status),
        )
        for row in found
    ]
    return DraftRows(items=rows, next=after)


async def my_requests(
    tx: Transaction, filters: Filters, *, of: User, limit: int, cursor: str | None
) -> RequestRows:
    """Those that were submitted, the newest first."""
    mine = select(Request).where(
        Request.initiator_id == of.id, Request.submitted_at.is_not(None), *conditions(tx, filters)
    )
    found, after = await _page(tx, mine, Request.submitted_at, limit=limit, cursor=cursor)
    items = [RequestRow.model_validate(_row(row, tx.now)) for row in found]
    return RequestRows(items=items, next=after)


async def my_counts(tx: Transaction, *, of: User) -> RequestCounts:
    """How many of one's own stand how: what the tabs show."""
    counted = (
        select(Request.status, func.count())
        .where(Request.initiator_id == of.id)
        .group_by(Request.status)
    )
    standing = {row[0]: row[1] for row in await tx.session.execute(counted)}
    return RequestCounts(by_status={status: standing.get(status, 0) for status in Status})


async def request(tx: Transaction, request_id: UUID, *, for_: User) -> RequestView:
    """With the form of the last revision. Raises: NotFound for who may not read it."""
    await require_reader(tx, request_id, for_)
    row = await tx.session.get(Request, request_id)
    if row is None or not row.revision:
        raise NotFound
    frozen = await revision(tx, request_id, row.revision, for_=for_)
    mine = row.initiator_id == for_.id
    return RequestView(
        **_row(row, tx.now),
        initiator=Person(id=row.initiator_id, name=row.initiator_name),
        form=frozen.form,
        returned=_returned(row),
        mine=mine,
        may_withdraw=mine and row.status in WITHDRAWABLE,
    )


async def revision(tx: Transaction, request_id: UUID, number: int, *, for_: User) -> RevisionView:
    await require_reader(tx, request_id, for_)
    row = await tx.session.get(Revision, (request_id, number))
    if row is None:
        raise NotFound
    form = SealUseForm.model_validate(row.form)
    return RevisionView(revision=row.revision, submitted_at=row.submitted_at, form=form)


async def submitted_file(tx: Transaction, request_id: UUID, file_id: UUID, *, for_: User) -> File:
    """A file of any revision. Raises: NotFound, also for one that was never submitted."""
    await require_reader(tx, request_id, for_)
    file = await tx.session.get(File, file_id)
    if file is None or file.request_id != request_id or not file.submitted:
        raise NotFound
    return file


async def draft_file(tx: Transaction, draft_id: UUID, file_id: UUID, *, of: User) -> File:
    await _own(tx, draft_id, of=of)
    file = await tx.session.get(File, file_id)
    if file is None or file.request_id != draft_id:
        raise NotFound
    return file


def file_view(file: File) -> FileView:
    return FileView.model_validate(file, from_attributes=True)


async def stored_files(tx: Transaction, request_id: UUID) -> dict[UUID, StoredFile]:
    """The files uploaded to a request, as events refer to them."""
    rows = await tx.session.scalars(select(File).where(File.request_id == request_id))
    return {row.id: StoredFile(**file_view(row).model_dump()) for row in rows}


async def _own(tx: Transaction, request_id: UUID, *, of: User) -> Request:
    request = await tx.session.get(Request, request_id)
    if request is None or request.initiator_id != of.id:
        raise NotFound
    return request


async def _page(
    tx: Transaction, rows: Select[Any], moment: Any, *, limit: int, cursor: str | None
) -> tuple[Sequence[Request], str | None]:
    """The newest `limit` rows after the cursor, and the cursor of what is left, if anything."""
    after = Position.of(cursor)
    if after is not None:
        rows = rows.where(older(moment, Request.id, after))
    newest = rows.order_by(moment.desc(), Request.id.desc()).limit(limit + 1)
    found = (await tx.session.scalars(newest)).all()
    return cut(found, limit, lambda row: Position(getattr(row, moment.key), row.id))


def _row(row: Request, now: datetime) -> dict[str, Any]:
    if row.submitted_at is None:
        raise NotFound
    return {
        "id": row.id,
        "matter": row.matter,
        "title": row.title,
        "tracking_number": row.tracking_number,
        "number": row.number,
        "business_type": row.submitted_type,
        "status": row.status,
        "revision": row.revision,
        "submitted_at": row.submitted_at,
        "elapsed_seconds": elapsed_seconds(row.submitted_at, row.ended_at, now),
        "current_nodes": [node["name"] for node in row.waiting],
        "urged": bool(row.urged),
        "unit_id": row.unit_id,
        "ended_at": row.ended_at,
        "marks": marks_of(row, now),
    }


def _business_type(row: Request) -> BusinessType | None:
    return BusinessType(row.business_type) if row.business_type else None


def _returned(row: Request) -> ReturnedView | None:
    return ReturnedView.model_validate(row.returned) if row.returned else None
