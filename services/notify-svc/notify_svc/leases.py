"""Which deliveries are ours to send, and what became of them.

A claim commits before anything goes out, as a lease with an end. A delivery that nobody settles
by then may have gone out: the process died between sending and committing. It is never just
queued again, it becomes `unknown` (see `outcomes.after`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, select, update

from notify_svc import digest, limits, providers
from notify_svc.channels import Carrier, Parcel, Sent
from notify_svc.domain import Kind, Message
from notify_svc.models import Base, Closed, Delivery, Notification
from notify_svc.outcomes import Errand, Outcome, Past, Result, State, errand
from notify_svc.post_room import PostRoom
from notify_svc.providers import Allowance
from notify_svc.queries import AnyRow
from notify_svc.settlement import Ended, finish
from shared.contracts.notify import Channel
from shared.database import insert, table_of
from shared.transaction import Transaction

attempt = Base.metadata.tables["attempt"]
_DUE = (
    select(
        *table_of(Delivery).columns,
        Notification.kind,
        Notification.request_id,
        Notification.task_id,
        Notification.person_name,
        Notification.happened_at,
        exists().where(Closed.id == Notification.while_open).label("moot"),
    )
    .join(Notification, Notification.id == Delivery.notification_id)
    .where(Delivery.channel == bindparam("channel"), Delivery.next_attempt_at <= bindparam("now"))
    .order_by(Delivery.next_attempt_at)
    .limit(bindparam("limit"))
    .with_for_update(of=Delivery, skip_locked=True)
)
_BEGIN = insert(attempt)

TOO_LATE = Result(Outcome.WAIT, "it has waited too long")
LEASE_LOST = Result(Outcome.UNKNOWN, "the attempt ended without an answer")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery and the attempt at it that is under way; `ended` is for when it is over."""

    parcel: Parcel
    errand: Errand
    ended: Ended

    @property
    def sent(self) -> Sent:
        """The earlier attempt to ask about."""
        began = self.ended.past.unknown_since or self.ended.began
        return Sent(self.parcel, began, self.ended.message_id, self.ended.references)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one pass sends. The lease's end tells this claim of a delivery from a later one."""

    claimed: Sequence[Claimed]
    lease_until: datetime


async def claim(
    tx: Transaction, carrier: Carrier, *, limit: int, lease: timedelta
) -> Batch | Allowance:
    """Takes what is due and still worth sending; or says that nothing may go out now.

    An empty batch: there was something to do, but nothing to send.
    """
    allowed = await providers.allowance(tx, carrier.provider, limit)
    if not allowed.count:
        return allowed
    if allowed.recovering:
        await digest.merge_late(tx, carrier)
    rows = await _due(tx, carrier, allowed.count)
    moot = [row for row in rows if row.moot]
    lost = [row for row in rows if not row.moot and row.state == State.SENDING]
    stale = [row for row in rows if not row.moot and row not in lost and tx.now > row.deadline]
    rest = [row for row in rows if not row.moot and row not in lost and row not in stale]
    await _cancel(tx, moot)
    await _give_up_leases(tx, carrier, lost)
    expired = [(_ended(row, row.attempts, began=tx.now), TOO_LATE) for row in stale]
    await finish(tx, carrier, expired)
    late = await limits.defer(tx, carrier, rest)
    ready = [row for row in rest if row.id not in late]
    claimed = await _lease(tx, carrier, ready, tx.now + lease)
    if allowed.limited:
        await providers.give_back(tx, carrier.provider, allowed.count - len(claimed))
    return Batch(claimed, tx.now + lease) if rows else Allowance(0)


async def settle(
    tx: Transaction, carrier: Carrier, batch: Batch, results: Sequence[Result]
) -> None:
    """Writes down what became of a batch; `results` in its order."""
    ended = [(one.ended, result) for one, result in zip(batch.claimed, results, strict=True)]
    await providers.learn(tx, carrier.provider, results)
    await finish(tx, carrier, ended, lease_until=batch.lease_until)


async def _due(tx: Transaction, carrier: Carrier, limit: int) -> Sequence[AnyRow]:
    """Another replica's rows are passed over, not waited for."""
    wanted = {"channel": carrier.channel, "now": tx.now, "limit": limit}
    return (await tx.session.execute(_DUE, wanted)).all()


async def _give_up_leases(tx: Transaction, carrier: Carrier, lost: Sequence[AnyRow]) -> None:
    """The lease was wait enough: what may be sent again is sent with the next pass."""
    if not lost:
        return
    last = (attempt.c.delivery_id == Delivery.id) & (attempt.c.number == Delivery.attempts)
    rows = await tx.session.execute(
        select(Delivery.id, attempt.c.started_at)
        .join(attempt, last)
        .where(Delivery.id.in_([row.id for row in lost]))
    )
    began = {row.id: row.started_at for row in rows}
    ended = [_ended(row, row.attempts, began=began[row.id]) for row in lost]
    patience = replace(tx.runtime.settings.patience, before_resend=timedelta())
    await finish(tx, carrier, [(one, LEASE_LOST) for one in ended], patience=patience)


async def _cancel(tx: Transaction, moot: Sequence[AnyRow]) -> None:
    if not moot:
        return
    await tx.session.execute(
        update(Delivery)
        .where(Delivery.id.in_([row.id for row in moot]))
        .values(state=State.CANCELLED, next_attempt_at=None, settled_at=tx.now)
        .execution_options(synchronize_session=False)
    )


async def _lease(
    tx: Transaction, carrier: Carrier, ready: Sequence[AnyRow], until: datetime
) -> list[Claimed]:
    if not ready:
        return []
    claimed = [_claimed(tx, carrier, row) for row in ready]
    await tx.session.execute(
        update(Delivery)
        .where(Delivery.id.in_([row.id for row in ready]))
        .values(state=State.SENDING, attempts=Delivery.attempts + 1, next_attempt_at=until)
        .execution_options(synchronize_session=False)
    )
    attempts = [
        {
            "delivery_id": one.ended.delivery_id,
            "number": one.ended.number,
            "errand": one.errand,
            "started_at": tx.now,
            "reason": "",
            "code": "",
        }
        for one in claimed
    ]
    await tx.session.execute(_BEGIN, attempts)
    return claimed


def _claimed(tx: Transaction, carrier: Carrier, row: AnyRow) -> Claimed:
    ended = _ended(row, row.attempts + 1, began=tx.now)
    post_room: PostRoom = tx.runtime.own
    parcel = Parcel(
        delivery_id=row.id,
        to=post_room.safe.open(row.address),
        person_name=row.person_name,
        message=Message.from_json(post_room.safe.open(row.content)),
        written_at=row.happened_at,
        kind=Kind(row.kind),
        task_id=row.task_id,
    )
    what = errand(ended.past, carrier.capabilities, tx.now)
    return Claimed(parcel, what, ended)


def _ended(row: AnyRow, number: int, *, began: datetime) -> Ended:
    return Ended(
        delivery_id=row.id,
        notification_id=row.notification_id,
        number=number,
        began=began,
        past=Past(row.failures, row.asked, row.unknown_since),
        deadline=row.deadline,
        kind=Kind(row.kind),
        request_id=row.request_id,
        person_id=row.person_id,
        channel=Channel(row.channel),
        address_hash=row.address_hash,
        message_id=row.provider_message_id,
        references=row.provider_references,
    )
