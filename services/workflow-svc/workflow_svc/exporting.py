"""The lists as tables to take away: the same rows, the same filters, page by page.

Each page is a transaction of its own, so that a long table holds up nobody.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

from fastapi.responses import StreamingResponse

from shared import export
from shared.contracts.people import BUSINESS_TYPE_NAMES, BusinessType
from shared.contracts.workflow import Verdict
from shared.export import Format, Row
from shared.paging import Position
from shared.service import Runtime
from shared.transaction import Transaction
from workflow_svc import listing
from workflow_svc.domain import Status
from workflow_svc.filters import Mark
from workflow_svc.listing import Listed, Page

ROWS_AT_ONCE = 500

REQUEST_TITLES = (
    *("受理号", "编号", "事项", "业务类型", "用印单位", "发起人", "状态"),
    *("当前环节", "标记", "提交于", "结束于", "总耗时（小时）"),
)
TASK_TITLES = (
    *("受理号", "编号", "事项", "业务类型", "用印单位", "发起人", "办理环节", "到达时间"),
    *("处理时间", "意见", "状态", "当前环节", "标记", "提交于", "总耗时（小时）"),
)
COPY_TITLES = (*REQUEST_TITLES, "送达人", "送达环节", "送达时间", "阅读时间")
_STATUS_NAMES = {
    Status.NEW: "待受理",
    Status.IN_PROGRESS: "流转中",
    Status.RETURNED: "退回",
    Status.APPROVED: "待用印",
    Status.COMPLETED: "已办结",
    Status.WITHDRAWN: "已撤销",
    Status.VOID: "已作废",
}
_MARK_NAMES = {Mark.RETURNED: "退回", Mark.URGED: "催办", Mark.OVERDUE: "超时"}
_VERDICT_NAMES = {Verdict.AGREE: "同意", Verdict.RETURN: "退回"}

Read = Callable[[Transaction, Position | None, int], Awaitable[Page]]


async def requests(runtime: Runtime, format_: Format, read: Read) -> StreamingResponse:
    return await _table(
        runtime, format_, "用印申请", REQUEST_TITLES, _rows(runtime, read, _request)
    )


async def copies(runtime: Runtime, format_: Format, name: str, read: Read) -> StreamingResponse:
    return await _table(runtime, format_, name, COPY_TITLES, _rows(runtime, read, _copy))


async def tasks(runtime: Runtime, format_: Format, name: str, read: Read) -> StreamingResponse:
    rows = _rows(runtime, read, _task)
    return await _table(runtime, format_, name, TASK_TITLES, rows)


async def _table(
    runtime: Runtime, format_: Format, name: str, titles: Sequence[str], rows: AsyncIterator[Row]
) -> StreamingResponse:
    zone = runtime.organisation.zone
    today = datetime.now(UTC).astimezone(zone).date()
    return await export.table(
        format_, name=f"{name} {today}", titles=titles, rows=export.at_most(rows), zone=zone
    )


async def _rows(
    runtime: Runtime, read: Read, row_of: Callable[[Listed, str, datetime], Row]
) -> AsyncIterator[Row]:
    after: Position | None = None
    while True:
        async with runtime.transaction() as tx:
            page = await read(tx, after, ROWS_AT_ONCE)
            nodes = await listing.node_names(tx, page.rows)
        for row in page.rows:
            current = nodes.get(row.request_id)
            yield row_of(row, current.name if current else "", tx.now)
        if page.next is None:
            return
        after = Position.of(page.next)


def _request(row: Listed, current: str, now: datetime) -> Row:
    return (
        *_about(row),
        _STATUS_NAMES[Status(row.status)],
        current,
        _marks(listing.marks_of_request(row)),
        row.started_at,
        row.ended_at,
        _hours(row, now),
    )


def _copy(row: Listed, current: str, now: datetime) -> Row:
    arrived = (row.copied_by, row.copied_at_node, row.copied_at, row.read_at)
    return (*_request(row, current, now), *arrived)


def _task(row: Listed, current: str, now: datetime) -> Row:
    return (
        *_about(row),
        row.node_name,
        row.opened_at,
        row.closed_at,
        _VERDICT_NAMES[Verdict(row.verdict)] if row.verdict else "",
        _STATUS_NAMES[Status(row.status)],
        current,
        _marks(listing.marks_of_task(row, now)),
        row.started_at,
        _hours(row, now),
    )


def _about(row: Listed) -> Row:
    business_type = BUSINESS_TYPE_NAMES[BusinessType(row.business_type)]
    about = (row.tracking_number, row.number, row.title, business_type)
    return (*about, row.unit_name, row.initiator_name)


def _marks(marks: list[Mark]) -> str:
    return "、".join(_MARK_NAMES[mark] for mark in marks)


def _hours(row: Listed, now: datetime) -> str:
    return f"{listing.elapsed_seconds(row.started_at, row.ended_at, now) / 3600:.1f}"
