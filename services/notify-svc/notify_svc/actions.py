"""Whom to tell, and what need not be told any more."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update

from notify_svc import fallback
from notify_svc import words as words_
from notify_svc.addressees import addressees, house
from notify_svc.addresses import addresses, contacts
from notify_svc.domain import Kind, Notice, Recipient
from notify_svc.models import Closed, Contact, Delivery, Notification
from notify_svc.outcomes import GONE_OUT, NOT_GONE_OUT, State
from notify_svc.policy import plan
from notify_svc.post_room import PostRoom
from notify_svc.posting import Posting, post
from notify_svc.words import Words
from shared.contracts.directory import PersonChanged
from shared.contracts.notify import Channel
from shared.contracts.people import Person, Post
from shared.database import insert, new_id, table_of
from shared.messaging import Retry
from shared.transaction import Transaction

_delivery, _notification = table_of(Delivery), table_of(Notification)
_NOTIFY = (
    insert(Notification)
    .on_conflict_do_nothing(index_elements=["dedupe_key"])
    .returning(_notification.c.id)
)
_CLOSE = insert(Closed).on_conflict_do_nothing()
_OLD_NEWS = update(_delivery).where(
    _delivery.c.notification_id.in_(
        select(_notification.c.id).where(
            _notification.c.request_id == bindparam("of_request"),
            _notification.c.kind == bindparam("of_kind"),
            _notification.c.person_id.in_(bindparam("people", expanding=True)),
        )
    ),
    _delivery.c.state.in_((State.QUEUED, State.HELD, State.RETRY)),
)
_ABOUT = _delivery.c.notification_id.in_(
    select(_notification.c.id).where(_notification.c.while_open == bindparam("over"))
)
_CANCEL = update(_delivery).where(_ABOUT, _delivery.c.state.in_(NOT_GONE_OUT))
_CHANGE_CARDS = update(_delivery).where(
    _ABOUT,
    _delivery.c.state.in_(GONE_OUT),
    _delivery.c.channel.in_(bindparam("channels", expanding=True)),
)
HANDLER = "handler"  # the key of who is known by mobile number only


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
    statement = insert(Contact).values(row)
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
    fresh = await tx.session.scalars(_NOTIFY, rows)
    told = {key: notifications[key] for key in fresh}
    await _deliver(tx, notice, words, told)


async def _deliver(
    tx: Transaction, notice: Notice, words: Words, people: dict[UUID, Recipient]
) -> None:
    """By the channels that follow from the kind, the person and the hour (policy.py)."""
    post_room: PostRoom = tx.runtime.own
    known = await addressees(tx, notice.kind, people)
    rules = house(tx, notice.kind)
    postings: dict[Channel, list[Posting]] = defaultdict(list)
    for key, who in people.items():
        for planned in plan(notice.kind, known[key], rules, tx.now):
            posting = Posting(
                notification_id=key,
                kind=notice.kind,
                request_id=notice.request_id,
                person_id=who.person_id,
                address=who.addresses[planned.channel],
                message=post_room.templates.render(notice.kind, planned.channel, words),
                not_before=planned.not_before,
                state=planned.state,
                failed=known[key].out_of_reach.get(planned.channel),
            )
            postings[planned.channel].append(posting)
    not_tried: list[UUID] = []
    for channel, mine in postings.items():
        posted = await post(tx, post_room.carriers[channel], mine)
        not_tried += [key for key, one in zip(posted, mine, strict=True) if one.failed]
    # After all of them are there: what goes by SMS anyway needs no other SMS in its place.
    await fallback.release(tx, not_tried)


async def supersede(tx: Transaction, notice: Notice, people: Sequence[Recipient]) -> None:
    """News of the same kind about the same request: what has not gone out yet is old news."""
    about = {
        "of_request": notice.request_id,
        "of_kind": notice.kind,
        "people": [who.person_id for who in people],
    }
    await tx.session.execute(
        _OLD_NEWS, {**about, **_cancelled(tx), "reason": "there is newer news of it"}
    )


async def close(tx: Transaction, over: UUID, *, how: str) -> None:
    """A task or request is over: cancels what has not gone out, and what would come too late.

    `how`, in words, is what a card that can still be changed says from now on.

    The row remains, because an event about it may still come; the dispatcher looks at it last.
    """
    await tx.session.execute(_CLOSE, {"id": over, "closed_at": tx.now})
    await tx.session.execute(_CANCEL, {"over": over, **_cancelled(tx)})
    post_room: PostRoom = tx.runtime.own
    updating = [one.channel for one in post_room.carriers.values() if one.capabilities.updates]
    if updating:
        change = {"update_due_at": tx.now, "update_words": how}
        await tx.session.execute(_CHANGE_CARDS, {"over": over, "channels": updating, **change})
        tx.wake("cards")


def _cancelled(tx: Transaction) -> dict[str, Any]:
    return {"state": State.CANCELLED, "next_attempt_at": None, "settled_at": tx.now}


async def tasks_told(tx: Transaction, tasks: Sequence[UUID]) -> dict[str, UUID]:
    """Which of these tasks each recipient, by key, was told of when it came."""
    rows = await tx.session.execute(
        select(Notification.person_id, Notification.while_open).where(
            Notification.while_open.in_(tasks),
            Notification.kind.in_((Kind.TASK_ASSIGNED, Kind.HANDED_TO_YOU)),
        )
    )
    return {str(person): task for person, task in rows if task is not None}


async def administrators(tx: Transaction) -> list[Recipient]:
    """Everyone with that post, as the directory last said."""
    found = await tx.session.scalars(
        select(Contact).where(Contact.administrator, Contact.active).order_by(Contact.person_id)
    )
    people = [Person(id=contact.person_id, name=contact.name) for contact in found]
    return await recipients(tx, people)


async def handler_who_was_called(tx: Transaction, request_id: UUID) -> list[Recipient]:
    """The handler, if an SMS told them to come to the counter."""
    post_room: PostRoom = tx.runtime.own
    found = await tx.session.execute(
        select(Notification.person_name, Delivery.address)
        .join(Delivery, Delivery.notification_id == Notification.id)
        .where(
            Notification.request_id == request_id,
            Notification.kind == Kind.APPROVED,
            Notification.person_id.is_(None),
            Delivery.channel == Channel.SMS,
            Delivery.address != "",
        )
    )
    return [
        Recipient(
            key=HANDLER,
            person_id=None,
            name=row.person_name,
            addresses={Channel.SMS: post_room.safe.open(row.address)},
        )
        for row in found
    ]
