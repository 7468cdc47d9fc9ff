"""The rules of approval, pure: a state and a command give a new state and what happened.

A refused command raises a named refusal and changes nothing. What a command cannot know by itself
(the time, who holds which post, new ids) is handed in, so that like inputs give like results.

Who may act is in `eligibility.py`, what comes next in `entering.py`, a return and the round after
it in `returning.py`; changing who acts is in `handing_over.py` and `signers.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from shared.contracts.people import Person, PersonId, Unit
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import TaskEnd, Verdict
from shared.errors import NotFound
from workflow_svc import eligibility, entering, errors, handing_over, returning
from workflow_svc.domain import Happening, Instance, Kind, Status, Task, TaskState
from workflow_svc.entering import NOTHING_WAITS, Passing, proceed
from workflow_svc.flow import MOST_COUNTERSIGNERS, Flow, FlowNode, NodeKind
from workflow_svc.seats import Seat, seats_of
from workflow_svc.world import Outcome, World

Chosen = Mapping[str, tuple[Person, ...]]


def submit(
    instance: Instance, flow: Flow, form: SealUseForm, revision: int, world: World
) -> Outcome:
    """The first submission starts the flow; one after a return starts it over, or goes straight
    back where the flow says so and nothing that was approved has changed.

    Raises: NotReturned when the request is in a state that takes no submission.
    """
    if instance.status not in {Status.NEW, Status.RETURNED} or revision <= instance.revision:
        raise errors.NotReturned(request_status=instance.status.value)
    return returning.begin_round(instance, flow, form, revision, world)


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
    chosen: Chosen | None = None,
) -> Outcome:
    """同意 or 退回 by someone who may act on the task, with the departments they ask to countersign
    and the people they choose for coming nodes.

    Raises: NotFound, TaskClosed, NotYourTurn, NotDecidable, OpinionRequired, NotCountersigners,
    TooManyCountersigners, NotEntitled, NotAhead, ChoiceRequired.
    """
    task = instance.task(task_id)
    node = flow.node(task.node)
    on_behalf_of = eligibility.require_actor(instance, node, task, by, world)
    if node.kind is NodeKind.REGISTER:
        raise errors.NotDecidable
    if not opinion.strip() and (verdict is Verdict.RETURN or node.opinion_required):
        raise errors.OpinionRequired
    named = countersigners if verdict is Verdict.AGREE else ()
    _require_choices(instance, node, task, named)
    closed = task.decided(verdict, opinion, by=by, on_behalf_of=on_behalf_of, at=world.now)
    happened = _told_decided(closed, by, named)
    state = instance.with_tasks(closed)
    if verdict is Verdict.RETURN:
        return returning.go_back(state, closed, by, world, happened)
    passing = Passing(flow, world, by=by, choosing=True)
    decided = Outcome(_naming(state, named), happened)
    return _agree(node, closed, decided, chosen or {}, by=by, passing=passing)


def withdraw(instance: Instance, world: World, *, by: Person) -> Outcome:
    """撤销, by the initiator, until the last approval.

    Raises: NotFound, NotWithdrawable.
    """
    if by.id != instance.initiator.id:
        raise NotFound
    if instance.status not in {Status.IN_PROGRESS, Status.RETURNED}:
        raise errors.NotWithdrawable(request_status=instance.status.value)
    had_open = _people(task for task in instance.tasks if task.state is TaskState.OPEN)
    state, closed = entering.cancel_live(instance, by, world)
    state = replace(state, status=Status.WITHDRAWN, node=None)
    withdrawn = Happening(Kind.WITHDRAWN, by=by, people=had_open)
    return Outcome(state, (*closed, NOTHING_WAITS, withdrawn))


def submit_withdrawn(instance: Instance, form: SealUseForm, revision: int) -> Outcome:
    """A first submission that its own withdrawal overtook: it begins and ends at once."""
    if instance.status is not Status.NEW:
        raise errors.NotReturned(request_status=instance.status.value)
    state = replace(instance, form=form, revision=revision, status=Status.WITHDRAWN)
    by = instance.initiator
    return Outcome(
        state,
        (Happening(Kind.SUBMITTED, by=by), NOTHING_WAITS, Happening(Kind.WITHDRAWN, by=by)),
    )


def urge(
    instance: Instance,
    world: World,
    *,
    by: Person,
    nodes: tuple[str, ...],
    interval: timedelta,
    watchers: frozenset[PersonId] = frozenset(),
) -> Outcome:
    """催办 of open nodes, by the initiator or by whoever watches the request (督办); one node not
    twice within the interval.

    Raises: NotFound, NothingToUrge, UrgedTooSoon with the seconds left.
    """
    if by.id not in {instance.initiator.id, *watchers}:
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
    done = tuple(
        replace(task, state=TaskState.DECIDED, decided_by=by, closed_at=world.now)
        for task in instance.live()
    )
    closed = (Happening(Kind.TASK_CLOSED, by=by, task=t, end=TaskEnd.DECIDED) for t in done)
    after = flow.node(instance.node).next
    return entering.enter(
        instance.with_tasks(*done), after, (*closed,), Passing(flow, world, by=by)
    )


def number(instance: Instance, official: str, *, by: Person) -> Outcome:
    """编号 is given once, when the last approval is there and the request at its gate."""
    if not instance.awaits_number:
        raise errors.NotApproved(request_status=instance.status.value)
    state = replace(instance, number=official)
    (unit,) = {task.unit for task in instance.live()}
    return Outcome(state, (Happening(Kind.APPROVED, by=by, unit=unit),))


def reconsider(instance: Instance, flow: Flow, world: World) -> Outcome:
    """After the directory or a delegation changed: waiting tasks without anyone who may act get
    whoever may now, and those who stand in now stand in here.

    People who left or lost the post are taken off; where nobody remains the task is blocked.
    """
    happened: list[Happening] = []
    state = instance
    for task in instance.tasks:
        if not task.is_waiting:
            continue
        node = flow.node(task.node)
        asked = entering.on_turn(state, node, task, world)
        if (asked.candidates, asked.delegates) == (task.candidates, task.delegates):
            continue
        if task.state is TaskState.OPEN and asked.state is TaskState.OPEN:
            asked = replace(asked, due_at=task.due_at, escalate_at=task.escalate_at)
        state = state.with_tasks(asked)
        newcomers = [person for person in asked.assignees if person not in task.assignees]
        if newcomers or not asked.candidates:
            happened.append(entering.opened(asked))
    return Outcome(state, tuple(happened))


def needed_seats(instance: Instance, flow: Flow, named: tuple[Unit, ...] = ()) -> frozenset[Seat]:
    """The seats whose holders any command on this state may ask the directory for."""
    here = instance.node
    nodes = (flow.node(here), *flow.ahead(here)) if here else flow.nodes
    state = _naming(instance, named)
    return frozenset(seat for node in nodes for seat in seats_of(node, state, flow))


def needed_people(instance: Instance) -> frozenset[PersonId]:
    """Those who act by appointment: whether they are still there is asked by name."""
    return frozenset(
        person.id
        for task in instance.tasks
        if task.appointed and task.is_live
        for person in task.candidates
    )


def _agree(
    node: FlowNode,
    closed: Task,
    decided: Outcome,
    chosen: Chosen,
    *,
    by: Person,
    passing: Passing,
) -> Outcome:
    state = decided.state
    for node_id, people in chosen.items():
        choice = handing_over.choice(
            state, passing.flow, node, passing.world, by=by, node_id=node_id, people=people
        )
        decided, state = decided.then(choice), choice.state
    state, blocked = entering.one_seat_each(state, closed.actors)
    return proceed(state, node, decided.happened + blocked, passing)


def _told_decided(closed: Task, by: Person, named: tuple[Unit, ...]) -> tuple[Happening, ...]:
    decided = Happening(
        Kind.DECIDED,
        by=by,
        on_behalf_of=closed.on_behalf_of,
        task=closed,
        verdict=closed.verdict,
        opinion=closed.opinion,
        countersigners=named,
    )
    return (decided, Happening(Kind.TASK_CLOSED, by=by, task=closed, end=TaskEnd.DECIDED))


def _require_choices(
    instance: Instance, node: FlowNode, task: Task, named: tuple[Unit, ...]
) -> None:
    if not named:
        return
    if not node.names_countersigners or task.added_by is not None:
        raise errors.NotCountersigners
    barred = {instance.form.unit.id, instance.form.approving_department.id}
    if any(unit.id in barred for unit in named) or len({unit.id for unit in named}) < len(named):
        raise errors.NotCountersigners
    if len(_naming(instance, named).countersigners) > MOST_COUNTERSIGNERS:
        raise errors.TooManyCountersigners(most=MOST_COUNTERSIGNERS)


def _require_pause(waiting: Iterable[Task], now: datetime, interval: timedelta) -> None:
    last = max((task.urged_at for task in waiting if task.urged_at), default=None)
    if last is not None and now - last < interval:
        left = (last + interval - now).total_seconds()
        raise errors.UrgedTooSoon(retry_after_seconds=max(1, round(left)))


def _naming(instance: Instance, named: tuple[Unit, ...]) -> Instance:
    known = {unit.id for unit in instance.countersigners}
    more = tuple(unit for unit in named if unit.id not in known)
    return replace(instance, countersigners=instance.countersigners + more)


def _people(tasks: Iterable[Task]) -> tuple[Person, ...]:
    return tuple(dict.fromkeys(person for task in tasks for person in task.assignees))
