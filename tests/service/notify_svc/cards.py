"""Parcels as the dispatcher hands them to a carrier."""

from datetime import UTC, datetime

from notify_svc.channels import Parcel, Sent
from notify_svc.domain import Field, Kind, Message

from shared.database import new_id

LABELS = ("事务标题", "提醒时间", "进度信息", "备注")


def a_card(
    to: str, *, task: bool = True, value: str = "量子通信项目任务书用印", label: str | None = None
) -> Parcel:
    fields = (
        Field("title", label or LABELS[0], "thing", value),
        Field("at", LABELS[1], "time", "2026-03-02 09:30:00"),
        Field("progress", LABELS[2], "thing", "单位办公室工作人员审批"),
        Field("remark", LABELS[3], "thing", "您有新的任务需要处理"),
    )
    return Parcel(
        delivery_id=new_id(),
        to=to,
        person_name="陆坤",
        message=Message("事务进度提醒", "", fields=fields, link="https://hall.example.edu/tasks/1"),
        written_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        kind=Kind.TASK_ASSIGNED,
        task_id=new_id() if task else None,
    )


def an_sms(to: str = "19900000102", text: str = "您有一条用印审批待办事项。") -> Parcel:
    return Parcel(
        delivery_id=new_id(),
        to=to,
        person_name="陆坤",
        message=Message("", text),
        written_at=datetime(2026, 3, 2, 1, 30, tzinfo=UTC),
        kind=Kind.URGED,
    )


def attempted(parcel: Parcel, message_id: str | None = None, at: datetime | None = None) -> Sent:
    """An attempt of now, unless it was at another time."""
    return Sent(parcel, at or datetime.now(UTC), message_id, {})
