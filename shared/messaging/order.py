"""The lane of ordered handlers: how far it has come in a producer's sequence of an aggregate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from shared.database import insert
from shared.messaging.envelope import Envelope
from shared.messaging.tables import inbox_cursor, inbox_waiting
from shared.messaging.waiting import Waiting, envelope_of

if TYPE_CHECKING:
    from shared.transaction import Transaction

ORDERED = "ordered"  # the lane that all ordered handlers of a service share

_OF_AGGREGATE = (inbox_cursor.c.producer == bindparam("of_producer")) & (
    inbox_cursor.c.aggregate == bindparam("of_aggregate")
)
_MOVE = update(inbox_cursor).where(_OF_AGGREGATE)
_MOVE_ON = _MOVE.where(inbox_cursor.c.last == bindparam("before"))
_TAKE_TURN = _MOVE_ON.returning(inbox_cursor.c.holding)
_FREE = inbox_cursor.c.holding.is_(False)
_TAKE_TURNS = _MOVE_ON.where(_FREE).returning(inbox_cursor.c.last)
_BEGIN = insert(inbox_cursor)
_BEGIN_ONCE = _BEGIN.on_conflict_do_nothing()
_TAKE_FIRST_TURNS = _BEGIN.on_conflict_do_update(
    index_elements=["producer", "aggregate"],
    set_={"last": _BEGIN.excluded.last},
    where=(inbox_cursor.c.last == 0) & _FREE,
).returning(inbox_cursor.c.last)
_LOCK = select(inbox_cursor.c.last, inbox_cursor.c.holding).where(_OF_AGGREGATE).with_for_update()


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
    cursor = _cursor_of(envelope)
    moved = await tx.session.execute(
        _TAKE_TURN, {**cursor, "before": sequence - 1, "last": sequence}
    )
    row = moved.first()
    if row is not None:
        return Turn(mine=True, early=False, last=sequence, holding=row.holding)
    last, holding = await _locked(tx, envelope)
    if sequence <= last:
        return Turn(mine=False, early=False, last=last, holding=holding)
    mine = sequence == last + 1
    change: dict[str, Any] = {"last": sequence} if mine else {"holding": True}
    await tx.session.execute(_MOVE, {**cursor, **change})
    return Turn(mine=mine, early=not mine, last=sequence if mine else last, holding=holding)


class OutOfTurn(Exception):
    """These events are not the next ones of their lane, or others wait behind them."""


async def take_turns(tx: "Transaction", envelopes: Sequence[Envelope]) -> None:
    """Moves the lane on to the last of these, which follow each other. Raises: OutOfTurn."""
    first, last = envelopes[0], envelopes[-1]
    if first.sequence == 1:  # most lanes begin here: made and moved on at once
        moved = await tx.session.execute(_TAKE_FIRST_TURNS, _begun(first, last=last.sequence))
    else:
        moved = await tx.session.execute(
            _TAKE_TURNS,
            {**_cursor_of(first), "before": first.sequence - 1, "last": last.sequence},
        )
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
        await tx.session.execute(_MOVE, {**_cursor_of(envelope), "holding": False})
        return None
    is_next = row.sequence == turn.last + 1 and row.state == Waiting.GAP
    return envelope_of(row) if is_next else None


async def _locked(tx: "Transaction", envelope: Envelope) -> tuple[int, bool]:
    await tx.session.execute(_BEGIN_ONCE, _begun(envelope, last=0))
    row = (await tx.session.execute(_LOCK, _cursor_of(envelope))).one()
    return row.last, row.holding


def _cursor_of(envelope: Envelope) -> dict[str, Any]:
    return {"of_producer": envelope.producer, "of_aggregate": envelope.aggregate}


def _begun(envelope: Envelope, *, last: int) -> dict[str, Any]:
    return {
        "producer": envelope.producer,
        "aggregate": envelope.aggregate,
        "last": last,
        "holding": False,
    }
