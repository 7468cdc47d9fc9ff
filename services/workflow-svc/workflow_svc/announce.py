"""What happened, as the events that others hear (shared/contracts/workflow.py). Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts import Event, workflow
from shared.contracts.people import Person
from shared.contracts.workflow import (
    Node,
    OpinionPlace,
    OverdueStep,
    TaskEnd,
    Verdict,
    WhyCopied,
    WhyReassigned,
)
from workflow_svc.domain import Happening, Instance, Kind, Task
from workflow_svc.flow import Flow, NodeKind


@dataclass(frozen=True, slots=True)
class About:
    """The request that something happened to, as it is afterwards."""

    state: Instance
    flow: Flow
    title: str
    tracking_number: str
    now: datetime
    administrators: tuple[Person, ...] = ()  # who is told of a blocked task

    def node(self, node_id: str) -> Node:
        node = self.flow.node(node_id)
        return Node(id=node_id, name=node.name, registers=node.kind is NodeKind.REGISTER)


def events(about: About, happened: tuple[Happening, ...]) -> Iterator[Event]:
    """What is to be published, in the order it happened."""
    for happening in happened:
        make = _EVENTS.get(happening.kind)
        if make is not None:
            yield make(about, happening)


def _started(about: About, _: Happening) -> Event:
    return workflow.Started(
        request_id=about.state.request_id,
        revision=about.state.revision,
        flow=about.flow.key,
        flow_version=about.flow.version,
        started_at=about.now,
    )


def _task_assigned(about: About, happening: Happening) -> Event:
    task = _task(happening)
    return workflow.TaskAssigned(
        request_id=about.state.request_id,
        revision=task.revision,
        task_id=task.id,
        node=about.node(task.node),
        unit=task.unit,
        assignees=task.assignees,
        title=about.title,
        tracking_number=about.tracking_number,
        initiator=about.state.initiator,
        due_at=task.due_at,
        assigned_at=about.now,
    )


def _task_closed(about: About, happening: Happening) -> Event:
    task = _task(happening)
    return workflow.TaskClosed(
        request_id=about.state.request_id,
        revision=task.revision,
        task_id=task.id,
        node=about.node(task.node),
        end=happening.end or TaskEnd.DECIDED,
        by=happening.by,
        closed_at=about.now,
    )


def _decided(about: About, happening: Happening) -> Event:
    task = _task(happening)
    if happening.verdict is None:
        raise ValueError("a decision without a verdict")
    agreed = happening.verdict is Verdict.AGREE
    return workflow.Decided(
        request_id=about.state.request_id,
        revision=task.revision,
        task_id=task.id,
        node=about.node(task.node),
        verdict=happening.verdict,
        opinion=happening.opinion,
        by=_by(happening),
        unit=task.unit,
        place=sealed_place(about.state, about.flow, happening),
        countersigners=about.state.countersigners if agreed else (),
        decided_at=about.now,
        on_behalf_of=happening.on_behalf_of,
        attachments=happening.attachments,
    )


def sealed_place(state: Instance, flow: Flow, happening: Happening) -> OpinionPlace | None:
    """Where an 同意 puts its unit's seal; the request is as it was left by the decision."""
    return flow.node(_task(happening).node).place if _completes(state, happening) else None


def _completes(state: Instance, happening: Happening) -> bool:
    """Whether its unit has now agreed at the node, with this agreement as the last one. Who was
    added signs for nobody's unit."""
    task = _task(happening)
    if task.added_by is not None:
        return False
    mine = [t for t in state.tasks if t.revision == task.revision and not t.added_by]
    of_unit = [t for t in mine if (t.node, t.unit.id) == (task.node, task.unit.id)]
    if happening.kind is Kind.DECIDED:
        return not any(t.is_live for t in of_unit)
    return task.id == max(of_unit, key=lambda t: (t.closed_at, t.id)).id  # carried over, with all


def _advanced(about: About, happening: Happening) -> Event:
    return workflow.Advanced(
        request_id=about.state.request_id,
        revision=about.state.revision,
        waiting=tuple(about.node(node) for node in happening.waiting),
        title=about.title,
        initiator=about.state.initiator,
        advanced_at=about.now,
    )


def _returned(about: About, happening: Happening) -> Event:
    return workflow.Returned(
        request_id=about.state.request_id,
        revision=about.state.revision,
        node=about.node(_task(happening).node),
        by=_by(happening),
        opinion=happening.opinion,
        title=about.title,
        initiator=about.state.initiator,
        returned_at=about.now,
    )


def _withdrawn(about: About, happening: Happening) -> Event:
    return workflow.Withdrawn(
        request_id=about.state.request_id,
        revision=about.state.revision,
        by=_by(happening),
        had_open=happening.people,
        title=about.title,
        withdrawn_at=about.now,
    )


def _urged(about: About, happening: Happening) -> Event:
    return workflow.Urged(
        request_id=about.state.request_id,
        revision=about.state.revision,
        node=about.node(_task(happening).node),
        task_ids=tuple(task.id for task in happening.tasks),
        assignees=happening.people,
        title=about.title,
        initiator=about.state.initiator,
        urged_at=about.now,
    )


def _reassigned(about: About, happening: Happening) -> Event:
    task = _task(happening)
    return workflow.Reassigned(
        request_id=about.state.request_id,
        revision=task.revision,
        task_id=task.id,
        node=about.node(task.node),
        unit=task.unit,
        gave_up=happening.gave_up,
        to=task.assignees,
        by=_by(happening),
        why=WhyReassigned(happening.why or WhyReassigned.HANDED_OVER),
        title=about.title,
        tracking_number=about.tracking_number,
        initiator=about.state.initiator,
        reassigned_at=about.now,
    )


def _copied(about: About, happening: Happening) -> Event:
    return workflow.Copied(
        request_id=about.state.request_id,
        revision=about.state.revision,
        people=happening.people,
        by=happening.by,
        why=WhyCopied(happening.why or WhyCopied.COPY),
        node=about.node(happening.node) if happening.node else None,
        title=about.title,
        tracking_number=about.tracking_number,
        initiator=about.state.initiator,
        copied_at=about.now,
    )


def _overdue(about: About, happening: Happening) -> Event:
    task = _task(happening)
    if task.due_at is None:
        raise ValueError("late without a deadline")
    return workflow.Overdue(
        request_id=about.state.request_id,
        revision=task.revision,
        task_id=task.id,
        node=about.node(task.node),
        unit=task.unit,
        assignees=task.assignees,
        heads=happening.people,
        step=happening.step or OverdueStep.REMINDER,
        due_at=task.due_at,
        title=about.title,
        initiator=about.state.initiator,
        noticed_at=about.now,
    )


def _blocked(about: About, happening: Happening) -> Event:
    task = _task(happening)
    return workflow.TaskBlocked(
        request_id=about.state.request_id,
        revision=task.revision,
        task_id=task.id,
        node=about.node(task.node),
        unit=task.unit,
        post=None if task.appointed else about.flow.node(task.node).post,
        administrators=about.administrators,
        title=about.title,
        blocked_at=about.now,
    )


def _approved(about: About, happening: Happening) -> Event:
    if happening.unit is None:
        raise ValueError("an approval without the unit that made the final check")
    return workflow.Approved(
        request_id=about.state.request_id,
        revision=about.state.revision,
        number=_number(about),
        by=_by(happening),
        unit=happening.unit,
        title=about.title,
        initiator=about.state.initiator,
        handler_name=about.state.form.handler_name,
        handler_mobile=about.state.form.handler_mobile,
        approved_at=about.now,
    )


def _completed(about: About, _: Happening) -> Event:
    return workflow.Completed(
        request_id=about.state.request_id,
        revision=about.state.revision,
        number=_number(about),
        title=about.title,
        initiator=about.state.initiator,
        completed_at=about.now,
    )


def _voided(about: About, happening: Happening) -> Event:
    (proposer,) = happening.people
    return workflow.RequestVoided(
        request_id=about.state.request_id,
        revision=about.state.revision,
        number=_number(about),
        title=about.title,
        by=proposer,
        confirmed_by=_by(happening),
        reason=happening.opinion,
        initiator=about.state.initiator,
        voided_at=about.now,
    )


def _task(happening: Happening) -> Task:
    if happening.task is None:
        raise ValueError(f"{happening.kind} without a task")
    return happening.task


def _by(happening: Happening) -> Person:
    if happening.by is None:
        raise ValueError(f"{happening.kind} by nobody")
    return happening.by


def _number(about: About) -> str:
    if about.state.number is None:
        raise ValueError("an approved request without its number")
    return about.state.number


_EVENTS: Mapping[Kind, Callable[[About, Happening], Event]] = {
    Kind.SUBMITTED: _started,
    Kind.TASK_ASSIGNED: _task_assigned,
    Kind.TASK_CLOSED: _task_closed,
    Kind.BLOCKED: _blocked,
    Kind.DECIDED: _decided,
    Kind.CARRIED_OVER: _decided,
    Kind.ADVANCED: _advanced,
    Kind.RETURNED: _returned,
    Kind.WITHDRAWN: _withdrawn,
    Kind.URGED: _urged,
    Kind.REASSIGNED: _reassigned,
    Kind.COPIED: _copied,
    Kind.OVERDUE: _overdue,
    Kind.APPROVED: _approved,
    Kind.COMPLETED: _completed,
    Kind.VOIDED: _voided,
}
