"""Who acts instead: hand over, put in charge, choose for a coming node, add and remove signers."""

from collections.abc import Sequence
from uuid import UUID

from shared.contracts.people import Person
from shared.identity import User
from shared.transaction import Transaction
from workflow_svc import handing_over, people, signers, store
from workflow_svc.commanding import Answer, carry_out, standing, world_of
from workflow_svc.signers import Turn
from workflow_svc.world import Outcome


async def hand_over(
    tx: Transaction, task_id: UUID, *, by: User, to: UUID, reason: str, key: str | None = None
) -> Answer:
    """更换节点审批人员, one's own task. Returns: task_id of the new task, request_status, waiting.

    Raises: as handing_over.hand_over; NoSuchPerson.
    """
    held = await store.hold_by_task(tx, task_id)

    async def do(actor: Person) -> Outcome:
        world = await world_of(tx, held, named=[to])
        (taker,) = await people.active(tx, [to])
        return handing_over.hand_over(
            held.state, held.flow, task_id, world, by=actor, to=taker, reason=reason
        )

    return await carry_out(
        tx,
        held,
        ["hand_over", task_id, to, reason],
        do,
        lambda outcome: {"task_id": _newest(outcome), **standing(held, outcome)},
        by=by,
        key=key,
    )


async def put_in_charge(
    tx: Transaction, task_id: UUID, *, by: User, to: UUID, reason: str, key: str | None = None
) -> Answer:
    """By an administrator, as the caller made sure. Returns and raises as `hand_over`."""
    held = await store.hold_by_task(tx, task_id)

    async def do(actor: Person) -> Outcome:
        world = await world_of(tx, held, named=[to])
        (taker,) = await people.active(tx, [to])
        return handing_over.put_in_charge(
            held.state, held.flow, task_id, world, by=actor, to=taker, reason=reason
        )

    return await carry_out(
        tx,
        held,
        ["put_in_charge", task_id, to, reason],
        do,
        lambda outcome: {"task_id": _newest(outcome), **standing(held, outcome)},
        by=by,
        key=key,
    )


async def choose(
    tx: Transaction,
    task_id: UUID,
    *,
    by: User,
    node: str,
    person_ids: Sequence[UUID],
    key: str | None = None,
) -> Answer:
    """Who acts at a coming node. Returns: node and people.

    Raises: as handing_over.choose; NoSuchPerson.
    """
    held = await store.hold_by_task(tx, task_id)

    async def do(actor: Person) -> Outcome:
        world = await world_of(tx, held)
        chosen = await people.active(tx, person_ids)
        return handing_over.choose(
            held.state, held.flow, task_id, world, by=actor, node_id=node, people=chosen
        )

    return await carry_out(
        tx,
        held,
        ["choose", task_id, node, list(person_ids)],
        do,
        lambda outcome: {
            "node": {"id": node, "name": held.flow.node(node).name},
            "people": [person.model_dump(mode="json") for person in outcome.state.chosen[node]],
        },
        by=by,
        key=key,
    )


async def add_signer(
    tx: Transaction, task_id: UUID, *, by: User, signer: UUID, turn: Turn, key: str | None = None
) -> Answer:
    """加签. Returns: task_id of the signer's task, request_status, waiting.

    Raises: as signers.add; NoSuchPerson.
    """
    held = await store.hold_by_task(tx, task_id)

    async def do(actor: Person) -> Outcome:
        world = await world_of(tx, held, named=[signer])
        (added,) = await people.active(tx, [signer])
        return signers.add(held.state, held.flow, task_id, world, by=actor, signer=added, turn=turn)

    return await carry_out(
        tx,
        held,
        ["add_signer", task_id, signer, turn.value],
        do,
        lambda outcome: {"task_id": _added(outcome), **standing(held, outcome)},
        by=by,
        key=key,
    )


async def remove_signer(
    tx: Transaction, task_id: UUID, *, by: User, key: str | None = None
) -> Answer:
    """减签. Returns: task_id, request_status, waiting. Raises: as signers.remove."""
    held = await store.hold_by_task(tx, task_id)

    async def do(actor: Person) -> Outcome:
        return signers.remove(held.state, held.flow, task_id, await world_of(tx, held), by=actor)

    return await carry_out(
        tx,
        held,
        ["remove_signer", task_id],
        do,
        lambda outcome: {"task_id": str(task_id), **standing(held, outcome)},
        by=by,
        key=key,
    )


def _newest(outcome: Outcome) -> str:
    return str(next(h.task.id for h in reversed(outcome.happened) if h.task is not None))


def _added(outcome: Outcome) -> str:
    return str(next(h.task.id for h in outcome.happened if h.task is not None))
