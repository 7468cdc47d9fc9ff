"""Who may act on a task: by post, by appointment, or for someone who delegated to them. Pure.

Four eyes: the initiator acts at no node of their own request, and whoever agreed at one node of a
round, themselves or through a delegate, agrees at no other of that round. Registering the seal's
use is no agreement: the seal keeper who made the final check may do it.
"""

from dataclasses import replace

from shared.contracts.people import Person, PersonId, Unit
from shared.contracts.request import SealUseForm
from shared.errors import NotFound
from workflow_svc import errors
from workflow_svc.domain import Delegate, Instance, Task, TaskState
from workflow_svc.flow import FlowNode, NodeKind
from workflow_svc.seats import StandIn, post_of
from workflow_svc.world import World


def barred(state: Instance, node: FlowNode) -> frozenset[PersonId]:
    """Whom four eyes keep out of a node."""
    ids = {state.initiator.id}
    if node.kind is NodeKind.APPROVE:
        for task in state.tasks:
            if task.revision == state.revision:
                ids |= task.actors
    return frozenset(ids)


def entitled(state: Instance, node: FlowNode, unit: Unit, world: World) -> tuple[Person, ...]:
    """Who holds the post now and is not kept out by four eyes."""
    out = barred(state, node)
    holders = world.directory.holders(node, unit.id)
    return tuple(person for person in holders if person.id not in out)


def entitled_to(state: Instance, node: FlowNode, task: Task, world: World) -> tuple[Person, ...]:
    """The same for a task that is there: who was put in charge is entitled while active."""
    if not task.appointed:
        return entitled(state, node, task.unit, world)
    out = barred(state, node) | world.directory.left
    return tuple(person for person in task.candidates if person.id not in out)


def delegates(
    state: Instance, node: FlowNode, unit: Unit, people: tuple[Person, ...], world: World
) -> tuple[Delegate, ...]:
    """Who stands in for these people here; only for an approval, never past four eyes.

    Neither the initiator nor whoever the form names as applicant or handler stands in for anyone.
    """
    if node.kind is not NodeKind.APPROVE:
        return ()
    seen = barred(state, node) | {person.id for person in people}
    found: list[Delegate] = []
    for holder in people:
        for stand_in in world.directory.stand_ins:
            mine = stand_in.holder == holder.id and stand_in.covers(post_of(node), unit.id)
            if not mine or stand_in.person.id in seen or is_named(state.form, stand_in):
                continue
            seen |= {stand_in.person.id}
            found.append(Delegate(stand_in.person, on_behalf_of=holder))
    return tuple(found)


def is_named(form: SealUseForm, stand_in: StandIn) -> bool:
    """Whether the form names them as 用印申请人 or 经办人, as far as name and mobile tell.

    A namesake is kept out too: someone else can stand in, a conflict of interest cannot.
    """
    if stand_in.person.id == form.commitment.by.id:
        return True
    names = {form.applicant_name.strip(), form.handler_name.strip()}
    mobiles = {form.applicant_mobile, form.handler_mobile}
    return stand_in.person.name in names or stand_in.mobile in mobiles


def require_actor(
    state: Instance, node: FlowNode, task: Task, by: Person, world: World
) -> Person | None:
    """Entitled when the task came, and still: the directory is asked again.

    Returns: on whose behalf, when `by` is a delegate. Raises: NotFound, TaskClosed, NotYourTurn.
    """
    if by.id not in {person.id for person in task.assignees}:
        raise NotFound
    if task.state is TaskState.QUEUED:
        raise errors.NotYourTurn
    if task.state is not TaskState.OPEN:
        raise errors.TaskClosed(
            state=task.state_for(by.id).value, request_status=state.status.value
        )
    still = entitled_to(state, node, task, world)
    if by.id in {person.id for person in task.candidates}:
        if by.id not in {person.id for person in still}:
            raise NotFound
        return None
    asked = tuple(person for person in task.candidates if person in still)
    return on_behalf(delegates(state, node, task.unit, asked, world), by.id)


def on_behalf(standing_in: tuple[Delegate, ...], person: PersonId) -> Person:
    """Whom this delegate stands in for. Raises: NotFound."""
    for delegate in standing_in:
        if delegate.person.id == person:
            return delegate.on_behalf_of
    raise NotFound


def free(state: Instance, task: Task, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Without those who are asked by another task of the same node and unit (modes all and seq)."""
    siblings = (t for t in state.tasks if (t.node, t.unit.id) == (task.node, task.unit.id))
    asked = {p.id for t in siblings if t.id != task.id and t.is_live for p in t.candidates}
    return tuple(person for person in people if person.id not in asked)


def seated(
    state: Instance, node: FlowNode, task: Task, people: tuple[Person, ...], world: World
) -> Task:
    """The task with these people to act on it, and those who stand in for them."""
    standing_in = delegates(state, node, task.unit, people, world)
    return replace(task, candidates=people, delegates=standing_in, state=state_for(people))


def state_for(people: tuple[Person, ...]) -> TaskState:
    return TaskState.OPEN if people else TaskState.BLOCKED


def is_asked(state: Instance, person: PersonId, *, besides: Task | None = None) -> bool:
    """Whether a live task of the request asks the person, apart from one."""
    return any(
        person in {asked.id for asked in task.assignees}
        for task in state.live()
        if besides is None or task.id != besides.id
    )
