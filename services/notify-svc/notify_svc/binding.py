"""A person's account at a provider: bound by a QR code or by signing in inside WeChat.

By QR code: the portal shows a code, the person scans it and is told a check code by the account,
and enters it in the portal. So it is the person who sits at the portal who scanned, and neither
somebody who saw the code nor somebody who was sent it.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select, update

from notify_svc.errors import (
    BoundElsewhere,
    NoSuchTicket,
    NotScannedYet,
    TicketExpired,
    WrongCheckCode,
)
from notify_svc.models import Binding, BindTicket
from notify_svc.privacy import Safe
from notify_svc.replays import Call, first_time
from notify_svc.suppression import lift
from shared.contracts.notify import Channel
from shared.database import insert
from shared.transaction import Transaction

LASTS = timedelta(minutes=10)
KEPT = timedelta(days=1)  # a ticket after its end
TRIES = 5
CODE_DIGITS = 6


class Way(StrEnum):
    QR = "qr"
    SIGN_IN = "sign_in"  # inside WeChat


class TicketState(StrEnum):
    PENDING = "pending"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Ticket:
    id: str
    state: TicketState
    expires_at: datetime


def new_check_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


async def bound_at(tx: Transaction, person_id: UUID, channel: Channel) -> datetime | None:
    """None: nothing is bound."""
    return await tx.session.scalar(
        select(Binding.bound_at).where(Binding.person_id == person_id, Binding.channel == channel)
    )


async def begin(tx: Transaction, person_id: UUID, channel: Channel, way: Way) -> Ticket:
    """Earlier tickets of the person end; old ones of everyone are cleared away."""
    mine = (BindTicket.person_id == person_id) & (BindTicket.channel == channel)
    over = (BindTicket.expires_at < tx.now - KEPT) | (
        mine & (BindTicket.state != TicketState.CONFIRMED)
    )
    await tx.session.execute(delete(BindTicket).where(over))
    # 128 bits; letters and digits only, as the state of a sign-in must be.
    ticket = BindTicket(
        id=secrets.token_hex(16),
        person_id=person_id,
        channel=channel,
        way=way,
        state=TicketState.PENDING,
        wrong_codes=0,
        expires_at=tx.now + LASTS,
    )
    tx.session.add(ticket)
    return Ticket(ticket.id, TicketState.PENDING, ticket.expires_at)


async def look(tx: Transaction, person_id: UUID, ticket_id: str) -> Ticket:
    """Raises: NoSuchTicket."""
    ticket = await _own(tx, person_id, ticket_id)
    return Ticket(ticket.id, _state(ticket, tx.now), ticket.expires_at)


async def scanned(tx: Transaction, *, scene: str, openid: str, check_code: str, once: Call) -> None:
    """Whoever scans last may be confirmed, with the check code that they were told."""
    if not await first_time(tx, once):
        return
    await tx.session.execute(
        update(BindTicket)
        .where(
            BindTicket.id == scene,
            BindTicket.way == Way.QR,
            BindTicket.state.in_((TicketState.PENDING, TicketState.SCANNED)),
            BindTicket.expires_at > tx.now,
        )
        .values(
            state=TicketState.SCANNED,
            address=_safe(tx).seal(openid),
            check_code=check_code,
        )
    )


async def confirm(tx: Transaction, person_id: UUID, ticket_id: str, check_code: str) -> bool:
    """Binds the account that scanned the code. Returns: whether the check code was right.

    Not a refusal, because a wrong one has to be counted, and what is refused is undone.

    Raises: NoSuchTicket, TicketExpired, NotScannedYet, BoundElsewhere.
    """
    ticket = await _own(tx, person_id, ticket_id, way=Way.QR)
    if _state(ticket, tx.now) is TicketState.CONFIRMED:
        return True
    if _state(ticket, tx.now) is TicketState.EXPIRED:
        raise TicketExpired
    if ticket.address is None or ticket.check_code is None:
        raise NotScannedYet
    if not hmac.compare_digest(ticket.check_code.encode(), check_code.encode()):
        ticket.wrong_codes += 1
        return False
    await bind(tx, person_id, Channel(ticket.channel), _safe(tx).open(ticket.address))
    ticket.state, ticket.address, ticket.check_code = TicketState.CONFIRMED, None, None
    return True


async def wrong_code(tx: Transaction, person_id: UUID, ticket_id: str) -> WrongCheckCode:
    ticket = await _own(tx, person_id, ticket_id)
    return WrongCheckCode(tries_left=max(TRIES - ticket.wrong_codes, 0))


async def awaits_sign_in(tx: Transaction, person_id: UUID, state: str) -> Channel:
    """What the sign-in was begun for, by this very person: or else somebody could have another
    person bind the account of a third. Raises: NoSuchTicket, TicketExpired."""
    ticket = await _own(tx, person_id, state, way=Way.SIGN_IN)
    if _state(ticket, tx.now) is not TicketState.PENDING:
        raise TicketExpired
    return Channel(ticket.channel)


async def signed_in(tx: Transaction, person_id: UUID, state: str, address: str) -> None:
    """Raises: NoSuchTicket, TicketExpired, BoundElsewhere."""
    channel = await awaits_sign_in(tx, person_id, state)
    await bind(tx, person_id, channel, address)
    ticket = await _own(tx, person_id, state)
    ticket.state = TicketState.CONFIRMED


async def bind(tx: Transaction, person_id: UUID, channel: Channel, address: str) -> None:
    """Instead of what the person had bound before. Raises: BoundElsewhere."""
    safe = _safe(tx)
    hashes = safe.fingerprints(address)
    elsewhere = await tx.session.scalar(
        select(Binding.person_id).where(
            Binding.channel == channel,
            Binding.address_hash.in_(hashes),
            Binding.person_id != person_id,
        )
    )
    if elsewhere is not None:
        raise BoundElsewhere
    row = {
        "address": safe.seal(address),
        "address_hash": safe.fingerprint(address),
        "bound_at": tx.now,
    }
    statement = insert(Binding).values(person_id=person_id, channel=channel, **row)
    await tx.session.execute(
        statement.on_conflict_do_update(index_elements=["person_id", "channel"], set_=row)
    )
    # Whoever has just shown that they are there is reached at once.
    await lift(tx, channel, hashes)


async def remove(tx: Transaction, person_id: UUID, channel: Channel) -> None:
    await tx.session.execute(
        delete(Binding).where(Binding.person_id == person_id, Binding.channel == channel)
    )


async def left(tx: Transaction, *, channel: Channel, address: str, once: Call) -> None:
    """The person does not follow the account any more: it cannot reach them until bound anew."""
    if not await first_time(tx, once):
        return
    await tx.session.execute(
        delete(Binding).where(
            Binding.channel == channel,
            Binding.address_hash.in_(_safe(tx).fingerprints(address)),
        )
    )


async def _own(
    tx: Transaction, person_id: UUID, ticket_id: str, way: Way | None = None
) -> BindTicket:
    statement = select(BindTicket).where(
        BindTicket.id == ticket_id, BindTicket.person_id == person_id
    )
    if way is not None:
        statement = statement.where(BindTicket.way == way)
    ticket = await tx.session.scalar(statement.with_for_update())
    if ticket is None:
        raise NoSuchTicket
    return ticket


def _state(ticket: BindTicket, now: datetime) -> TicketState:
    if ticket.state == TicketState.CONFIRMED:
        return TicketState.CONFIRMED
    if ticket.expires_at <= now or ticket.wrong_codes >= TRIES:
        return TicketState.EXPIRED
    return TicketState(ticket.state)


def _safe(tx: Transaction) -> Safe:
    safe: Safe = tx.runtime.own.safe
    return safe
