"""Whom to tell, and what need not be told any more."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy import select, update

from notify_svc.domain import (
    DEFAULT_CHANNELS,
    NOT_GONE_OUT,
    Kind,
    Message,
    Notice,
    Recipient,
    State,
)
from notify_svc.models import Base, Closed, Contact, Delivery, Notification
from notify_svc.post_room import PostRoom
from shared.contracts.directory import PersonChanged
from shared.contracts.notify import Channel, Failed
from shared.contracts.people import Person
from shared.database import insert, new_id
from shared.messaging import Retry
from shared.transaction import Transaction

NO_ADDRESS = "no address on record"

# Many rows at a time go in by the tables: the statement is then compiled once, not for each size.
notification = Base.metadata.tables["notification"]
delivery = Base.metadata.tables["delivery"]


def dispatch_job(channel: Channel) -> str:
    """The name of the job that sends by this channel."""
    return f"dispatch_{channel}"


async def keep_contact(tx: Transaction, person: PersonChanged) -> None:
    """The newest news of a person counts, in whatever order it comes."""
    row = person.model_dump(include={"person_id", "login", "name", "mobile", "email", "active"})
    row["changed_at"] = person.changed_at
    statement = insert(tx.session, Contact).values(row)
    await tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id"],
            set_={name: value for name, value in row.items() if name != "person_id"},
            where=Contact.changed_at < person.changed_at,
        )
    )


async def recipients(
    tx: Transaction, people: Iterable[Person], *, while_open: UUID | None = None
) -> list[Recipient]:
    """Where these people can be reached; those who have left are not told.

    Raises: Retry while the directory's news of one of them has not come yet.
    """
    wanted = {person.id for person in people}
    found = await tx.session.scalars(select(Contact).where(Contact.person_id.in_(wanted)))
    contacts = found.all()
    if len(contacts) < len(wanted):
        raise Retry("the directory's news of a recipient has not come yet")
    return [
        Recipient(
            key=str(contact.person_id),
            person_id=contact.person_id,
            name=contact.name,
            # Until WeChat accounts are bound, a WeChat message is addressed to the campus account.
            addresses={
                Channel.WECHAT: contact.login,
                Channel.SMS: contact.mobile,
                Channel.MAIL: contact.email,
            },
            while_open=while_open,
        )
        for contact in contacts
        if contact.active
    ]


async def notify(tx: Transaction, notice: Notice, people: Sequence[Recipient]) -> None:
    """One notification a person, one delivery a channel; none for what they were told already."""
    if not people:
        return
    notifications = {new_id(): person for person in people}
    rows = [
        {
            "id": notification_id,
            "dedupe_key": f"{notice.occasion}:{person.key}",
            "kind": notice.kind,
            "request_id": notice.request_id,
            "while_open": person.while_open,
            "person_id": person.person_id,
            "person_name": person.name,
            "happened_at": notice.at,
        }
        for notification_id, person in notifications.items()
    ]
    once = insert(tx.session, notification).on_conflict_do_nothing(index_elements=["dedupe_key"])
    fresh = await tx.session.scalars(once.returning(notification.c.id), rows)
    told = set(fresh)
    await _deliver(tx, notice, {key: who for key, who in notifications.items() if key in told})


async def _deliver(tx: Transaction, notice: Notice, people: dict[UUID, Recipient]) -> None:
    post_room: PostRoom = tx.runtime.own
    words = notice.words(tx.runtime.organisation.portal_url)
    rows = []
    for channel in DEFAULT_CHANNELS[notice.kind]:
        reached = {key: who for key, who in people.items() if channel in who.addresses}
        if channel not in post_room.senders or not reached:
            continue
        message = post_room.templates.render(notice.kind, channel, words)
        rows += [
            _delivery(tx, notice, channel, message, notification_id=key, to=who)
            for key, who in reached.items()
        ]
        tx.wake(dispatch_job(channel))
    if rows:
        await tx.session.execute(plain_insert(delivery), rows)


def _delivery(
    tx: Transaction,
    notice: Notice,
    channel: Channel,
    message: Message,
    *,
    notification_id: UUID,
    to: Recipient,
) -> dict[str, object]:
    delivery_id = new_id()
    address = to.addresses[channel]
    if not address:
        tx.publish(
            Failed(
                request_id=notice.request_id,
                delivery_id=delivery_id,
                kind=notice.kind,
                person_id=to.person_id,
                channel=channel,
                reason=NO_ADDRESS,
                failed_at=tx.now,
            )
        )
    return {
        "id": delivery_id,
        "notification_id": notification_id,
        "channel": channel,
        "address": address or "",
        "subject": message.subject,
        "body_text": message.text,
        "body_html": message.html,
        "state": State.QUEUED if address else State.FAILED,
        "attempts": 0,
        "resent": False,
        "due_at": tx.now if address else None,
        "settled_at": None if address else tx.now,
        "reason": "" if address else NO_ADDRESS,
    }


async def close(tx: Transaction, over: UUID) -> None:
    """A task or request is over: cancels what has not gone out, and what would come too late.

    The row remains, because an event about it may still come; the dispatcher looks at it last.
    """
    row = insert(tx.session, Closed).values(id=over, closed_at=tx.now)
    await tx.session.execute(row.on_conflict_do_nothing())
    about = select(Notification.id).where(Notification.while_open == over)
    await tx.session.execute(
        update(Delivery)
        .where(Delivery.notification_id.in_(about), Delivery.state.in_(NOT_GONE_OUT))
        .values(state=State.CANCELLED, due_at=None, settled_at=tx.now)
        .execution_options(synchronize_session=False)
    )


async def tasks_told(tx: Transaction, tasks: Sequence[UUID]) -> dict[str, UUID]:
    """Which of these tasks each recipient, by key, was told of when it came."""
    rows = await tx.session.execute(
        select(Notification.person_id, Notification.while_open).where(
            Notification.while_open.in_(tasks), Notification.kind == Kind.TASK_ASSIGNED
        )
    )
    return {str(person): task for person, task in rows if task is not None}
