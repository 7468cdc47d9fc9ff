"""Whom to tell, and what need not be told any more."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, update

from notify_svc import words as words_
from notify_svc.addresses import addresses, contacts
from notify_svc.domain import DEFAULT_CHANNELS, Kind, Notice, Recipient
from notify_svc.models import Base, Closed, Contact, Delivery, Notification
from notify_svc.outcomes import NOT_GONE_OUT, State
from notify_svc.post_room import PostRoom
from notify_svc.posting import Posting, post
from notify_svc.words import Words
from shared.contracts.directory import PersonChanged
from shared.contracts.people import Person, Post
from shared.database import insert, new_id
from shared.messaging import Retry
from shared.transaction import Transaction

# Many rows at a time go in by the table: the statement is then compiled once, not for each size.
notification = Base.metadata.tables["notification"]


async def keep_contact(tx: Transaction, person: PersonChanged) -> None:
    """The newest news of a person counts, in whatever order it comes."""
    post_room: PostRoom = tx.runtime.own
    seal = post_room.safe.seal
    row = {
        "person_id": person.person_id,
        "login": person.login,
        "name": person.name,
        "mobile": seal(person.mobile) if person.mobile else None,
        "email": seal(person.email) if person.email else None,
        "active": person.active,
        "administrator": any(held.post is Post.ADMINISTRATOR for held in person.posts),
        "changed_at": person.changed_at,
    }
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
    known = await contacts(tx, wanted)
    if len(known) < len(wanted):
        raise Retry("the directory's news of a recipient has not come yet")
    reached = await addresses(tx, list(known.values()))
    return [
        Recipient(
            key=str(contact.person_id),
            person_id=contact.person_id,
            name=contact.name,
            addresses=reached[contact.person_id],
            while_open=while_open,
        )
        for contact in known.values()
        if contact.active
    ]


async def notify(tx: Transaction, notice: Notice, people: Sequence[Recipient]) -> None:
    """One notification a person, one delivery a channel; none for what they were told already."""
    if not people:
        return
    post_room: PostRoom = tx.runtime.own
    words = notice.words(tx.runtime.organisation.portal_url)
    kept = words_.sealed(post_room.safe, words)
    notifications = {new_id(): person for person in people}
    rows = [
        {
            "id": notification_id,
            "dedupe_key": f"{notice.occasion}:{person.key}",
            "kind": notice.kind,
            "request_id": notice.request_id,
            "while_open": person.while_open,
            "task_id": notice.task_id,
            "person_id": person.person_id,
            "person_name": person.name,
            "happened_at": notice.at,
            "words": kept,
        }
        for notification_id, person in notifications.items()
    ]
    once = insert(tx.session, notification).on_conflict_do_nothing(index_elements=["dedupe_key"])
    fresh = await tx.session.scalars(once.returning(notification.c.id), rows)
    told = {key: notifications[key] for key in fresh}
    await _deliver(tx, notice, words, told)


async def _deliver(
    tx: Transaction, notice: Notice, words: Words, people: dict[UUID, Recipient]
) -> None:
    post_room: PostRoom = tx.runtime.own
    for channel in DEFAULT_CHANNELS[notice.kind]:
        reached = {key: who for key, who in people.items() if channel in who.addresses}
        carrier = post_room.carriers.get(channel)
        if carrier is None or not reached:
            continue
        message = post_room.templates.render(notice.kind, channel, words)
        postings = [
            Posting(
                notification_id=key,
                kind=notice.kind,
                request_id=notice.request_id,
                person_id=who.person_id,
                address=who.addresses[channel],
                message=message,
            )
            for key, who in reached.items()
        ]
        await post(tx, carrier, postings)


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
        .values(state=State.CANCELLED, next_attempt_at=None, settled_at=tx.now)
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
