"""更换节点审批人员: someone else acts, at an open node or at a coming one. Pure.

A task is never reopened or passed around: the old one is closed as reassigned, another takes its
place. An administrator only ever puts someone else in charge; they approve and return nothing.
"""

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

from shared.contracts.people import Person, PersonId
from shared.contracts.workflow import TaskEnd, WhyReassigned
from workflow_svc import eligibility, entering, errors
from workflow_svc.domain import Happening, Instance, Kind, Task, TaskState
from workflow_svc.flow import Flow, FlowNode, May, NodeKind
from workflow_svc.seats import units_of
from workflow_svc.world import Outcome, World


def successors(
    state: Instance, flow: Flow, task: Task, by: PersonId, world: World
) -> tuple[Person, ...]:
    """Who may take the task over from `by`: the others who hold the post."""
    node = flow.node(task.node)
    if May.HAND_OVER not in node.may or task.appointed:
        return ()
    people = eligibility.entitled(state, node, task.unit, world)
    others = tuple(person for person in people if person.id != by)
    return eligibility.free(state, task, others)


def hand_over(
    state: Instance, flow: Flow, task_id: UUID, world: World, *, by: Person, to: Person, reason: str
) -> Outcome:
    """转办: the one who has the task gives it to another who is entitled; the deadline stays.

    Raises: NotFound, TaskClosed, NotYourTurn, NotAllowedHere, OnlyTheHolder, NotEntitled.
    """
    task = state.task(task_id)
    node = flow.node(task.node)
    on_behalf_of = eligibility.require_actor(state, node, task, by, world)
    if May.HAND_OVER not in node.may:
        raise errors.NotAllowedHere(node=node.id)
    if on_behalf_of is not None:
        raise errors.OnlyTheHolder
    if to not in successors(state, flow, task, by.id, world):
        raise errors.NotEntitled
    new = _in_place_of(state, node, task, (to,), world, appointed=False)
    new = replace(new, due_at=task.due_at, escalate_at=task.escalate_at)
    why = WhyReassigned.HANDED_OVER
    return _reassigned(state, task, new, world, by=by, gave_up=by, reason=reason, why=why)


def put_in_charge(
    state: Instance, flow: Flow, task_id: UUID, world: World, *, by: Person, to: Person, reason: str
) -> Outcome:
    """An administrator names who acts, where someone left or nobody holds the post.

    Raises: TaskClosed, NotAllowedHere, NotEntitled when four eyes keep the person out.
    """
    task = state.task(task_id)
    node = flow.node(task.node)
    if not task.is_waiting:
        raise errors.TaskClosed(state=task.state.value, request_status=state.status.value)
    if node.kind is not NodeKind.APPROVE:
        raise errors.NotAllowedHere(node=node.id)
    out = eligibility.barred(state, node) | world.directory.left | {by.id}
    if to.id in out or to in task.candidates or eligibility.is_asked(state, to.id, besides=task):
        raise errors.NotEntitled
    new = _in_place_of(state, node, task, (to,), world, appointed=True)
    new = entering.due(node, new, world)
    gave_up = task.candidates[0] if len(task.candidates) == 1 else None
    why = WhyReassigned.ADMINISTRATOR
    return _reassigned(state, task, new, world, by=by, gave_up=gave_up, reason=reason, why=why)


def coming(state: Instance, flow: Flow) -> Iterator[FlowNode]:
    """The nodes still to come whose people can be chosen, as far as the form and the names tell."""
    if state.node is None:
        return
    here = flow.node(state.node)
    for node in entering.way(state, flow, entering.onward(here, state)):
        if node.kind is NodeKind.APPROVE and not node.of_each:
            yield node


def choices(state: Instance, node: FlowNode, by: PersonId, world: World) -> tuple[Person, ...]:
    """Who is entitled at a coming node, once `by` has acted here."""
    (unit,) = units_of(node, state, world.directory)
    people = eligibility.entitled(state, node, unit, world)
    return tuple(person for person in people if person.id != by)


def choose(
    state: Instance,
    flow: Flow,
    task_id: UUID,
    world: World,
    *,
    by: Person,
    node_id: str,
    people: tuple[Person, ...],
) -> Outcome:
    """Whoever has the task chooses who acts at a coming node, of those entitled there.

    Raises: NotFound, TaskClosed, NotYourTurn, NotAhead, NotEntitled.
    """
    task = state.task(task_id)
    node = flow.node(task.node)
    eligibility.require_actor(state, node, task, by, world)
    return choice(state, flow, node, world, by=by, node_id=node_id, people=people)


def choice(
    state: Instance,
    flow: Flow,
    here: FlowNode,
    world: World,
    *,
    by: Person,
    node_id: str,
    people: tuple[Person, ...],
) -> Outcome:
    """Raises: NotAhead, NotEntitled."""
    ahead = {node.id: node for node in coming(state, flow)} if here.kind is NodeKind.APPROVE else {}
    if node_id not in ahead:
        raise errors.NotAhead(node=node_id)
    able = choices(state, ahead[node_id], by.id, world)
    if not people or len(set(people)) < len(people) or not set(people) <= set(able):
        raise errors.NotEntitled
    chosen = Happening(Kind.CHOSEN, by=by, node=node_id, people=people)
    return Outcome(replace(state, chosen={**state.chosen, node_id: people}), (chosen,))


def _in_place_of(
    state: Instance,
    node: FlowNode,
    task: Task,
    people: tuple[Person, ...],
    world: World,
    *,
    appointed: bool,
) -> Task:
    """A fresh task for these people, at the turn of the old one."""
    fresh = Task(
        id=world.new_id(),
        revision=task.revision,
        node=task.node,
        unit=task.unit,
        candidates=people,
        state=TaskState.QUEUED,
        opened_at=world.now,
        position=task.position,
        appointed=appointed,
        added_by=task.added_by,
    )
    return eligibility.seated(state, node, fresh, people, world)


def _reassigned(
    state: Instance,
    old: Task,
    new: Task,
    world: World,
    *,
    by: Person,
    gave_up: Person | None,
    reason: str,
    why: WhyReassigned,
) -> Outcome:
    closed = replace(old, state=TaskState.REASSIGNED, closed_at=world.now)
    happened = (
        Happening(Kind.TASK_CLOSED, by=by, task=closed, end=TaskEnd.REASSIGNED),
        Happening(
            Kind.REASSIGNED,
            by=by,
            task=new,
            people=new.assignees,
            gave_up=gave_up,
            reason=reason,
            why=why,
        ),
    )
    return Outcome(state.with_tasks(closed, new), happened)
