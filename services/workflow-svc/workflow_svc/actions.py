"""What can be done to a request, each in one transaction: lock, engine, write, publish."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from shared import searching
from shared.contracts.document import SealUseRecorded
from shared.contracts.people import Person, Unit
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Verdict
from shared.database import new_id
from shared.errors import Refusal
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import engine, errors, numbers, people, published, record, store
from workflow_svc.domain import Status
from workflow_svc.engine import Outcome, World
from workflow_svc.seats import Directory
from workflow_svc.store import Held, Repeatable

_OVER = (Status.WITHDRAWN, Status.COMPLETED, Status.VOID)


async def take_in(tx: Transaction, event: RequestSubmitted) -> None:
    """A submission: starts the flow, or starts it over after a return.

    One that a withdrawal overtook, or that was taken in before, changes nothing.
    """
    held = await store.hold_if_known(tx, event.request_id)
    if held is None:
        if event.revision > 1:  # cannot be: it follows a return, which follows the first
            raise LookupError(f"revision {event.revision} of a request never submitted")
        held = await store.begin(tx, event, await published.newest_flow(tx, event.matter))
    elif held.state.status in _OVER or event.revision <= held.state.revision:
        return
    sha256 = await store.freeze(tx, event)
    await searching.keep(tx, event.request_id, event.form.names)
    held.row.title = event.title
    held.row.business_type = event.form.business_type.value
    held.row.unit_id, held.row.unit_name = event.form.unit.id, event.form.unit.name
    held = replace(held, submission_sha256=sha256)
    fresh = replace(held.state, form=event.form, node=None)
    world = await _world(tx, replace(held, state=fresh))
    outcome = engine.submit(held.state, held.flow, event.form, event.revision, world)
    await store.save(tx, held, outcome)


async def decide(
    tx: Transaction,
    task_id: UUID,
    *,
    by: User,
    verdict: Verdict,
    opinion: str,
    countersign_unit_ids: Sequence[UUID] = (),
    key: str | None = None,
) -> dict[str, Any]:
    """同意 or 退回. Returns: task_id, verdict, request_status, waiting.

    Raises: NotFound, TaskClosed, NotDecidable, OpinionRequired, NotCountersigners.
    """
    held = await store.hold_by_task(tx, task_id)
    command = ["decide", task_id, verdict.value, opinion, list(countersign_unit_ids)]
    repeatable = Repeatable(key, record.digest(command))
    actor = Person(id=by.id, name=by.name)
    try:
        named = await _named(tx, held, countersign_unit_ids)
        outcome = engine.decide(
            held.state,
            held.flow,
            task_id,
            await _world(tx, held, named),
            by=actor,
            verdict=verdict,
            opinion=opinion,
            countersigners=named,
        )
    except Refusal as refusal:
        return await _as_before(tx, by, repeatable, refusal)
    if outcome.state.awaits_number:
        outcome = await _give_number(tx, held, outcome, task_id, by=actor)
    answer = {"task_id": str(task_id), "verdict": verdict.value, **_after(held, outcome)}
    await store.save(tx, held, outcome, replace(repeatable, answer=answer))
    return answer


async def withdraw(
    tx: Transaction, request_id: UUID, *, by: User, key: str | None = None
) -> dict[str, Any]:
    """撤销. Returns: request_status. Raises: NotFound, NotWithdrawable."""
    held = await store.hold(tx, request_id)
    repeatable = Repeatable(key, record.digest(["withdraw", request_id]))
    try:
        outcome = engine.withdraw(held.state, _no_world(tx), by=Person(id=by.id, name=by.name))
    except Refusal as refusal:
        return await _as_before(tx, by, repeatable, refusal)
    answer = {"request_status": outcome.state.status.value}
    await store.save(tx, held, outcome, replace(repeatable, answer=answer))
    return answer


async def urge(
    tx: Transaction, request_id: UUID, *, by: User, nodes: Sequence[str], key: str | None = None
) -> dict[str, Any]:
    """催办. Returns: the nodes urged. Raises: NotFound, NothingToUrge, UrgedTooSoon."""
    held = await store.hold(tx, request_id)
    repeatable = Repeatable(key, record.digest(["urge", request_id, list(nodes)]))
    try:
        outcome = engine.urge(
            held.state,
            _no_world(tx),
            by=Person(id=by.id, name=by.name),
            nodes=tuple(nodes),
            interval=tx.runtime.settings.urge_interval,
        )
    except Refusal as refusal:
        return await _as_before(tx, by, repeatable, refusal)
    answer = {"nodes": list(dict.fromkeys(nodes))}
    await store.save(tx, held, outcome, replace(repeatable, answer=answer))
    return answer


async def complete(tx: Transaction, event: SealUseRecorded) -> None:
    """现场用印 was registered for the last time; what is registered before that changes nothing."""
    if not event.complete:
        return
    held = await store.hold(tx, event.request_id)
    if held.state.status in _OVER:
        return
    outcome = engine.record_seal_use(held.state, held.flow, await _world(tx, held), by=event.by)
    await store.save(tx, held, outcome)


async def reconsider(tx: Transaction, request_id: UUID) -> None:
    """After a change in the directory: who may act on what waits?"""
    held = await store.hold(tx, request_id)
    outcome = engine.reconsider(held.state, held.flow, await _world(tx, held))
    if outcome.state != held.state:
        await store.save(tx, held, outcome)


async def _named(tx: Transaction, held: Held, ids: Sequence[UUID]) -> tuple[Unit, ...]:
    if not ids:
        return ()
    choices = {unit.id: unit for unit in await people.countersign_choices(tx, held.state.form)}
    if any(unit_id not in choices for unit_id in ids):
        raise errors.NotCountersigners
    return tuple(choices[unit_id] for unit_id in ids)


async def _world(tx: Transaction, held: Held, named: tuple[Unit, ...] = ()) -> World:
    seats = engine.needed_seats(held.state, held.flow, named)
    return World(tx.now, await people.directory_for(tx, seats), new_id)


def _no_world(tx: Transaction) -> World:
    """For commands that open nothing and so ask nothing of the directory."""
    return World(tx.now, Directory({}), new_id)


async def _as_before(
    tx: Transaction, by: User, repeatable: Repeatable, refusal: Refusal
) -> dict[str, Any]:
    """Answers a repeated command as the first time; raises the refusal for any other."""
    answer = await store.answer_given(tx, by.id, repeatable)
    if not answer:
        raise refusal
    return answer


async def _give_number(
    tx: Transaction, held: Held, outcome: Outcome, task_id: UUID, *, by: Person
) -> Outcome:
    official = await numbers.draw(tx)
    unit = held.state.task(task_id).unit
    return outcome.then(engine.number(outcome.state, official, by=by, unit=unit))


def _after(held: Held, outcome: Outcome) -> dict[str, Any]:
    """Where the request stands after the command."""
    node = outcome.state.node
    waiting = [] if node is None else [{"id": node, "name": held.flow.node(node).name}]
    return {"request_status": outcome.state.status.value, "waiting": waiting}
