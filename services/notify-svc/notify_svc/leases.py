"""Which deliveries are ours to send, and what became of them.

A claim commits before anything goes out, as a lease with an end. A delivery that nobody settles
by then may have gone out: the process died between sending and committing. It is never just
queued again, it becomes `unknown` (see `domain.after`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, insert, or_, select, update

from notify_svc.channels import Parcel
from notify_svc.domain import Message, Next, Outcome, Patience, Result, State, after
from notify_svc.models import Attempt, Base, Closed, Delivery, Notification
from notify_svc.queries import AnyRow
from shared.contracts.notify import Channel, Delivered, Failed
from shared.contracts.people import PersonId
from shared.transaction import Transaction

LEASE_LOST = Result(Outcome.UNKNOWN, "the attempt ended without an answer")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery and the attempt at it that is under way."""

    parcel: Parcel
    channel: Channel
    kind: str
    request_id: UUID
    person_id: PersonId | None
    attempts: int  # this one included
    resent: bool  # an earlier attempt may have gone out


@dataclass(frozen=True, slots=True)
class Batch:
    """What one pass sends. The lease's end tells this claim of a delivery from a later one."""

    claimed: Sequence[Claimed]
    lease_until: datetime


async def claim(
    tx: Transaction, channel: Channel, *, limit: int, lease: timedelta, patience: Patience
) -> Batch | None:
    """Takes what is due and still worth sending. None when nothing is due."""
    rows = await _due(tx, channel, limit)
    if not rows:
        return None
    moot = [row.id for row in rows if row.moot]
    lost = [row for row in rows if not row.moot and row.state == State.SENDING]
    ready = [row for row in rows if not row.moot and row.state != State.SENDING]
    if moot:
        await _change(tx, moot, state=State.CANCELLED, due_at=None, settled_at=tx.now)
    if lost:
        # The lease was wait enough: a resend goes out with the next pass.
        at_once = Patience(patience.delays, before_resend=timedelta())
        ended = [(_claimed(row, row.attempts, row.resent), LEASE_LOST) for row in lost]
        await _settle(tx, ended, at_once)
    return Batch(await _lease(tx, ready, tx.now + lease), tx.now + lease)


async def settle(
    tx: Transaction, batch: Batch, results: Iterable[Result], patience: Patience
) -> None:
    """Writes down what became of a batch; `results` in its order."""
    ended = list(zip(batch.claimed, results, strict=True))
    still_ours = (Delivery.state == State.SENDING, Delivery.due_at == batch.lease_until)
    await _settle(tx, ended, patience, *still_ours)


async def _due(tx: Transaction, channel: Channel, limit: int) -> Sequence[AnyRow]:
    """Another replica's rows are passed over, not waited for."""
    moot = exists().where(Closed.id == Notification.while_open).label("moot")
    about = (Notification.kind, Notification.request_id, Notification.person_id)
    whom = (Notification.person_name, Notification.happened_at)
    due = await tx.session.execute(
        select(*Delivery.__table__.columns, *about, *whom, moot)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(Delivery.channel == channel, Delivery.due_at <= tx.now)
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    return due.all()


async def _lease(tx: Transaction, ready: Sequence[AnyRow], until: datetime) -> list[Claimed]:
    if not ready:
        return []
    claimed = [
        _claimed(row, row.attempts + 1, row.resent or row.state == State.UNKNOWN) for row in ready
    ]
    await _change(
        tx,
        [row.id for row in ready],
        state=State.SENDING,
        attempts=Delivery.attempts + 1,
        resent=or_(Delivery.resent, Delivery.state == State.UNKNOWN),
        due_at=until,
    )
    attempts = [
        {
            "delivery_id": one.parcel.delivery_id,
            "number": one.attempts,
            "started_at": tx.now,
            "reason": "",
        }
        for one in claimed
    ]
    await tx.session.execute(insert(Base.metadata.tables["attempt"]), attempts)
    return claimed


def _claimed(row: AnyRow, attempts: int, resent: bool) -> Claimed:
    return Claimed(
        parcel=Parcel(
            delivery_id=row.id,
            to=row.address,
            person_name=row.person_name,
            message=Message(row.subject, row.body_text, row.body_html),
            written_at=row.happened_at,
        ),
        channel=Channel(row.channel),
        kind=row.kind,
        request_id=row.request_id,
        person_id=row.person_id,
        attempts=attempts,
        resent=resent,
    )


async def _settle(
    tx: Transaction,
    ended: Iterable[tuple[Claimed, Result]],
    patience: Patience,
    *still_ours: ColumnElement[bool],
) -> None:
    """What ended alike is written together: a pass in which all went well is two statements."""
    alike: dict[tuple[Result, Next], dict[UUID, Claimed]] = defaultdict(dict)
    for one, result in ended:
        following = after(
            result, attempts=one.attempts, resent=one.resent, now=tx.now, patience=patience
        )
        alike[result, following][one.parcel.delivery_id] = one
    for (result, following), ours in alike.items():
        changed = await _change(
            tx,
            ours,
            *still_ours,
            state=following.state,
            due_at=following.due_at,
            settled_at=tx.now if following.due_at is None else None,
            reason=following.reason,
        )
        await _end_attempts(tx, changed, result)
        for delivery_id in changed:
            _publish(tx, ours[delivery_id], following)


async def _change(
    tx: Transaction, ids: Iterable[UUID], *conditions: ColumnElement[bool], **values: Any
) -> list[UUID]:
    changed = await tx.session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(ids), *conditions)
        .values(values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return list(changed)


async def _end_attempts(tx: Transaction, deliveries: Sequence[UUID], result: Result) -> None:
    await tx.session.execute(
        update(Attempt)
        .where(Attempt.delivery_id.in_(deliveries), Attempt.ended_at.is_(None))
        .values(ended_at=tx.now, outcome=result.outcome, reason=result.reason)
        .execution_options(synchronize_session=False)
    )


def _publish(tx: Transaction, one: Claimed, following: Next) -> None:
    about = {
        "request_id": one.request_id,
        "delivery_id": one.parcel.delivery_id,
        "kind": one.kind,
        "person_id": one.person_id,
        "channel": one.channel,
    }
    if following.state is State.DELIVERED:
        tx.publish(Delivered(**about, delivered_at=tx.now))
    elif following.state is State.FAILED:
        tx.publish(Failed(**about, reason=following.reason, failed_at=tx.now))
