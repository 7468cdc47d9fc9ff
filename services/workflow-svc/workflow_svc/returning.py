"""退回, and what a corrected submission starts with: everything over, or straight back. Pure.

Straight back: where the node that returned it allows that, and nothing that an earlier node
approved has changed, their agreements count in the new round too, each as it was given, and the
node that returned it is asked again. Seals of the earlier round are void like any
other's; the agreements that are carried over put them on the new sheet.
"""

from dataclasses import replace

from shared.contracts.people import Person, Unit
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import Verdict
from workflow_svc import entering, form_parts
from workflow_svc.domain import Happening, Instance, Kind, Status, Task, TaskState
from workflow_svc.entering import Passing
from workflow_svc.flow import AfterReturn, Flow
from workflow_svc.seats import Directory
from workflow_svc.world import Outcome, World


def go_back(
    state: Instance, task: Task, by: Person, world: World, happened: tuple[Happening, ...]
) -> Outcome:
    """To the initiator: every open task ends, every seal is void."""
    state, closed = entering.cancel_live(state, by, world)
    state = replace(state, status=Status.RETURNED, node=None)
    returned = Happening(
        Kind.RETURNED, by=by, on_behalf_of=task.on_behalf_of, task=task, opinion=task.opinion
    )
    return Outcome(state, (*happened, *closed, entering.NOTHING_WAITS, returned))


def begin_round(
    instance: Instance, flow: Flow, form: SealUseForm, revision: int, world: World
) -> Outcome:
    """The first round, or the one that follows a return."""
    fresh = replace(
        instance,
        status=Status.IN_PROGRESS,
        form=form,
        revision=revision,
        node=None,
        countersigners=(),
        chosen={},
        tasks=(),
    )
    fresh = replace(fresh, countersigners=_by_rule(fresh, flow, world.directory))
    started = Happening(Kind.SUBMITTED, by=fresh.initiator)
    passing = Passing(flow, world)
    carried = _straight_back(instance, fresh, flow, world)
    if carried is None:
        return entering.enter(fresh, flow.start.id, (started,), passing)
    state, node_id = carried
    counted = (
        Happening(
            Kind.CARRIED_OVER,
            by=task.decided_by,
            on_behalf_of=task.on_behalf_of,
            task=task,
            verdict=task.verdict,
            opinion=task.opinion,
        )
        for task in state.tasks
    )
    return entering.enter(state, node_id, (started, *counted), passing)


def _by_rule(fresh: Instance, flow: Flow, directory: Directory) -> tuple[Unit, ...]:
    """The departments that the flow's rules ask, except those that approve anyway."""
    facts = fresh.facts
    codes = (code for rule in flow.rules if rule.when.holds(facts) for code in rule.units)
    units = (directory.unit_coded(code) for code in dict.fromkeys(codes))
    anyway = {fresh.form.unit.id, fresh.form.approving_department.id}
    return tuple(unit for unit in units if unit.id not in anyway)


def _straight_back(
    before: Instance, fresh: Instance, flow: Flow, world: World
) -> tuple[Instance, str] | None:
    """The new round with what is carried over, and the node to go on from; None: start over."""
    mine = [task for task in before.tasks if task.revision == before.revision]
    returned = next((task for task in mine if task.verdict is Verdict.RETURN), None)
    if returned is None or flow.node(returned.node).after_return is AfterReturn.START_OVER:
        return None
    agreed = [task for task in mine if task.verdict is Verdict.AGREE and task.node != returned.node]
    kept = {unit.id: unit for unit in (*fresh.countersigners, *before.countersigners)}
    state = replace(fresh, countersigners=tuple(kept.values()), chosen=before.chosen)
    ahead = [node.id for node in entering.way(state, flow, flow.start.id)]
    if returned.node not in ahead:
        return None
    earlier = ahead[: ahead.index(returned.node)]
    if {task.node for task in agreed} != set(earlier):
        return None
    changed = form_parts.changed(before.form, fresh.form)
    if any(changed & flow.node(node).approves for node in earlier):
        return None
    tasks = (_again(task, fresh.revision, world) for task in agreed)
    return state.with_tasks(*tasks), returned.node


def _again(task: Task, revision: int, world: World) -> Task:
    """An agreement as it counts in the new round; never open, so nobody is asked twice."""
    return replace(
        task, id=world.new_id(), revision=revision, opened_at=world.now, state=TaskState.DECIDED
    )
