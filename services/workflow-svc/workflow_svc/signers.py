"""加签 and 减签: one more person's agreement in a node, asked for by one who has it open. Pure.

An added signer agrees or returns like anyone else, by name and not by post; no seal follows from
their agreement. The node waits for them.
"""

from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from shared.contracts.people import Person
from shared.contracts.workflow import TaskEnd
from shared.errors import NotFound
from workflow_svc import eligibility, entering, errors
from workflow_svc.domain import Happening, Instance, Kind, Task, TaskState
from workflow_svc.entering import Passing, proceed
from workflow_svc.flow import Flow, FlowNode, May, Mode
from workflow_svc.world import Outcome, World


class Turn(StrEnum):
    """When the added signer is asked: where people act one after another (依次) it matters."""

    BEFORE = "before"  # 前加签: before the one who adds them
    AFTER = "after"  # 后加签: straight after


def add(
    state: Instance,
    flow: Flow,
    task_id: UUID,
    world: World,
    *,
    by: Person,
    signer: Person,
    turn: Turn,
) -> Outcome:
    """Raises: NotFound, TaskClosed, NotYourTurn, NotAllowedHere, NotEntitled."""
    task = state.task(task_id)
    node = flow.node(task.node)
    eligibility.require_actor(state, node, task, by, world)
    if May.ADD_SIGNER not in node.may:
        raise errors.NotAllowedHere(node=node.id)
    out = eligibility.barred(state, node) | world.directory.left | {by.id}
    if signer.id in out or eligibility.is_asked(state, signer.id):
        raise errors.NotEntitled
    in_turns = node.mode is Mode.SEQ
    position = task.position + (turn is Turn.AFTER) if in_turns else task.position
    added = _task(state, task, world, by=by, signer=signer, position=position)
    said = Happening(Kind.SIGNER_ADDED, by=by, task=added, people=(signer,))
    if not in_turns:
        added = entering.on_turn(state, node, added, world)
        return Outcome(state.with_tasks(added), (said, entering.opened(added)))
    state = _make_room(state, node.id, position)
    if turn is Turn.AFTER:
        return Outcome(state.with_tasks(added), (said,))
    return _before(state, node, task, added, world=world, said=said)


def _task(
    state: Instance, task: Task, world: World, *, by: Person, signer: Person, position: int
) -> Task:
    return Task(
        id=world.new_id(),
        revision=state.revision,
        node=task.node,
        unit=world.directory.home.get(signer.id, task.unit),
        candidates=(signer,),
        state=TaskState.QUEUED,
        opened_at=world.now,
        position=position,
        appointed=True,
        added_by=by,
    )


def remove(state: Instance, flow: Flow, task_id: UUID, world: World, *, by: Person) -> Outcome:
    """减签, by who added the signer, while they have not acted.

    Raises: NotFound, TaskClosed.
    """
    task = state.task(task_id)
    if task.added_by is None or task.added_by.id != by.id:
        raise NotFound
    if not task.is_live:
        raise errors.TaskClosed(state=task.state.value, request_status=state.status.value)
    gone = replace(task, state=TaskState.CANCELLED, closed_at=world.now)
    happened = (
        Happening(Kind.SIGNER_REMOVED, by=by, task=gone, people=task.candidates),
        Happening(Kind.TASK_CLOSED, by=by, task=gone, end=TaskEnd.CANCELLED),
    )
    node = flow.node(task.node)
    return proceed(state.with_tasks(gone), node, happened, Passing(flow, world, by=by))


def _before(
    state: Instance, node: FlowNode, task: Task, added: Task, *, world: World, said: Happening
) -> Outcome:
    """The one who adds waits behind the added signer: their task is closed, another follows."""
    waits = replace(
        task,
        id=world.new_id(),
        state=TaskState.QUEUED,
        delegates=(),
        position=added.position + 1,
        urged_at=None,
    )
    closed = replace(task, state=TaskState.REASSIGNED, closed_at=world.now)
    state = state.with_tasks(closed, waits, added)
    first = entering.on_turn(state, node, added, world)
    ended = Happening(Kind.TASK_CLOSED, by=added.added_by, task=closed, end=TaskEnd.REASSIGNED)
    return Outcome(state.with_tasks(first), (said, ended, entering.opened(first)))


def _make_room(state: Instance, node: str, position: int) -> Instance:
    """Everyone at or behind this turn of a node moves back by two: room for one or for both."""
    behind = (task for task in state.live(node) if task.position >= position)
    return state.with_tasks(*(replace(task, position=task.position + 2) for task in behind))
