"""The lists over HTTP."""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Node, WhyCopied
from shared.export import TABLE, Format
from shared.paging import Cursor, Limit, Position
from shared.readers import require_overseer
from shared.transaction import Transaction
from shared.web import CurrentRuntime, CurrentUser, Tx
from workflow_svc import exporting, listing
from workflow_svc.filters import Narrowed
from workflow_svc.list_views import (
    CopiedList,
    CopyListed,
    CountsView,
    OpenCount,
    RequestList,
    RequestListed,
    TaskList,
    TaskListed,
)
from workflow_svc.listing import Listed, Page

lists = APIRouter()


@lists.get("/tasks")
async def list_tasks(
    user: CurrentUser,
    tx: Tx,
    narrowed: Narrowed,
    *,
    state: Literal["open", "done"] = "open",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> TaskList:
    """待办 or 已办."""
    wanted = listing.open_tasks if state == "open" else listing.done_tasks
    page = await wanted(tx, user.id, narrowed, after=Position.of(cursor), limit=limit)
    nodes = await listing.node_names(tx, page.rows)
    items = [task_listed(row, nodes.get(row.request_id), tx.now) for row in page.rows]
    return TaskList(items=items, next=page.next)


@lists.get("/tasks/count")
async def count_tasks(user: CurrentUser, tx: Tx) -> OpenCount:
    return OpenCount(open=(await listing.counts(tx, user.id)).todo)


@lists.get("/counts")
async def count_lists(user: CurrentUser, tx: Tx) -> CountsView:
    return CountsView.model_validate(await listing.counts(tx, user.id), from_attributes=True)


@lists.get("/copies")
async def list_copied_requests(
    user: CurrentUser,
    tx: Tx,
    narrowed: Narrowed,
    *,
    why: WhyCopied = WhyCopied.COPY,
    unread: bool = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> CopiedList:
    """我的知会 (`why` copy) or 我的督办 (`why` supervision)."""
    page = await listing.copied_requests(
        tx, user.id, why, narrowed, unread=unread, after=Position.of(cursor), limit=limit
    )
    nodes = await listing.node_names(tx, page.rows)
    items = [copy_listed(row, nodes.get(row.request_id), tx.now) for row in page.rows]
    return CopiedList(items=items, next=page.next)


@lists.get("/requests")
async def list_all_requests(
    user: CurrentUser, tx: Tx, narrowed: Narrowed, limit: Limit = 20, cursor: Cursor = None
) -> RequestList:
    """Every request, for 督查室, auditors and administrators."""
    await require_overseer(tx, user)
    page = await listing.all_requests(tx, narrowed, after=Position.of(cursor), limit=limit)
    nodes = await listing.node_names(tx, page.rows)
    items = [request_listed(row, nodes.get(row.request_id), tx.now) for row in page.rows]
    return RequestList(items=items, next=page.next)


@lists.get("/tasks/export", response_class=StreamingResponse, responses=TABLE)
async def export_tasks(
    user: CurrentUser,
    runtime: CurrentRuntime,
    narrowed: Narrowed,
    state: Literal["open", "done"] = "open",
    format: Format = Format.XLSX,  # noqa: A002 - the name of the parameter
) -> StreamingResponse:
    """待办 or 已办 as a table, at most 50 000 rows; it says so when there are more."""
    wanted = listing.open_tasks if state == "open" else listing.done_tasks

    async def read(tx: Transaction, after: Position | None, limit: int) -> Page:
        return await wanted(tx, user.id, narrowed, after=after, limit=limit)

    name = "待办事项" if state == "open" else "已办事项"
    return await exporting.tasks(runtime, format, name, read)


@lists.get("/copies/export", response_class=StreamingResponse, responses=TABLE)
async def export_copied_requests(
    user: CurrentUser,
    runtime: CurrentRuntime,
    narrowed: Narrowed,
    *,
    why: WhyCopied = WhyCopied.COPY,
    unread: bool = False,
    format: Format = Format.XLSX,  # noqa: A002
) -> StreamingResponse:
    """我的知会 or 我的督办 as a table, at most 50 000 rows; it says so when there are more."""

    async def read(tx: Transaction, after: Position | None, limit: int) -> Page:
        return await listing.copied_requests(
            tx, user.id, why, narrowed, unread=unread, after=after, limit=limit
        )

    name = "我的知会" if why is WhyCopied.COPY else "我的督办"
    return await exporting.copies(runtime, format, name, read)


@lists.get("/requests/export", response_class=StreamingResponse, responses=TABLE)
async def export_all_requests(
    user: CurrentUser,
    runtime: CurrentRuntime,
    narrowed: Narrowed,
    format: Format = Format.XLSX,  # noqa: A002
) -> StreamingResponse:
    """Every request as a table, at most 50 000 rows; it says so when there are more."""
    async with runtime.transaction() as tx:
        await require_overseer(tx, user)

    async def read(tx: Transaction, after: Position | None, limit: int) -> Page:
        return await listing.all_requests(tx, narrowed, after=after, limit=limit)

    return await exporting.requests(runtime, format, read)


def task_listed(row: Listed, current: Node | None, now: datetime) -> TaskListed:
    return TaskListed(
        task_id=row.task_id,
        request_id=row.request_id,
        title=row.title,
        tracking_number=row.tracking_number,
        number=row.number,
        business_type=row.business_type,
        unit_name=row.unit_name,
        initiator=Person(id=row.initiator_id, name=row.initiator_name),
        node=Node(id=row.node, name=row.node_name),
        revision=row.revision,
        submitted_at=row.started_at,
        arrived_at=row.opened_at,
        elapsed_seconds=listing.elapsed_seconds(row.opened_at, row.closed_at, now),
        total_seconds=listing.elapsed_seconds(row.started_at, row.ended_at, now),
        due_at=row.due_at,
        urged=row.urged_at is not None,
        marks=listing.marks_of_task(row, now),
        verdict=row.verdict,
        closed_at=row.closed_at,
        request_status=row.status,
        current_node=current,
    )


def request_listed(row: Listed, current: Node | None, now: datetime) -> RequestListed:
    return RequestListed(**_of_request(row, current, now))


def copy_listed(row: Listed, current: Node | None, now: datetime) -> CopyListed:
    return CopyListed(
        **_of_request(row, current, now),
        why=row.why,
        copied_by=row.copied_by,
        copied_at_node=row.copied_at_node,
        copied_at=row.copied_at,
        read_at=row.read_at,
    )


def _of_request(row: Listed, current: Node | None, now: datetime) -> dict[str, Any]:
    return {
        "request_id": row.request_id,
        "title": row.title,
        "tracking_number": row.tracking_number,
        "number": row.number,
        "business_type": row.business_type,
        "unit": Unit(id=row.unit_id, name=row.unit_name),
        "initiator": Person(id=row.initiator_id, name=row.initiator_name),
        "status": row.status,
        "revision": row.revision,
        "submitted_at": row.started_at,
        "ended_at": row.ended_at,
        "elapsed_seconds": listing.elapsed_seconds(row.started_at, row.ended_at, now),
        "current_node": current,
        "marks": listing.marks_of_request(row),
    }
