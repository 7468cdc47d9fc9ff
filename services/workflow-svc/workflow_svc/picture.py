"""办理流程: the flow as a picture, with where a request stands in it. Pure."""

from enum import StrEnum

from workflow_svc.condition import COUNTERSIGNERS
from workflow_svc.domain import Instance, Status, TaskState
from workflow_svc.flow import Flow, FlowNode


class Standing(StrEnum):
    DONE = "done"
    CURRENT = "current"
    UPCOMING = "upcoming"
    SKIPPED = "skipped"


def picture(flow: Flow, instance: Instance) -> tuple[tuple[FlowNode, Standing], ...]:
    """Each node with how it stands in the present revision; after a return all is to come again."""
    done = {task.node for task in instance.tasks if task.state is TaskState.DECIDED}
    if instance.status is Status.RETURNED:
        done = set()
    named = all(node.id in done for node in flow.nodes if node.names_countersigners)

    def standing(node: FlowNode) -> Standing:
        if node.id == instance.node:
            return Standing.CURRENT
        if node.id in done:
            return Standing.DONE
        open_question = node.when is not None and node.when.name == COUNTERSIGNERS and not named
        if node.when is None or open_question or node.when.holds(instance.facts):
            return Standing.UPCOMING
        return Standing.SKIPPED

    return tuple((node, standing(node)) for node in flow.nodes)
