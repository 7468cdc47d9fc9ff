"""What notify-svc shows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from notify_svc.models import Delivery, Notification
from shared.contracts.notify import Channel
from shared.transaction import Transaction

AnyRow = Row[*tuple[Any, ...]]


async def messages(
    tx: Transaction,
    *,
    request_id: UUID | None,
    channel: Channel | None,
    before: UUID | None,
    limit: int,
) -> Sequence[AnyRow]:
    """Deliveries with their texts, newest first; `before` is the id of the last one seen."""
    statement = (
        select(
            Delivery.id,
            Delivery.channel,
            Delivery.address,
            Delivery.content,
            Delivery.state,
            Notification.kind,
            Notification.person_name,
            Notification.happened_at,
            Notification.request_id,
        )
        .join(Notification, Notification.id == Delivery.notification_id)
        .order_by(Delivery.id.desc())  # ids are ordered by time
        .limit(limit)
    )
    if request_id is not None:
        statement = statement.where(Notification.request_id == request_id)
    if channel is not None:
        statement = statement.where(Delivery.channel == channel)
    if before is not None:
        statement = statement.where(Delivery.id < before)
    return (await tx.session.execute(statement)).all()
