"""站内消息: what a person was told, and what of it they have read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from notify_svc.errors import NoSuchMessage
from notify_svc.models import Delivery, Notification
from notify_svc.queries import AnyRow
from shared.contracts.notify import Channel
from shared.transaction import Transaction

UNREAD_AT_MOST = 100  # counted; the portal shows 99+


def _of(person_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (Delivery.person_id == person_id, Delivery.channel == Channel.INBOX)


async def messages(
    tx: Transaction, person_id: UUID, *, unread: bool, before: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Newest first; `before` is the id of the last one seen."""
    statement = (
        select(
            Delivery.id,
            Delivery.content,
            Delivery.read_at,
            Notification.kind,
            Notification.happened_at,
            Notification.request_id,
            Notification.task_id,
        )
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(*_of(person_id))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if unread:
        statement = statement.where(Delivery.read_at.is_(None))
    if before is not None:
        statement = statement.where(Delivery.id < before)
    return (await tx.session.execute(statement)).all()


async def unread(tx: Transaction, person_id: UUID) -> int:
    """At most `UNREAD_AT_MOST`."""
    some = select(Delivery.id).where(*_of(person_id), Delivery.read_at.is_(None))
    counted = select(func.count()).select_from(some.limit(UNREAD_AT_MOST).subquery())
    return await tx.session.scalar(counted) or 0


async def mark_read(tx: Transaction, person_id: UUID, message_id: UUID) -> None:
    """Raises: NoSuchMessage for what is not the person's own."""
    mine = (*_of(person_id), Delivery.id == message_id)
    if await tx.session.scalar(select(Delivery.id).where(*mine)) is None:
        raise NoSuchMessage
    await tx.session.execute(
        update(Delivery).where(*mine, Delivery.read_at.is_(None)).values(read_at=tx.now)
    )


async def mark_all_read(tx: Transaction, person_id: UUID, *, up_to: UUID) -> int:
    """What came meanwhile stays unread. Returns: how many were marked."""
    marked = await tx.session.scalars(
        update(Delivery)
        .where(*_of(person_id), Delivery.read_at.is_(None), Delivery.id <= up_to)
        .values(read_at=tx.now)
        .returning(Delivery.id)
    )
    return len(marked.all())
