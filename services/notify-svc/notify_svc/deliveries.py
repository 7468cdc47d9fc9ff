"""Deliveries as an administrator finds them, sends them again, or stops them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from notify_svc.domain import Kind
from notify_svc.errors import CannotBeCancelled, CannotBeSentAgain, MayHaveGoneOut, NoSuchDelivery
from notify_svc.models import Attempt, Delivery, Notification, Receipt
from notify_svc.outcomes import State
from notify_svc.post_room import PostRoom
from notify_svc.posting import dispatch_job
from notify_svc.queries import AnyRow
from shared.contracts.notify import Channel
from shared.transaction import Transaction

CAN_BE_SENT_AGAIN = (State.FAILED, State.CANCELLED, State.UNRESOLVED, State.SENT, State.DELIVERED)
CAN_BE_CANCELLED = (State.QUEUED, State.HELD, State.RETRY, State.UNKNOWN)
SHOWN = (
    *Delivery.__table__.columns,
    Notification.kind,
    Notification.request_id,
    Notification.person_name,
    Notification.happened_at,
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What to find; None: whatever. `address` is a whole one, however it is spelt."""

    request_id: UUID | None = None
    person_id: UUID | None = None
    person_name: str | None = None
    address: str | None = None
    channel: Channel | None = None
    state: State | None = None
    kind: Kind | None = None


async def find(
    tx: Transaction, sought: Sought, *, before: UUID | None, limit: int
) -> Sequence[AnyRow]:
    """Newest first; `before` is the id of the last one seen."""
    statement = select(*SHOWN).join(Notification, Notification.id == Delivery.notification_id)
    equal = (
        (Notification.request_id, sought.request_id),
        (Delivery.person_id, sought.person_id),
        (Notification.person_name, sought.person_name),
        (Delivery.channel, sought.channel),
        (Delivery.state, sought.state),
        (Notification.kind, sought.kind),
    )
    for column, value in equal:
        if value is not None:
            statement = statement.where(column == value)
    if sought.address is not None:
        post_room: PostRoom = tx.runtime.own
        known_as = post_room.safe.fingerprints(sought.address)
        statement = statement.where(Delivery.address_hash.in_(known_as))
    if before is not None:
        statement = statement.where(Delivery.id < before)
    return (await tx.session.execute(statement.order_by(Delivery.id.desc()).limit(limit))).all()


async def one(tx: Transaction, delivery_id: UUID, *, locked: bool = False) -> AnyRow:
    """Raises: NoSuchDelivery."""
    statement = select(*SHOWN).join(Notification, Notification.id == Delivery.notification_id)
    if locked:
        statement = statement.with_for_update(of=Delivery)
    row = (await tx.session.execute(statement.where(Delivery.id == delivery_id))).one_or_none()
    if row is None:
        raise NoSuchDelivery
    return row


async def attempts(tx: Transaction, delivery_id: UUID) -> Sequence[Attempt]:
    found = await tx.session.scalars(
        select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(Attempt.number)
    )
    return found.all()


async def receipts(tx: Transaction, delivery: AnyRow) -> Sequence[Receipt]:
    by_message = (Receipt.provider == delivery.provider) & (
        Receipt.message_id == delivery.provider_message_id
    )
    found = await tx.session.scalars(
        select(Receipt)
        .where(or_(Receipt.delivery_id == delivery.id, by_message))
        .order_by(Receipt.received_at)
    )
    return found.all()


async def send_again(tx: Transaction, delivery_id: UUID, *, although_it_may_double: bool) -> None:
    """Puts a delivery that has ended into the queue once more, by an administrator's decision.

    Raises: NoSuchDelivery, CannotBeSentAgain; MayHaveGoneOut unless that is accepted.
    """
    row = await one(tx, delivery_id, locked=True)
    if row.state not in CAN_BE_SENT_AGAIN or not row.address or row.channel == Channel.INBOX:
        raise CannotBeSentAgain
    if row.state in (State.SENT, State.DELIVERED, State.UNRESOLVED) and not although_it_may_double:
        raise MayHaveGoneOut
    await tx.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(
            state=State.QUEUED,
            next_attempt_at=tx.now,
            not_before=tx.now,
            deadline=tx.now + timedelta(hours=tx.runtime.settings.lifetime_hours),
            failures=0,
            asked=0,
            unknown_since=None,
            sent_at=None,
            reached_at=None,
            receipt_due_at=None,
            settled_at=None,
            reason="an administrator sends it again",
            code="",
        )
    )
    tx.wake(dispatch_job(Channel(row.channel)))


async def cancel(tx: Transaction, delivery_id: UUID) -> None:
    """Raises: NoSuchDelivery; CannotBeCancelled for what is on the wire or over."""
    row = await one(tx, delivery_id, locked=True)
    if row.state not in CAN_BE_CANCELLED:
        raise CannotBeCancelled
    await tx.session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id)
        .values(
            state=State.CANCELLED,
            next_attempt_at=None,
            settled_at=tx.now,
            reason="an administrator cancelled it",
        )
    )
