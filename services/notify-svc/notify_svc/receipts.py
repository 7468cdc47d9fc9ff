"""The providers' receipts: kept once, matched to their delivery, and never backwards.

A receipt may come twice, before the answer to the message itself, without the message's id, or
long after. It is kept first; what it is about is found then or when that answer is written down.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update

from notify_svc import fallback
from notify_svc.channels import Carrier, Fate
from notify_svc.channels import Receipt as Said
from notify_svc.models import Delivery, Notification, Receipt
from notify_svc.outcomes import State
from notify_svc.post_room import PostRoom
from notify_svc.queries import AnyRow
from notify_svc.suppression import lift, suppress
from shared.contracts.notify import Failed
from shared.database import insert
from shared.transaction import Transaction

# What a receipt may still change. FAILED can be mended by a late one: somebody was reached.
OPEN_TO_GOOD_NEWS = (State.SENT, State.UNKNOWN, State.UNRESOLVED, State.RETRY, State.FAILED)
OPEN_TO_BAD_NEWS = (State.SENT, State.UNKNOWN, State.UNRESOLVED)
SENT_SHORTLY_BEFORE = timedelta(hours=1)


async def keep(tx: Transaction, carrier: Carrier, said: Sequence[Said]) -> None:
    """What a provider has said, in a callback or when asked."""
    for one in said:
        delivery_id = one.delivery_id or await _by_address(tx, carrier, one)
        row = {
            "provider": carrier.provider,
            "key": one.key,
            "delivery_id": delivery_id,
            "message_id": one.message_id,
            "fate": one.fate,
            "code": one.code,
            "reason": one.reason,
            "unreachable": one.unreachable,
            "received_at": tx.now,
        }
        statement = insert(Receipt).values(row).on_conflict_do_nothing()
        await tx.session.execute(statement)
    keys = [one.key for one in said]
    await _apply(tx, Receipt.provider == carrier.provider, Receipt.key.in_(keys))


async def apply_early(tx: Transaction, deliveries: Sequence[UUID]) -> None:
    """Receipts that came before these deliveries' own answers."""
    await _apply(tx, Delivery.id.in_(deliveries))


async def _by_address(tx: Transaction, carrier: Carrier, one: Said) -> UUID | None:
    """The last message to that address before the receipt, where the provider leaves ids out."""
    if one.message_id or not one.to or one.at is None:
        return None
    post_room: PostRoom = tx.runtime.own
    return await tx.session.scalar(
        select(Delivery.id)
        .where(
            Delivery.channel == carrier.channel,
            Delivery.address_hash.in_(post_room.safe.fingerprints(one.to)),
            Delivery.sent_at <= one.at + timedelta(seconds=1),
            Delivery.sent_at >= one.at - SENT_SHORTLY_BEFORE,
            Delivery.reached_at.is_(None),
        )
        .order_by(Delivery.sent_at.desc())
        .limit(1)
    )


async def _apply(tx: Transaction, *which: ColumnElement[bool]) -> None:
    by_message = (Receipt.provider == Delivery.provider) & (
        Receipt.message_id == Delivery.provider_message_id
    )
    columns = (Receipt.provider, Receipt.key, Receipt.fate, Receipt.code, Receipt.reason)
    delivery = (Delivery.id, Delivery.state, Delivery.channel, Delivery.address_hash)
    about = (Notification.kind, Notification.request_id, Notification.person_id)
    found = await tx.session.execute(
        select(*columns, Receipt.unreachable, *delivery, *about)
        .join(Delivery, or_(Receipt.delivery_id == Delivery.id, by_message))
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Receipt.applied_at.is_(None), Delivery.state != State.SENDING, *which)
        .order_by(Receipt.received_at)
    )
    for row in found.all():
        await _tell(tx, row)
        await tx.session.execute(
            update(Receipt)
            .where(Receipt.provider == row.provider, Receipt.key == row.key)
            .values(applied_at=tx.now, delivery_id=row.id)
        )


async def _tell(tx: Transaction, row: AnyRow) -> None:
    reached = row.fate == Fate.REACHED
    values: dict[str, Any] = {"next_attempt_at": None, "receipt_due_at": None}
    if reached:
        values |= {"state": State.DELIVERED, "reached_at": tx.now, "reason": ""}
    else:
        values |= {"state": State.FAILED, "reason": row.reason, "code": row.code}
    changed = await tx.session.scalar(
        update(Delivery)
        .where(
            Delivery.id == row.id,
            Delivery.state.in_(OPEN_TO_GOOD_NEWS if reached else OPEN_TO_BAD_NEWS),
        )
        .values(settled_at=tx.now, **values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    if reached:
        await lift(tx, row.channel, [row.address_hash])
    if changed is None or reached:
        return
    if row.unreachable:
        await suppress(tx, row.channel, row.address_hash, row.reason)
    if row.request_id is not None:
        tx.publish(_failed(tx, row))
    await fallback.release(tx, [row.id])


def _failed(tx: Transaction, row: AnyRow) -> Failed:
    return Failed(
        request_id=row.request_id,
        delivery_id=row.id,
        kind=row.kind,
        person_id=row.person_id,
        channel=row.channel,
        reason=row.reason,
        failed_at=tx.now,
    )
