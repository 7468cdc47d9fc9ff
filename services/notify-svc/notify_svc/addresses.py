"""Where people can be reached: the directory's contacts, and the accounts they have bound."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from notify_svc.models import Binding, Contact
from notify_svc.post_room import PostRoom
from shared.contracts.notify import Channel
from shared.transaction import Transaction

_CONTACTS = select(Contact).where(Contact.person_id.in_(bindparam("people", expanding=True)))
_BINDINGS = select(Binding).where(Binding.person_id.in_(bindparam("people", expanding=True)))

Addresses = Mapping[Channel, str | None]


async def contacts(tx: Transaction, people: Iterable[UUID]) -> dict[UUID, Contact]:
    """Those of these people whom the directory has told of."""
    found = await tx.session.scalars(_CONTACTS, {"people": set(people)})
    return {contact.person_id: contact for contact in found}


async def addresses(tx: Transaction, people: Sequence[Contact]) -> dict[UUID, Addresses]:
    """Of each, by channel. None: there is no address for it."""
    post_room: PostRoom = tx.runtime.own
    ids = [contact.person_id for contact in people]
    bound = {
        (row.person_id, row.channel): post_room.safe.open(row.address)
        for row in await tx.session.scalars(_BINDINGS, {"people": ids})
    }
    return {
        contact.person_id: {
            channel: bound.get((contact.person_id, channel)) or _own(post_room, contact, channel)
            for channel in Channel
        }
        for contact in people
    }


def _own(post_room: PostRoom, contact: Contact, channel: Channel) -> str | None:
    """What follows from the directory alone."""
    match channel:
        case Channel.SMS:
            return post_room.safe.open(contact.mobile) if contact.mobile else None
        case Channel.MAIL:
            return post_room.safe.open(contact.email) if contact.email else None
        case Channel.WECHAT:  # an openid is known only once its owner has bound it
            carrier = post_room.carriers.get(channel)
            shown = carrier is not None and not carrier.binds
            return contact.login if shown else None
        case Channel.WECOM | Channel.WEBHOOK:
            return contact.login
        case Channel.INBOX:
            return str(contact.person_id)
