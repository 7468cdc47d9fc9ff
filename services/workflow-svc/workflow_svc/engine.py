"""The rules of approval, pure: a state and a command give a new state and what happened.

A refused command raises a named refusal and changes nothing. What a command cannot know by itself
(the time, who holds which post, new ids) is handed in, so that like inputs give like results.

Four eyes: the initiator acts at no node of their own request, and whoever agreed at one node of a
round agrees at no other of that round. Registering the seal's use is no agreement: the seal keeper
who made the final check may do it. Where nobody is left, the task is blocked for the administrator;
nothing ever passes by itself.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.people import Person, PersonId, Unit
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import TaskEnd, Verdict
from shared.errors import NotFound
from workflow_svc import errors
from workflow_svc.domain import Happening, Instance, Kind, Status, Task, TaskState
from workflow_svc.flow import Flow, FlowNode, Mode, NodeKind
from workflow_svc.seats import Directory, Seat, seats_of, units_of


@dataclass(frozen=True, slots=True)
class World:
    """What the engine is told about everything outside it."""

    now: datetime
    directory: Directory
    new_id: Callable[[], UUID]


_NOTHING_WAITS = Happening(Kind.ADVANCED)


@dataclass(frozen=True, slots=True)
class Outcome:
    state: Instance
    happened: tuple[Happening, ...]

    def then(self, later: "Outcome") -> "Outcome":
        """This, and what came of its state in the same transaction."""
        return Outcome(later.state, self.happened + later.happened)


def submit(
    instance: Instance, flow: Flow, form: SealUseForm, revision: int, world: World
) -> Outcome:
    """The first submission starts the flow; one after a return starts it over.

    Raises: NotReturned when the request is in a state that takes no submission.
    """
    if instance.status not in {Status.NEW, Status.RETURNED} or revision <= instance.revision:
        raise errors.NotReturned(request_status=instance.status.value)
    fresh = replace(
        instance,
        status=Status.IN_PROGRESS,
        form=form,
        revision=revision,
        node=None,
        countersigners=(),
        tasks=(),
    )
    started = Happening(Kind.SUBMITTED, by=fresh.initiator)
    return _enter_next(fresh, flow, flow.nodes, world, (started,))


def decide(
    instance: Instance,
    flow: Flow,
    task_id: UUID,
    world: World,
    *,
    by: Person,
    verdict: Verdict,
    opinion: str,
    countersigners: tuple[Unit, ...] = (),
) -> Outcome:
    """同意 or 退回 by someone who may act on the task.

    Raises: NotFound, TaskClosed, NotDecidable, OpinionRequired, NotCountersigners.
    """
    task = instance.task(task_id)
    node = flow.node(task.node)
    _require_candidate(instance, task, node, by, world)
    if node.kind is NodeKind.REGISTER:
        raise errors.NotDecidable
    if verdict is Verdict.RETURN and not opinion.strip():
        raise errors.OpinionRequired
    named = countersigners if verdict is Verdict.AGREE else ()
    _require_choices(instance, node, named, world)
    closed = replace(
        task,
        state=TaskState.DECIDED,
        verdict=verdict,
        opinion=opinion,
        decided_by=by,
        closed_at=world.now,
    )
    decided = Happening(
        Kind.DECIDED, by=by, task=closed, verdict=verdict, opinion=opinion, countersigners=named
    )
    state = instance.with_tasks(closed)
    happened = (decided, Happening(Kind.TASK_CLOSED, by=by, task=closed, end=TaskEnd.DECIDED))
    if verdict is Verdict.RETURN:
        return _return(state, closed, opinion, by, world, happened=happened)
    return _agree(_naming(state, named), flow, node, by, world, happened=happened)


def withdraw(instance: Instance, world: World, *, by: Person) -> Outcome:
    """撤销, by the initiator, until the last approval.

    Raises: NotFound, NotWithdrawable.
    """
    if by.id != instance.initiator.id:
        raise NotFound
    if instance.status not in {Status.IN_PROGRESS, Status.RETURNED}:
        raise errors.NotWithdrawable(request_status=instance.status.value)
    had_open = _people(task for task in instance.tasks if task.state is TaskState.OPEN)
    state, closed = _cancel_open(instance, by, world)
    state = replace(state, status=Status.WITHDRAWN, node=None)
    withdrawn = Happening(Kind.WITHDRAWN, by=by, people=had_open)
    return Outcome(state, (*closed, _NOTHING_WAITS, withdrawn))


def urge(
    instance: Instance, world: World, *, by: Person, nodes: tuple[str, ...], interval: timedelta
) -> Outcome:
    """催办 of open nodes, by the initiator; one node not twice within the interval.

    Raises: NotFound, NothingToUrge, UrgedTooSoon with the seconds left.
    """
    if by.id != instance.initiator.id:
        raise NotFound
    state, happened = instance, list[Happening]()
    for node in dict.fromkeys(nodes):
        waiting = [t for t in instance.tasks if t.node == node and t.state is TaskState.OPEN]
        if not waiting:
            raise errors.NothingToUrge(request_status=instance.status.value, node=node)
        _require_pause(waiting, world.now, interval)
        urged = tuple(replace(task, urged_at=world.now) for task in waiting)
        state = state.with_tasks(*urged)
        happened.append(
            Happening(Kind.URGED, by=by, task=urged[0], tasks=urged, people=_people(urged))
        )
    return Outcome(state, tuple(happened))


def record_seal_use(instance: Instance, flow: Flow, world: World, *, by: Person) -> Outcome:
    """现场用印 was registered: the register node closes and the request is 已办结.

    Raises: NotApproved when not every approval of this revision is done.
    """
    if instance.status is not Status.APPROVED or instance.node is None:
        raise errors.NotApproved(request_status=instance.status.value)
    waiting = [task for task in instance.tasks if task.is_waiting]
    done = tuple(
        replace(task, state=TaskState.DECIDED, decided_by=by, closed_at=world.now)
        for task in waiting
    )
    state = instance.with_tasks(*done)
    closed = (Happening(Kind.TASK_CLOSED, by=by, task=t, end=TaskEnd.DECIDED) for t in done)
    after = flow.from_(instance.node)[1:]
    return _enter_next(state, flow, after, world, (*closed,), by=by)


def number(instance: Instance, official: str, *, by: Person, unit: Unit) -> Outcome:
    """编号 is given once, when the last approval is there."""
    if not instance.awaits_number:
        raise errors.NotApproved(request_status=instance.status.value)
    state = replace(instance, number=official)
    return Outcome(state, (Happening(Kind.APPROVED, by=by, unit=unit),))


def reconsider(instance: Instance, flow: Flow, world: World) -> Outcome:
    """After the directory changed: waiting tasks without anyone who may act get whoever may now.

    People who left or lost the post are taken off; where nobody remains the task is blocked.
    """
    happened: list[Happening] = []
    state = instance
    for task in instance.tasks:
        if not task.is_waiting:
            continue
        node = flow.node(task.node)
        entitled = _free(state, task, _entitled(state, node, task.unit, world))
        kept = tuple(person for person in task.candidates if person in entitled)
        people = kept or (entitled if node.mode is Mode.ANY else entitled[:1])
        if set(people) == set(task.candidates):
            continue
        changed = replace(task, candidates=people, state=_state_for(people))
        state = state.with_tasks(changed)
        newcomers = tuple(person for person in people if person not in task.candidates)
        if newcomers or not people:
            happened.append(_opened(changed))
    return Outcome(state, tuple(happened))


def needed_seats(instance: Instance, flow: Flow, named: tuple[Unit, ...] = ()) -> frozenset[Seat]:
    """The seats whose holders any command on this state may ask the directory for."""
    nodes = flow.from_(instance.node) if instance.node else flow.nodes
    state = _naming(instance, named)
    return frozenset(seat for node in nodes for seat in seats_of(node, state))


def _require_candidate(
    instance: Instance, task: Task, node: FlowNode, by: Person, world: World
) -> None:
    """Entitled when the task came, and still: the directory is asked again."""
    if by.id not in {person.id for person in task.candidates}:
        raise NotFound
    if task.state is not TaskState.OPEN:
        raise errors.TaskClosed(
            state=task.state_for(by.id).value, request_status=instance.status.value
        )
    if by.id not in {person.id for person in _entitled(instance, node, task.unit, world)}:
        raise NotFound


def _require_choices(
    instance: Instance, node: FlowNode, named: tuple[Unit, ...], world: World
) -> None:
    if not named:
        return
    if not node.names_countersigners:
        raise errors.NotCountersigners
    barred = {instance.form.unit.id, instance.form.approving_department.id}
    if any(unit.id in barred for unit in named) or len({unit.id for unit in named}) < len(named):
        raise errors.NotCountersigners


def _require_pause(waiting: Iterable[Task], now: datetime, interval: timedelta) -> None:
    last = max((task.urged_at for task in waiting if task.urged_at), default=None)
    if last is not None and now - last < interval:
        left = (last + interval - now).total_seconds()
        raise errors.UrgedTooSoon(retry_after_seconds=max(1, round(left)))


def _naming(instance: Instance, named: tuple[Unit, ...]) -> Instance:
    known = {unit.id for unit in instance.countersigners}
    more = tuple(unit for unit in named if unit.id not in known)
    return replace(instance, countersigners=instance.countersigners + more)


def _return(
    state: Instance,
    task: Task,
    opinion: str,
    by: Person,
    world: World,
    *,
    happened: tuple[Happening, ...],
) -> Outcome:
    state, closed = _cancel_open(state, by, world)
    state = replace(state, status=Status.RETURNED, node=None)
    returned = Happening(Kind.RETURNED, by=by, task=task, opinion=opinion)
    return Outcome(state, (*happened, *closed, _NOTHING_WAITS, returned))


def _agree(
    state: Instance,
    flow: Flow,
    node: FlowNode,
    by: Person,
    world: World,
    *,
    happened: tuple[Happening, ...],
) -> Outcome:
    """The node closes when nothing of it waits any more."""
    if any(task.is_waiting for task in state.tasks):
        state, blocked = _one_seat_each(state, by.id)
        return Outcome(state, (*happened, *blocked))
    return _enter_next(state, flow, flow.from_(node.id)[1:], world, happened)


def _one_seat_each(state: Instance, person: PersonId) -> tuple[Instance, tuple[Happening, ...]]:
    """Who agreed for one department does not agree for a second one as well."""
    happened = []
    for task in state.tasks:
        others = tuple(other for other in task.candidates if other.id != person)
        if task.state is TaskState.OPEN and len(others) < len(task.candidates):
            changed = replace(task, candidates=others, state=_state_for(others))
            state = state.with_tasks(changed)
            if not others:
                happened.append(_opened(changed))
    return state, tuple(happened)


def _enter_next(
    state: Instance,
    flow: Flow,
    ahead: tuple[FlowNode, ...],
    world: World,
    happened: tuple[Happening, ...],
    *,
    by: Person | None = None,
) -> Outcome:
    """Opens the first node ahead that applies; without one the request is done."""
    facts = state.facts
    node = next((node for node in ahead if node.when is None or node.when.holds(facts)), None)
    if node is None:
        done = replace(state, status=Status.COMPLETED, node=None)
        return Outcome(done, (*happened, _NOTHING_WAITS, Happening(Kind.COMPLETED, by=by)))
    if node.kind is NodeKind.REGISTER:
        state = replace(state, status=Status.APPROVED)
    opened = tuple(_open(state, node, world))
    state = replace(state.with_tasks(*opened), node=node.id)
    waits = Happening(Kind.ADVANCED, waiting=(node.id,))
    return Outcome(state, (*happened, *map(_opened, opened), waits))


def _open(state: Instance, node: FlowNode, world: World) -> Iterable[Task]:
    for unit in units_of(node, state, world.directory):
        people = _entitled(state, node, unit, world)
        groups = [(person,) for person in people] if node.mode is Mode.ALL else [people]
        for group in groups or [()]:
            yield Task(
                id=world.new_id(),
                revision=state.revision,
                node=node.id,
                unit=unit,
                candidates=group,
                state=_state_for(group),
                opened_at=world.now,
            )


def _entitled(state: Instance, node: FlowNode, unit: Unit, world: World) -> tuple[Person, ...]:
    """Who holds the post now and is not kept out by four eyes."""
    barred = {state.initiator.id}
    if node.kind is NodeKind.APPROVE:
        barred |= {t.decided_by.id for t in state.tasks if t.decided_by is not None}
    holders = world.directory.holders(node.post, unit.id)
    return tuple(person for person in holders if person.id not in barred)


def _free(state: Instance, task: Task, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Without those who are asked by another task of the same node and unit (mode `all`)."""
    siblings = (t for t in state.tasks if (t.node, t.unit.id) == (task.node, task.unit.id))
    asked = {person.id for t in siblings if t.id != task.id for person in t.candidates}
    return tuple(person for person in people if person.id not in asked)


def _state_for(people: tuple[Person, ...]) -> TaskState:
    return TaskState.OPEN if people else TaskState.BLOCKED


def _opened(task: Task) -> Happening:
    kind = Kind.TASK_ASSIGNED if task.state is TaskState.OPEN else Kind.BLOCKED
    return Happening(kind, task=task, people=task.candidates)


def _cancel_open(
    state: Instance, by: Person, world: World
) -> tuple[Instance, tuple[Happening, ...]]:
    cancelled = tuple(
        replace(task, state=TaskState.CANCELLED, closed_at=world.now)
        for task in state.tasks
        if task.is_waiting
    )
    closed = (Happening(Kind.TASK_CLOSED, by=by, task=t, end=TaskEnd.CANCELLED) for t in cancelled)
    return state.with_tasks(*cancelled), (*closed,)


def _people(tasks: Iterable[Task]) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(person for task in tasks for person in task.candidates))
