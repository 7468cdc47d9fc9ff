"""When a message does not get through by one channel, another one takes its place."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from notify_svc.addressees import addressees, house
from notify_svc.addresses import addresses, contacts
from notify_svc.domain import Kind, Recipient
from notify_svc.models import Closed, Delivery, Notification
from notify_svc.outcomes import State
from notify_svc.policy import SMS_INSTEAD, Mode, quiet_until
from notify_svc.post_room import PostRoom
from notify_svc.posting import Posting, post
from notify_svc.queries import AnyRow
from notify_svc.words import unsealed
from shared.contracts.notify import Channel
from shared.transaction import Transaction

NOT_TOLD = (State.FAILED, State.UNRESOLVED)
INSTEAD: Mapping[Channel, Channel] = {Channel.WECHAT: Channel.SMS, Channel.WECOM: Channel.SMS}


async def release(tx: Transaction, deliveries: Sequence[UUID]) -> None:
    """Sends by the other channel what these deliveries did not tell, if it still matters."""
    for row in await _worth_it(tx, deliveries):
        posting = await _posting(tx, row)
        if posting is not None:
            post_room: PostRoom = tx.runtime.own
            await post(tx, post_room.carriers[INSTEAD[Channel(row.channel)]], [posting])


async def _posting(tx: Transaction, row: AnyRow) -> Posting | None:
    """None: the person has no such address, or does not want it there."""
    post_room: PostRoom = tx.runtime.own
    kind, channel = Kind(row.kind), INSTEAD[Channel(row.channel)]
    found = await contacts(tx, [row.person_id])
    where = await addresses(tx, list(found.values()))
    address = where.get(row.person_id, {}).get(channel)
    if not address or channel not in post_room.offered(kind):
        return None
    person = Recipient(str(row.person_id), row.person_id, row.person_name, {channel: address})
    known = (await addressees(tx, kind, {row.notification_id: person}))[row.notification_id]
    if known.preferences.get((kind, channel)) is Mode.OFF or channel in known.out_of_reach:
        return None
    return Posting(
        notification_id=row.notification_id,
        kind=kind,
        request_id=row.request_id,
        person_id=row.person_id,
        address=address,
        message=post_room.templates.render(kind, channel, unsealed(post_room.safe, row.words)),
        not_before=quiet_until(kind, known, house(tx, kind), tx.now),
        reason=f"in place of {row.channel}",
    )


async def _worth_it(tx: Transaction, deliveries: Sequence[UUID]) -> Sequence[AnyRow]:
    """Those that have another channel, which is not on its way already, and are not over."""
    if not deliveries:
        return []
    other = aliased(Delivery)
    taken = exists().where(
        other.notification_id == Delivery.notification_id, other.channel.in_(INSTEAD.values())
    )
    found = await tx.session.execute(
        select(
            Delivery.channel,
            Delivery.notification_id,
            Notification.kind,
            Notification.request_id,
            Notification.person_id,
            Notification.person_name,
            Notification.words,
        )
        .join(Notification, Notification.id == Delivery.notification_id)
        .where(
            Delivery.id.in_(deliveries),
            Delivery.channel.in_(INSTEAD),
            Notification.person_id.is_not(None),
            Notification.kind.in_(SMS_INSTEAD),
            ~taken,
            ~exists().where(Closed.id == Notification.while_open),
        )
    )
    return found.all()
