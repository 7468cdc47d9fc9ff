"""How every command on a request goes: locked and read, decided by the engine, written, answered.

A command that comes twice with the same key is answered as the first time.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from shared.contracts.people import Person, PersonId, Unit
from shared.database import new_id
from shared.errors import Refusal
from shared.identity import User
from shared.record import chain
from shared.transaction import Transaction
from workflow_svc import engine, people, store
from workflow_svc.opened import opened
from workflow_svc.seats import Directory
from workflow_svc.store import Held, Repeatable
from workflow_svc.world import Outcome, World

Answer = dict[str, Any]


async def carry_out(
    tx: Transaction,
    held: Held,
    command: Sequence[object],
    do: Callable[[Person], Awaitable[Outcome]],
    answer: Callable[[Outcome], Answer],
    *,
    by: User,
    key: str | None,
) -> Answer:
    """Does it once; `command` says what it is, so that a key cannot be used for something else.

    Raises: whatever `do` refuses with, IdempotencyKeyReused.
    """
    repeatable = Repeatable(key, chain.digest(command))
    try:
        outcome = await do(Person(id=by.id, name=by.name))
    except Refusal as refusal:
        given = await store.answer_given(tx, by.id, repeatable)
        if not given:
            raise refusal
        return given
    answered = answer(outcome)
    await store.save(tx, held, outcome, replace(repeatable, answer=answered))
    return answered


async def world_of(
    tx: Transaction,
    held: Held,
    *,
    units: tuple[Unit, ...] = (),
    named: Collection[PersonId] = (),
) -> World:
    """What the engine may ask about outside the request; `units` and `named` came with the
    command."""
    seats = engine.needed_seats(held.state, held.flow, units)
    by_name = {*named, *engine.needed_people(held.state)}
    directory = await people.directory_for(tx, seats, by_name)
    return World(tx.now, directory, new_id, opened(tx).calendar)


def world_without_directory(tx: Transaction) -> World:
    """For commands that open nothing and so ask nothing of the directory."""
    return World(tx.now, Directory({}), new_id, opened(tx).calendar)


def standing(held: Held, outcome: Outcome) -> Answer:
    """Where the request stands after the command."""
    node = outcome.state.node
    waiting = [] if node is None else [{"id": node, "name": held.flow.node(node).name}]
    return {"request_status": outcome.state.status.value, "waiting": waiting}
