"""超时: a deadline passed in working time reminds, then escalates; it never decides. Pure."""

from dataclasses import replace
from datetime import datetime

from shared.contracts.people import Person
from shared.contracts.workflow import OverdueStep
from shared.lateness import is_late
from workflow_svc.domain import Happening, Instance, Kind, Task, TaskState
from workflow_svc.world import Outcome


def step_due(task: Task, now: datetime) -> OverdueStep | None:
    """What a task's deadline calls for now; each step once."""
    if task.state is not TaskState.OPEN or task.due_at is None:
        return None
    if task.reminded_at is None and is_late(task.due_at, now):
        return OverdueStep.REMINDER
    escalates = task.escalated_at is None and is_late(task.escalate_at, now)
    return OverdueStep.ESCALATION if escalates else None


def next_step_at(task: Task) -> datetime | None:
    """When its deadline calls for something next."""
    if task.state is not TaskState.OPEN:
        return None
    if task.reminded_at is None:
        return task.due_at
    return task.escalate_at if task.escalated_at is None else None


def notice(state: Instance, task: Task, heads: tuple[Person, ...], now: datetime) -> Outcome:
    """The step that is due, if any. `heads`: whom an escalation goes to, of those not asked."""
    step = step_due(task, now)
    if step is None:
        return Outcome(state, ())
    told: tuple[Person, ...] = ()
    if step is OverdueStep.REMINDER:
        marked = replace(task, reminded_at=now)
    else:
        asked = {person.id for person in task.assignees} | {state.initiator.id}
        told = tuple(person for person in heads if person.id not in asked)
        marked = replace(task, escalated_at=now)
    late = Happening(Kind.OVERDUE, task=marked, people=told, step=step)
    return Outcome(state.with_tasks(marked), (late,))
