"""One's own requests as a table to take away, page by page, each in a transaction of its own."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from fastapi.responses import StreamingResponse

from request_svc import queries
from request_svc.domain import Status
from request_svc.filters import Filters, Mark
from request_svc.views import RequestRow
from shared import export
from shared.contracts.people import BUSINESS_TYPE_NAMES
from shared.export import Format, Row
from shared.identity import User
from shared.service import Runtime

ROWS_AT_ONCE = 500

TITLES = (
    *("受理号", "编号", "事项", "业务类型", "状态", "当前环节"),
    *("标记", "提交于", "结束于", "总耗时（小时）"),
)
_STATUS_NAMES = {
    Status.DRAFT: "暂存",
    Status.IN_PROGRESS: "流转中",
    Status.RETURNED: "退回",
    Status.APPROVED: "待用印",
    Status.COMPLETED: "已办结",
    Status.WITHDRAWN: "已撤销",
    Status.VOID: "已作废",
}
_MARK_NAMES = {Mark.RETURNED: "退回", Mark.URGED: "已催办", Mark.OVERDUE: "超时"}


async def my_requests(
    runtime: Runtime, format_: Format, filters: Filters, *, of: User
) -> StreamingResponse:
    zone = runtime.organisation.zone
    today = datetime.now(UTC).astimezone(zone).date()
    rows = export.at_most(_rows(runtime, filters, of))
    return await export.table(
        format_, name=f"我的申请 {today}", titles=TITLES, rows=rows, zone=zone
    )


async def _rows(runtime: Runtime, filters: Filters, of: User) -> AsyncIterator[Row]:
    cursor: str | None = None
    while True:
        async with runtime.transaction() as tx:
            page = await queries.my_requests(tx, filters, of=of, limit=ROWS_AT_ONCE, cursor=cursor)
        for row in page.items:
            yield _row(row)
        if page.next is None:
            return
        cursor = page.next


def _row(row: RequestRow) -> Row:
    return (
        row.tracking_number,
        row.number,
        row.title,
        BUSINESS_TYPE_NAMES[row.business_type],
        _STATUS_NAMES[row.status],
        "、".join(row.current_nodes),
        "、".join(_MARK_NAMES[mark] for mark in row.marks),
        row.submitted_at,
        row.ended_at,
        f"{row.elapsed_seconds / 3600:.1f}",
    )
