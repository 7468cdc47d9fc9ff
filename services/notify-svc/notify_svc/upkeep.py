"""What is looked after besides sending: digests, missing receipts, cards, old and unsealed data."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update

from notify_svc import digest, fallback, receipts
from notify_svc.channels import Carrier, Parcel, Sent
from notify_svc.domain import Kind, Message
from notify_svc.models import (
    Attempt,
    Base,
    Binding,
    Closed,
    Contact,
    Delivery,
    Notification,
    Receipt,
    Suppression,
)
from notify_svc.outcomes import Outcome, State
from notify_svc.post_room import PostRoom
from notify_svc.queries import AnyRow
from notify_svc.settings import NotifySettings
from shared.service import Job, Runtime
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)

AT_ONCE = 200  # rows of one transaction
PULL_AFTER = timedelta(seconds=30)
CARDS_CHANGE_WITHIN = timedelta(hours=72)  # WeCom: a response_code's life
UPDATE_LEASE = timedelta(minutes=2)
ON_THEIR_WAY = (State.QUEUED, State.HELD, State.SENDING, State.RETRY, State.UNKNOWN)


async def tell_digests(runtime: Runtime) -> None:
    more = True
    while more:
        async with runtime.transaction() as tx:
            more = await digest.tell_held(tx)


async def follow_receipts(runtime: Runtime) -> None:
    """Asks for what was not pushed; where none comes in time, the other channel is used."""
    post_room: PostRoom = runtime.own
    for carrier in post_room.carriers.values():
        if carrier.capabilities.receipts:
            await _pull(runtime, carrier)
    async with runtime.transaction() as tx:
        overdue = await tx.session.scalars(
            update(Delivery)
            .where(Delivery.receipt_due_at <= tx.now, Delivery.state == State.SENT)
            .values(receipt_due_at=None, reason="the provider never said that it arrived")
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        )
        await fallback.release(tx, overdue.all())


async def _pull(runtime: Runtime, carrier: Carrier) -> None:
    async with runtime.transaction() as tx:
        found = await tx.session.execute(
            _sent(carrier)
            .where(
                Delivery.state == State.SENT,
                Delivery.receipt_due_at.is_not(None),
                Delivery.sent_at < tx.now - PULL_AFTER,
            )
            .order_by(Delivery.sent_at)
            .limit(AT_ONCE)
        )
        without = [_as_sent(runtime, row) for row in found]
    if not without:
        return
    said = await carrier.pull_receipts(without)
    if said:
        async with runtime.transaction() as tx:
            await receipts.keep(tx, carrier, said)


async def update_cards(runtime: Runtime) -> None:
    """Turns the cards of what is over into 已处理, where the provider can."""
    post_room: PostRoom = runtime.own
    for carrier in post_room.carriers.values():
        if carrier.capabilities.updates:
            for sent, words in await _cards(runtime, carrier):
                result = await carrier.update(sent, words)
                if result.outcome in (Outcome.RETRY, Outcome.WAIT, Outcome.TROUBLE, Outcome.QUOTA):
                    continue  # its lease ends, and it is tried again
                async with runtime.transaction() as tx:
                    await tx.session.execute(
                        update(Delivery)
                        .where(Delivery.id == sent.parcel.delivery_id)
                        .values(update_due_at=None)
                    )


async def _cards(runtime: Runtime, carrier: Carrier) -> list[tuple[Sent, str]]:
    async with runtime.transaction() as tx:
        found = await tx.session.execute(
            _sent(carrier)
            .where(Delivery.update_due_at <= tx.now)
            .limit(AT_ONCE)
            .with_for_update(of=Delivery, skip_locked=True)
        )
        rows = found.all()
        recent = [row for row in rows if row.sent_at > tx.now - CARDS_CHANGE_WITHIN]
        for chosen, at in ((rows, None), (recent, tx.now + UPDATE_LEASE)):
            await tx.session.execute(
                update(Delivery)
                .where(Delivery.id.in_([row.id for row in chosen]))
                .values(update_due_at=at)
            )
        return [(_as_sent(runtime, row), row.update_words) for row in recent]


def _sent(carrier: Carrier) -> Select[*tuple[Any, ...]]:
    about = (Notification.kind, Notification.task_id, Notification.person_name)
    return (
        select(*Delivery.__table__.columns, *about, Notification.happened_at)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Delivery.channel == carrier.channel, Delivery.provider == carrier.provider)
    )


def _as_sent(runtime: Runtime, row: AnyRow) -> Sent:
    post_room: PostRoom = runtime.own
    parcel = Parcel(
        delivery_id=row.id,
        to=post_room.safe.open(row.address),
        person_name=row.person_name,
        message=Message.from_json(post_room.safe.open(row.content)),
        written_at=row.happened_at,
        kind=Kind(row.kind),
        task_id=row.task_id,
    )
    return Sent(parcel, row.sent_at, row.provider_message_id, row.provider_references)


async def forget_old(runtime: Runtime) -> None:
    """Whom was told what is kept as long as the settings say, and no longer."""
    settings: NotifySettings = runtime.settings
    more = True
    while more:
        async with runtime.transaction() as tx:
            before = tx.now - timedelta(days=settings.retention_days)
            on_its_way = select(Delivery.notification_id).where(Delivery.state.in_(ON_THEIR_WAY))
            old = await tx.session.scalars(
                select(Notification.id)
                .where(Notification.happened_at < before, Notification.id.not_in(on_its_way))
                .limit(AT_ONCE)
            )
            ids = old.all()
            await _forget(tx, ids)
            await tx.session.execute(delete(Suppression).where(Suppression.until < before))
            await tx.session.execute(delete(Closed).where(Closed.closed_at < before))
            more = len(ids) == AT_ONCE
        if ids:
            log.info("forgotten", notifications=len(ids))


async def _forget(tx: Transaction, notifications: Sequence[object]) -> None:
    deliveries = select(Delivery.id).where(Delivery.notification_id.in_(notifications))
    for table, column in ((Attempt, Attempt.delivery_id), (Receipt, Receipt.delivery_id)):
        await tx.session.execute(delete(table).where(column.in_(deliveries)))
    await tx.session.execute(delete(Delivery).where(Delivery.notification_id.in_(notifications)))
    await tx.session.execute(delete(Notification).where(Notification.id.in_(notifications)))


SEALED = (
    (Contact, Contact.person_id, "mobile"),
    (Contact, Contact.person_id, "email"),
    (Binding, Binding.address_hash, "address"),
    (Notification, Notification.id, "words"),
    (Delivery, Delivery.id, "address"),
    (Delivery, Delivery.id, "content"),
)
FOUND_BY_HASH = frozenset({(Binding, "address"), (Delivery, "address")})


async def reseal(runtime: Runtime) -> None:
    """Seals with today's secret what was sealed with an earlier one, or not at all."""
    for table, key, name in SEALED:
        while await _reseal_some(runtime, table, key, name):
            pass


async def _reseal_some(runtime: Runtime, table: type[Base], key: Any, name: str) -> bool:
    safe = runtime.own.safe
    column = getattr(table, name)
    async with runtime.transaction() as tx:
        found = await tx.session.execute(
            select(key.label("key"), column.label("sealed"))
            .where(column != "", ~column.startswith(safe.prefix, autoescape=True))
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        rows = found.all()
        for row in rows:
            text = safe.open(row.sealed)
            values = {name: safe.seal(text)}
            if (table, name) in FOUND_BY_HASH:
                values["address_hash"] = safe.fingerprint(text)
            await tx.session.execute(update(table).where(key == row.key).values(values))
        return len(rows) == AT_ONCE


JOBS = (
    Job("digests", tell_digests, every_seconds=60),
    Job("receipts", follow_receipts, every_seconds=60, alone=True),
    Job("cards", update_cards, every_seconds=30),
    Job("retention", forget_old, every_seconds=6 * 3600, alone=True),
    Job("reseal", reseal, every_seconds=24 * 3600, alone=True),
)
