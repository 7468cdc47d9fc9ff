"""Several messages told as one: what was held for a digest, and what has gathered in an outage."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, insert, select, update

from notify_svc import words as words_
from notify_svc.addressees import preferences
from notify_svc.channels import Carrier
from notify_svc.domain import Kind
from notify_svc.models import Base, Closed, Delivery, Notification
from notify_svc.outcomes import State
from notify_svc.policy import CAN_WAIT, Mode
from notify_svc.post_room import PostRoom
from notify_svc.posting import Posting, dispatch_job, post
from notify_svc.queries import AnyRow
from notify_svc.settings import NotifySettings
from shared.contracts.notify import Channel
from shared.database import new_id
from shared.transaction import Transaction

AT_ONCE = 500  # deliveries
LINES = 20  # of a digest; what is more is in the inbox
INBOX_PAGE = "/messages"
# When they are late; a return, an approval or an urge keeps its own message.
CAN_BE_MERGED = CAN_WAIT | {Kind.TASK_ASSIGNED, Kind.HANDED_TO_YOU, Kind.OVERDUE}

notification = Base.metadata.tables["notification"]


async def tell_held(tx: Transaction) -> bool:
    """Sends the digests that are due. Returns: whether there may be more."""
    found = await tx.session.execute(
        _with_their_news()
        .where(Delivery.state == State.HELD, Delivery.not_before <= tx.now)
        .order_by(Delivery.person_id, Delivery.channel, Delivery.id)
        .limit(AT_ONCE)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    rows = found.all()
    wishes = await preferences(tx, {row.person_id for row in rows})
    moot = [row for row in rows if row.moot or _switched_off(wishes.get(row.person_id, {}), row)]
    await _change(tx, moot, state=State.CANCELLED, settled_at=tx.now)
    kept = [row for row in rows if row not in moot]
    await _tell(tx, kept)
    return len(rows) == AT_ONCE


async def merge_late(tx: Transaction, carrier: Carrier) -> None:
    """A provider that is back gives nobody a whole hour's messages, but one that counts them."""
    settings: NotifySettings = tx.runtime.settings
    late = (
        Delivery.channel == carrier.channel,
        Delivery.next_attempt_at <= tx.now,
        Delivery.state.in_((State.QUEUED, State.RETRY)),
        Delivery.not_before < tx.now - timedelta(seconds=settings.merge_after_seconds),
        Notification.kind.in_(CAN_BE_MERGED),
        Delivery.person_id.is_not(None),
    )
    many = await tx.session.scalars(
        select(Delivery.person_id)
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(*late)
        .group_by(Delivery.person_id)
        .having(func.count() > settings.merge_over)
        .limit(AT_ONCE)
    )
    people = many.all()
    if not people:
        return
    found = await tx.session.execute(
        _with_their_news()
        .where(*late, Delivery.person_id.in_(people))
        .order_by(Delivery.id)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    rows = found.all()
    await _change(tx, [row for row in rows if row.moot], state=State.CANCELLED, settled_at=tx.now)
    await _tell(tx, [row for row in rows if not row.moot])


def _with_their_news() -> Select[*tuple[Any, ...]]:
    moot = exists().where(Closed.id == Notification.while_open).label("moot")
    about = (Notification.kind, Notification.words, Notification.person_name)
    where = (Delivery.id, Delivery.person_id, Delivery.channel, Delivery.address)
    return select(*where, *about, moot).join(
        Notification, Notification.id == Delivery.notification_id
    )


def _switched_off(wishes: dict[tuple[Kind, Channel], Mode], row: AnyRow) -> bool:
    """Since it was held: what counts is what a person wants now."""
    return wishes.get((Kind(row.kind), Channel(row.channel))) is Mode.OFF


async def _tell(tx: Transaction, rows: Sequence[AnyRow]) -> None:
    groups: dict[tuple[UUID, str], list[AnyRow]] = defaultdict(list)
    for row in rows:
        groups[row.person_id, row.channel].append(row)
    for (_person, channel), together in groups.items():
        if len(together) == 1:
            await _change(tx, together, state=State.QUEUED, next_attempt_at=tx.now)
            tx.wake(dispatch_job(Channel(channel)))
        else:
            await _merge(tx, Channel(channel), together)


async def _merge(tx: Transaction, channel: Channel, rows: Sequence[AnyRow]) -> None:
    post_room: PostRoom = tx.runtime.own
    words = _words(tx, rows)
    row = {
        "id": new_id(),
        "dedupe_key": f"digest:{channel}:{rows[0].id}",
        "kind": Kind.DIGEST,
        "person_id": rows[0].person_id,
        "person_name": rows[0].person_name,
        "happened_at": tx.now,
        "words": words_.sealed(post_room.safe, words),
    }
    await tx.session.execute(insert(notification).values(row))
    posting = Posting(
        notification_id=row["id"],
        kind=Kind.DIGEST,
        request_id=None,
        person_id=rows[0].person_id,
        address=post_room.safe.open(rows[0].address),
        message=post_room.templates.render(Kind.DIGEST, channel, words),
    )
    await post(tx, post_room.carriers[channel], [posting])
    told = f"told together with {len(rows) - 1} others"
    await _change(tx, rows, state=State.MERGED, settled_at=tx.now, reason=told)


def _words(tx: Transaction, rows: Sequence[AnyRow]) -> dict[str, object]:
    post_room: PostRoom = tx.runtime.own
    lines = []
    for row in rows[:LINES]:
        words = words_.unsealed(post_room.safe, row.words)
        heading = post_room.templates.render(Kind(row.kind), Channel.INBOX, words).subject
        lines.append(f"{heading}：{words['title']}")
    if len(rows) > LINES:
        lines.append(f"……另有 {len(rows) - LINES} 条")
    return {
        "title": "消息汇总",
        "at": tx.now,
        "link": tx.runtime.organisation.portal_url.rstrip("/") + INBOX_PAGE,
        "count": str(len(rows)),
        "lines": lines,
    }


async def _change(tx: Transaction, rows: Sequence[AnyRow], **values: object) -> None:
    if not rows:
        return
    await tx.session.execute(
        update(Delivery)
        .where(Delivery.id.in_([row.id for row in rows]))
        .values({"next_attempt_at": None, **values})
        .execution_options(synchronize_session=False)
    )
