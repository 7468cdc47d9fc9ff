"""办理流程: the flow as a picture, with where a request stands in it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from workflow_svc.condition import Condition
from workflow_svc.domain import Instance, Status, TaskState
from workflow_svc.flow import Flow, FlowNode, NodeKind


class Standing(StrEnum):
    DONE = "done"
    CURRENT = "current"
    UPCOMING = "upcoming"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Edge:
    """From one node to another; `condition`: when, in people's words; None: otherwise."""

    source: str
    target: str
    condition: str | None = None


def edges(flow: Flow) -> tuple[Edge, ...]:
    """The ways between nodes, in the order they are tried."""
    found = []
    for node in flow.nodes:
        found += [Edge(node.id, case.next, case.condition) for case in node.cases]
        if node.kind is not NodeKind.END:
            found.append(Edge(node.id, node.next))
    return tuple(found)


def picture(flow: Flow, instance: Instance) -> tuple[tuple[FlowNode, Standing], ...]:
    """Each node with how it stands in the present revision; after a return all is to come again."""
    mine = [task for task in instance.tasks if task.revision == instance.revision]
    done = {task.node for task in mine if task.state is TaskState.DECIDED}
    if instance.status is Status.RETURNED:
        done = set()
    possible = _possible(flow, instance, done)

    def standing(node: FlowNode) -> Standing:
        if node.id == instance.node:
            return Standing.CURRENT
        if node.id in done or _is_passed(flow, node, instance, done, possible):
            return Standing.DONE
        return Standing.UPCOMING if node.id in possible else Standing.SKIPPED

    return tuple((node, standing(node)) for node in flow.nodes)


def _possible(flow: Flow, instance: Instance, done: set[str]) -> set[str]:
    """The nodes that the request passes or may still pass."""
    named = all(node.id in done for node in flow.nodes if node.names_countersigners)

    def may_hold(when: Condition) -> bool:
        return (when.asks_countersigners and not named) or when.holds(instance.facts)

    def must_hold(when: Condition) -> bool:
        return not (when.asks_countersigners and not named) and when.holds(instance.facts)

    found: set[str] = set()
    to_visit = [flow.start.id]
    while to_visit:
        here = to_visit.pop()
        node = next((n for n in flow.nodes if n.id == here), None)
        if node is None:
            continue
        if node.when is None or may_hold(node.when):
            found.add(here)
        ways = []
        for case in node.cases:
            if may_hold(case.when):
                ways.append(case.next)
            if must_hold(case.when):
                break
        else:
            ways.append(node.next)
        to_visit += ways
    return found


def _is_passed(
    flow: Flow, node: FlowNode, instance: Instance, done: set[str], possible: set[str]
) -> bool:
    """A choice or a copy lies behind once anything after it was reached; the end, at the end."""
    if node.is_human or node.id not in possible:
        return False
    if node.kind is NodeKind.END:
        return instance.status is Status.COMPLETED
    after = {each.id for each in flow.ahead(node.id)}
    reached = instance.status is Status.COMPLETED or instance.node in after
    return reached or bool(after & done)
