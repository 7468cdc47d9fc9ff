"""On to the next node: which one applies, whom it asks, whose turn it is. Pure.

Where nobody is left to ask, the task is blocked for the administrator; nothing passes by itself.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shared.contracts.people import Person, PersonId, Unit
from shared.contracts.workflow import TaskEnd, WhyCopied
from workflow_svc import eligibility, errors
from workflow_svc.domain import Happening, Instance, Kind, Status, Task, TaskState
from workflow_svc.flow import Flow, FlowNode, Mode, NodeKind
from workflow_svc.seats import units_of
from workflow_svc.world import Outcome, World

NOTHING_WAITS = Happening(Kind.ADVANCED)
Happened = tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Passing:
    """A request between two nodes. `by`: who made it move on; `choosing`: they may choose who acts
    next, and must where the next node says so."""

    flow: Flow
    world: World
    by: Person | None = None
    choosing: bool = False


def proceed(state: Instance, node: FlowNode, happened: Happened, passing: Passing) -> Outcome:
    """After a part of a node was done: its next turn, or, when nothing waits, the next node."""
    live = state.live(node.id)
    if any(task.is_waiting for task in live):
        return Outcome(state, happened)
    if live:
        came = replace(live[0], opened_at=passing.world.now)
        turn = on_turn(state, node, came, passing.world)
        return Outcome(state.with_tasks(turn), (*happened, opened(turn)))
    return enter(state, node.next, happened, passing)


def enter(state: Instance, node_id: str, happened: Happened, passing: Passing) -> Outcome:
    """Opens the first node from `node_id` on that asks someone; at the end the request is done.

    Raises: ChoiceRequired when whoever agreed has to choose who acts there and did not.
    """
    flow, facts = passing.flow, state.facts
    while not flow.is_end(node_id):
        node = flow.node(node_id)
        if node.is_human and (node.when is None or node.when.holds(facts)):
            return _ask(state, node, happened, passing)
        if node.kind is NodeKind.COPY and (node.when is None or node.when.holds(facts)):
            happened = (*happened, *_copied(state, node, passing.world))
        node_id = onward(node, state)
    done = replace(state, status=Status.COMPLETED, node=None)
    return Outcome(done, (*happened, NOTHING_WAITS, Happening(Kind.COMPLETED, by=passing.by)))


def onward(node: FlowNode, state: Instance) -> str:
    """Where a node leads when it is not (or no longer) waited for."""
    facts = state.facts
    return next((case.next for case in node.cases if case.when.holds(facts)), node.next)


def way(state: Instance, flow: Flow, node_id: str) -> Iterator[FlowNode]:
    """The nodes that would ask someone from `node_id` on, as far as the form and the names tell."""
    while not flow.is_end(node_id):
        node = flow.node(node_id)
        if node.is_human and (node.when is None or node.when.holds(state.facts)):
            yield node
        node_id = onward(node, state)


def opened(task: Task) -> Happening:
    kind = Kind.TASK_ASSIGNED if task.state is TaskState.OPEN else Kind.BLOCKED
    return Happening(kind, task=task, people=task.assignees)


def on_turn(state: Instance, node: FlowNode, task: Task, world: World) -> Task:
    """A queued task whose turn has come: who may act is asked now."""
    people = eligibility.entitled_to(state, node, task, world)
    kept = tuple(person for person in task.candidates if person in people)
    if not kept and not task.appointed:
        kept = eligibility.free(state, task, people)[: None if _in_groups(node) else 1]
    return due(node, eligibility.seated(state, node, task, kept, world), world)


def due(node: FlowNode, task: Task, world: World) -> Task:
    """The task with its deadline, which runs while it is open."""
    if task.state is not TaskState.OPEN or node.deadline is None:
        return task
    due_at = world.calendar.after(world.now, node.deadline)
    escalate_at = None
    if node.escalate_after is not None:
        escalate_at = world.calendar.after(due_at, node.escalate_after)
    return replace(
        task, due_at=due_at, escalate_at=escalate_at, reminded_at=None, escalated_at=None
    )


def cancel_live(state: Instance, by: Person, world: World) -> tuple[Instance, Happened]:
    """Ends whatever waits, now or later."""
    cancelled = tuple(
        replace(task, state=TaskState.CANCELLED, closed_at=world.now) for task in state.live()
    )
    closed = (Happening(Kind.TASK_CLOSED, by=by, task=t, end=TaskEnd.CANCELLED) for t in cancelled)
    return state.with_tasks(*cancelled), (*closed,)


def one_seat_each(state: Instance, acted: frozenset[PersonId]) -> tuple[Instance, Happened]:
    """Who agreed in one place, or had it agreed for them, agrees in no other of the node."""
    happened = []
    for task in state.tasks:
        if not task.is_waiting:
            continue
        people = tuple(person for person in task.candidates if person.id not in acted)
        standing_in = tuple(
            d for d in task.delegates if not acted & {d.person.id, d.on_behalf_of.id}
        )
        if (people, standing_in) == (task.candidates, task.delegates):
            continue
        changed = replace(
            task, candidates=people, delegates=standing_in, state=eligibility.state_for(people)
        )
        state = state.with_tasks(changed)
        if not people:
            happened.append(opened(changed))
    return state, tuple(happened)


def _ask(state: Instance, node: FlowNode, happened: Happened, passing: Passing) -> Outcome:
    if node.kind is NodeKind.REGISTER:
        state = replace(state, status=Status.APPROVED)
    world = passing.world
    must_choose = node.chosen_by_previous and passing.choosing and node.id not in state.chosen
    if must_choose and _anyone(state, node, world):
        raise errors.ChoiceRequired(node=node.id, node_name=node.name)
    tasks = tuple(_tasks(state, node, world))
    state = replace(state.with_tasks(*tasks), node=node.id)
    told = (opened(task) for task in tasks if task.is_waiting)
    return Outcome(state, (*happened, *told, Happening(Kind.ADVANCED, waiting=(node.id,))))


def _anyone(state: Instance, node: FlowNode, world: World) -> bool:
    units = units_of(node, state, world.directory)
    return any(eligibility.entitled(state, node, unit, world) for unit in units)


def _tasks(state: Instance, node: FlowNode, world: World) -> Iterator[Task]:
    position = 0
    for unit in units_of(node, state, world.directory):
        for people in _groups(state, node, unit, world):
            position += 1
            task = Task(
                id=world.new_id(),
                revision=state.revision,
                node=node.id,
                unit=unit,
                candidates=people,
                state=TaskState.QUEUED,
                opened_at=world.now,
                position=position,
            )
            later = node.mode is Mode.SEQ and position > 1
            seated = eligibility.seated(state, node, task, people, world)
            yield task if later else due(node, seated, world)


def _groups(
    state: Instance, node: FlowNode, unit: Unit, world: World
) -> Iterable[tuple[Person, ...]]:
    """Who shares a task: all of a unit, or each alone; an empty group is a task that blocks."""
    people = eligibility.entitled(state, node, unit, world)
    chosen = state.chosen.get(node.id, ())
    people = tuple(person for person in chosen if person in people) or people
    return [people] if _in_groups(node) else [(person,) for person in people] or [()]


def _in_groups(node: FlowNode) -> bool:
    """Whether one of a unit's people is enough; 依次 of several units is unit after unit."""
    return node.mode is Mode.ANY or (node.mode is Mode.SEQ and node.of_each)


def _copied(state: Instance, node: FlowNode, world: World) -> Happened:
    """知会 by the flow: whoever holds the post now; telling nobody holds nothing up."""
    found = (
        person
        for unit in units_of(node, state, world.directory)
        for person in world.directory.holders(node, unit.id)
        if person.id != state.initiator.id
    )
    people = tuple(dict.fromkeys(found))
    if not people:
        return ()
    return (Happening(Kind.COPIED, people=people, node=node.id, why=WhyCopied.COPY),)
