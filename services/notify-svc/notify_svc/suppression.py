"""Addresses that their provider says cannot be reached: not tried again for a while.

A person who gets another address, by the directory or by binding anew, is reached at once; so is
who is reached by a message that was under way, and whom the person or an administrator gives
another chance.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from notify_svc.models import Delivery, Notification, Suppression
from notify_svc.queries import AnyRow
from shared.database import insert
from shared.transaction import Transaction


async def suppress(tx: Transaction, channel: str, address_hash: str, reason: str) -> None:
    if not address_hash:
        return
    days = timedelta(days=tx.runtime.settings.suppression_days)
    row = {"until": tx.now + days, "reason": reason}
    statement = insert(Suppression).values(channel=channel, address_hash=address_hash, **row)
    await tx.session.execute(
        statement.on_conflict_do_update(index_elements=["channel", "address_hash"], set_=row)
    )


async def lift(tx: Transaction, channel: str, address_hashes: Collection[str]) -> bool:
    """From now on it is tried again. Returns: whether any of these was not."""
    gone = await tx.session.scalars(
        delete(Suppression)
        .where(Suppression.channel == channel, Suppression.address_hash.in_(address_hashes))
        .returning(Suppression.until)
    )
    return any(until > tx.now for until in gone.all())


async def in_force(tx: Transaction, *, limit: int) -> Sequence[AnyRow]:
    """The latest first, each with the last message to it: whose address it is."""
    last = (
        select(Delivery.id)
        .where(
            Delivery.channel == Suppression.channel,
            Delivery.address_hash == Suppression.address_hash,
        )
        .order_by(Delivery.id.desc())
        .limit(1)
        .correlate(Suppression)
        .scalar_subquery()
    )
    found = await tx.session.execute(
        select(
            Suppression.channel,
            Suppression.address_hash,
            Suppression.until,
            Suppression.reason,
            Delivery.address,
            Delivery.person_id,
            Notification.person_name,
        )
        .join(Delivery, Delivery.id == last)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Suppression.until > tx.now)
        .order_by(Suppression.until.desc())
        .limit(limit)
    )
    return found.all()
