"""The lane of ordered handlers: how far it has come in a producer's sequence of an aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select, update

from shared.database import insert
from shared.messaging.envelope import Envelope
from shared.messaging.tables import inbox_cursor, inbox_waiting
from shared.messaging.waiting import Waiting, envelope_of

if TYPE_CHECKING:
    from shared.transaction import Transaction

ORDERED = "ordered"  # the lane that all ordered handlers of a service share


@dataclass(frozen=True)
class Turn:
    """Where an event stands. `last` is what the lane has come to, this event included if `mine`."""

    mine: bool
    early: bool
    last: int
    holding: bool  # others may wait behind


async def take_turn(tx: "Transaction", envelope: Envelope) -> Turn:
    """Moves the lane on to this event if it is the next one. The usual way is one statement."""
    sequence = envelope.sequence
    moved = await tx.session.execute(
        update(inbox_cursor)
        .where(_cursor_of(envelope), inbox_cursor.c.last == sequence - 1)
        .values(last=sequence)
        .returning(inbox_cursor.c.holding)
    )
    row = moved.first()
    if row is not None:
        return Turn(mine=True, early=False, last=sequence, holding=row.holding)
    last, holding = await _locked(tx, envelope)
    if sequence <= last:
        return Turn(mine=False, early=False, last=last, holding=holding)
    mine = sequence == last + 1
    change: dict[str, Any] = {"last": sequence} if mine else {"holding": True}
    await tx.session.execute(update(inbox_cursor).where(_cursor_of(envelope)).values(change))
    return Turn(mine=mine, early=not mine, last=sequence if mine else last, holding=holding)


class OutOfTurn(Exception):
    """These events are not the next ones of their lane, or others wait behind them."""


async def take_turns(tx: "Transaction", envelopes: Sequence[Envelope]) -> None:
    """Moves the lane on to the last of these, which follow each other. Raises: OutOfTurn."""
    first, last = envelopes[0], envelopes[-1]
    next_and_free = (inbox_cursor.c.last == first.sequence - 1) & inbox_cursor.c.holding.is_(False)
    statement: Any
    if first.sequence == 1:  # most lanes begin here: made and moved on at once
        row = insert(tx.session, inbox_cursor).values(
            producer=first.producer, aggregate=first.aggregate, last=last.sequence, holding=False
        )
        statement = row.on_conflict_do_update(
            index_elements=["producer", "aggregate"],
            set_={"last": last.sequence},
            where=next_and_free,
        )
    else:
        statement = (
            update(inbox_cursor).where(_cursor_of(first), next_and_free).values(last=last.sequence)
        )
    moved = await tx.session.execute(statement.returning(inbox_cursor.c.last))
    if moved.first() is None:
        raise OutOfTurn


async def next_held(tx: "Transaction", envelope: Envelope, turn: Turn) -> Envelope | None:
    """The event that waited for this one. The lane no longer holds when there is none left."""
    held = await tx.session.execute(
        select(inbox_waiting)
        .where(
            inbox_waiting.c.producer == envelope.producer,
            inbox_waiting.c.aggregate == envelope.aggregate,
            inbox_waiting.c.lane == ORDERED,
            inbox_waiting.c.sequence > turn.last,
        )
        .order_by(inbox_waiting.c.sequence)
        .limit(1)
    )
    row = held.first()
    if row is None:
        emptied = update(inbox_cursor).where(_cursor_of(envelope)).values(holding=False)
        await tx.session.execute(emptied)
        return None
    is_next = row.sequence == turn.last + 1 and row.state == Waiting.GAP
    return envelope_of(row) if is_next else None


async def _locked(tx: "Transaction", envelope: Envelope) -> tuple[int, bool]:
    first = insert(tx.session, inbox_cursor).values(
        producer=envelope.producer, aggregate=envelope.aggregate, last=0, holding=False
    )
    await tx.session.execute(first.on_conflict_do_nothing())
    locked = await tx.session.execute(
        select(inbox_cursor.c.last, inbox_cursor.c.holding)
        .where(_cursor_of(envelope))
        .with_for_update()
    )
    row = locked.one()
    return row.last, row.holding


def _cursor_of(envelope: Envelope) -> ColumnElement[bool]:
    return (inbox_cursor.c.producer == envelope.producer) & (
        inbox_cursor.c.aggregate == envelope.aggregate
    )
