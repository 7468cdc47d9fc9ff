"""Who may be chosen to act instead, as one of a task's people sees it."""

from dataclasses import dataclass
from uuid import UUID

from shared.contracts.people import Person, PersonId
from shared.errors import NotFound
from shared.transaction import Transaction
from workflow_svc import handing_over, store
from workflow_svc.commanding import world_of
from workflow_svc.domain import TaskState
from workflow_svc.flow import FlowNode


@dataclass(frozen=True)
class Coming:
    node: FlowNode
    choices: tuple[Person, ...]
    chosen: tuple[Person, ...]
    must: bool


@dataclass(frozen=True)
class Choices:
    successors: tuple[Person, ...]
    coming: tuple[Coming, ...]


async def of_task(tx: Transaction, task_id: UUID, person: PersonId) -> Choices:
    """Nobody, where the task is not open. Raises: NotFound for who is not asked by it."""
    held = await store.look_by_task(tx, task_id)
    task = held.state.task(task_id)
    if person not in {each.id for each in task.assignees}:
        raise NotFound
    if task.state is not TaskState.OPEN:
        return Choices((), ())
    world = await world_of(tx, held)
    state, flow = held.state, held.flow
    ahead = list(handing_over.coming(state, flow))
    return Choices(
        handing_over.successors(state, flow, task, person, world)
        if person in {each.id for each in task.candidates}
        else (),
        tuple(
            Coming(
                node,
                handing_over.choices(state, node, person, world),
                state.chosen.get(node.id, ()),
                must=node.chosen_by_previous and node is ahead[0],
            )
            for node in ahead
        ),
    )
