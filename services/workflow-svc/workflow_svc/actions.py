"""What can be done to a request, each in one transaction: lock, engine, write, publish.

Changing who acts is in `assigning.py`, letting others see it in `sharing.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from shared import searching
from shared.contracts.document import SealUseRecorded
from shared.contracts.people import Person, Unit
from shared.contracts.request import RequestSubmitted
from shared.contracts.workflow import Verdict, WhyCopied
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import (
    attachments,
    copies,
    engine,
    errors,
    numbers,
    overtaking,
    people,
    published,
    store,
)
from workflow_svc.commanding import Answer, carry_out, standing, world_of, world_without_directory
from workflow_svc.domain import Status
from workflow_svc.store import Held
from workflow_svc.world import Outcome

_OVER = (Status.WITHDRAWN, Status.COMPLETED, Status.VOID)


async def take_in(tx: Transaction, event: RequestSubmitted) -> None:
    """A submission: starts the flow, or starts the next round after a return.

    One that its own withdrawal overtook ends at once; one that comes after its end, or that was
    taken in before, changes nothing.
    """
    held = await store.hold_if_known(tx, event.request_id)
    if held is None:
        if event.revision > 1:  # cannot be: it follows a return, which follows the first
            raise LookupError(f"revision {event.revision} of a request never submitted")
        held = await store.begin(tx, event, await published.flow_for(tx, event.matter, event.form))
    elif held.state.status in _OVER or event.revision <= held.state.revision:
        return
    sha256 = await store.freeze(tx, event)
    await searching.keep(tx, event.request_id, event.form.names)
    held.row.title = event.title
    held.row.business_type = event.form.business_type.value
    held.row.unit_id, held.row.unit_name = event.form.unit.id, event.form.unit.name
    held = replace(held, submission_sha256=sha256)
    if held.state.status is Status.NEW and await overtaking.was_withdrawn(tx, event):
        await store.save(tx, held, engine.submit_withdrawn(held.state, event.form, event.revision))
        return
    fresh = replace(held.state, form=event.form, node=None)
    world = await world_of(tx, replace(held, state=fresh))
    outcome = engine.submit(held.state, held.flow, event.form, event.revision, world)
    await store.save(tx, held, await attachments.carried_over(tx, held.state, outcome))


async def decide(
    tx: Transaction,
    task_id: UUID,
    *,
    by: User,
    verdict: Verdict,
    opinion: str,
    countersign_unit_ids: Sequence[UUID] = (),
    chosen: Mapping[str, Sequence[UUID]] | None = None,
    attachment_ids: Sequence[UUID] = (),
    key: str | None = None,
) -> Answer:
    """同意 or 退回. Returns: task_id, verdict, request_status, waiting.

    Raises: as engine.decide; NoSuchPerson, NotYourAttachments.
    """
    held = await store.hold_by_task(tx, task_id)
    choosing = {node: list(ids) for node, ids in (chosen or {}).items()}

    async def do(actor: Person) -> Outcome:
        named = await _named(tx, held, countersign_unit_ids)
        outcome = engine.decide(
            *(held.state, held.flow, task_id, await world_of(tx, held, units=named)),
            by=actor,
            verdict=verdict,
            opinion=opinion,
            countersigners=named,
            chosen={node: await people.active(tx, ids) for node, ids in choosing.items()},
        )
        outcome = await attachments.bind(tx, outcome, task_id, attachment_ids, by=actor)
        return await _numbered(tx, outcome, by=actor)

    def answer(outcome: Outcome) -> Answer:
        return {"task_id": str(task_id), "verdict": verdict.value, **standing(held, outcome)}

    named_ids = [list(countersign_unit_ids), choosing, list(attachment_ids)]
    command = ["decide", task_id, verdict.value, opinion, *named_ids]
    return await carry_out(tx, held, command, do, answer, by=by, key=key)


async def withdraw(
    tx: Transaction, request_id: UUID, *, by: User, key: str | None = None
) -> Answer:
    """撤销. Returns: request_status; `new` when the submission itself has not come yet.

    Raises: NotFound, NotWithdrawable, TooManyAhead.
    """
    held = await store.hold_if_known(tx, request_id)
    if held is None:
        await overtaking.remember(tx, request_id, by.id)
        held = await store.hold_if_known(tx, request_id)  # it may have come in this instant
        if held is None:
            return {"request_status": Status.NEW.value}
        await overtaking.forget(tx, request_id)

    async def do(actor: Person) -> Outcome:
        return engine.withdraw(held.state, world_without_directory(tx), by=actor)

    return await carry_out(
        tx,
        held,
        ["withdraw", request_id],
        do,
        lambda outcome: {"request_status": outcome.state.status.value},
        by=by,
        key=key,
    )


async def urge(
    tx: Transaction, request_id: UUID, *, by: User, nodes: Sequence[str], key: str | None = None
) -> Answer:
    """催办. Returns: the nodes urged. Raises: NotFound, NothingToUrge, UrgedTooSoon."""
    held = await store.hold(tx, request_id)

    async def do(actor: Person) -> Outcome:
        return engine.urge(
            held.state,
            world_without_directory(tx),
            by=actor,
            nodes=tuple(nodes),
            interval=tx.runtime.settings.urge_interval,
            watchers=await copies.known(tx, request_id, WhyCopied.SUPERVISION),
        )

    return await carry_out(
        tx,
        held,
        ["urge", request_id, list(nodes)],
        do,
        lambda _: {"nodes": list(dict.fromkeys(nodes))},
        by=by,
        key=key,
    )


async def complete(tx: Transaction, event: SealUseRecorded) -> None:
    """现场用印 was registered for the last time; what is registered before that changes nothing."""
    if not event.complete:
        return
    held = await store.hold(tx, event.request_id)
    if held.state.status in _OVER:
        return
    outcome = engine.record_seal_use(held.state, held.flow, await world_of(tx, held), by=event.by)
    await store.save(tx, held, outcome)


async def reconsider(tx: Transaction, request_id: UUID) -> None:
    """After a change in the directory or a delegation: who may act on what waits?"""
    held = await store.hold(tx, request_id)
    outcome = engine.reconsider(held.state, held.flow, await world_of(tx, held))
    if outcome.state != held.state:
        await store.save(tx, held, outcome)


async def _named(tx: Transaction, held: Held, ids: Sequence[UUID]) -> tuple[Unit, ...]:
    if not ids:
        return ()
    choices = {unit.id: unit for unit in await people.countersign_choices(tx, held.state.form)}
    if any(unit_id not in choices for unit_id in ids):
        raise errors.NotCountersigners
    return tuple(choices[unit_id] for unit_id in ids)


async def _numbered(tx: Transaction, outcome: Outcome, *, by: Person) -> Outcome:
    """With its 编号, if this was the last approval."""
    if not outcome.state.awaits_number:
        return outcome
    official = await numbers.draw(tx)
    return outcome.then(engine.number(outcome.state, official, by=by))
