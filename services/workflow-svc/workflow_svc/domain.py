"""A request on its way: its state, its tasks, and what can happen to it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts.people import Person, PersonId, Unit
from shared.contracts.request import SealUseForm
from shared.contracts.workflow import TaskEnd, Verdict
from shared.errors import NotFound
from workflow_svc.condition import Value, facts_of


class Status(StrEnum):
    NEW = "new"  # before its first submission was taken in
    IN_PROGRESS = "in_progress"  # 流转中
    RETURNED = "returned"  # 退回
    APPROVED = "approved"  # every approval is done, the seal not yet used
    COMPLETED = "completed"  # 已办结
    WITHDRAWN = "withdrawn"  # 已撤销
    VOID = "void"  # 作废, after the last approval


class TaskState(StrEnum):
    OPEN = "open"
    BLOCKED = "blocked"  # nobody may act: the administrator has to put someone in the post
    DECIDED = "decided"
    SKIPPED = "skipped"  # as the others of the group see it when one of them has decided
    CANCELLED = "cancelled"  # returned or withdrawn meanwhile


@dataclass(frozen=True, slots=True)
class Task:
    """One seat's part in a node, in one round; closed for ever once closed.

    `candidates`: any one of them may act.
    """

    id: UUID
    revision: int
    node: str
    unit: Unit
    candidates: tuple[Person, ...]
    state: TaskState
    opened_at: datetime
    urged_at: datetime | None = None
    verdict: Verdict | None = None
    opinion: str = ""
    decided_by: Person | None = None
    closed_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return self.state in {TaskState.OPEN, TaskState.BLOCKED}

    def state_for(self, person: PersonId) -> TaskState:
        """To the others of its group, a decided task was skipped."""
        by_another = self.decided_by is not None and self.decided_by.id != person
        return TaskState.SKIPPED if by_another else self.state


@dataclass(frozen=True, slots=True)
class Instance:
    """A request in the workflow. `tasks` are those of the present revision."""

    request_id: UUID
    initiator: Person
    form: SealUseForm
    status: Status = Status.NEW
    revision: int = 0
    node: str | None = None
    countersigners: tuple[Unit, ...] = ()
    number: str | None = None  # 编号
    tasks: tuple[Task, ...] = ()

    @property
    def facts(self) -> Mapping[str, Value]:
        """What conditions can ask about."""
        return facts_of(self.form, self.countersigners)

    @property
    def awaits_number(self) -> bool:
        return self.status is Status.APPROVED and self.number is None

    def task(self, task_id: UUID) -> Task:
        """Raises: NotFound when the present revision has no such task."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise NotFound

    def with_tasks(self, *changed: Task) -> "Instance":
        """The same with these tasks in place of their former selves, or added."""
        mine = {task.id: task for task in self.tasks}
        mine |= {task.id: task for task in changed}
        return replace(self, tasks=tuple(mine.values()))


class Kind(StrEnum):
    """What can happen."""

    SUBMITTED = "submitted"
    TASK_ASSIGNED = "task_assigned"
    BLOCKED = "blocked"
    DECIDED = "decided"
    TASK_CLOSED = "task_closed"
    ADVANCED = "advanced"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    URGED = "urged"
    APPROVED = "approved"
    COMPLETED = "completed"
    VOID_PROPOSED = "void_proposed"
    VOID_DECLINED = "void_declined"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; which fields say something depends on `kind`."""

    kind: Kind
    by: Person | None = None
    task: Task | None = None
    tasks: tuple[Task, ...] = ()
    people: tuple[Person, ...] = ()
    unit: Unit | None = None
    verdict: Verdict | None = None
    opinion: str = ""
    countersigners: tuple[Unit, ...] = ()
    end: TaskEnd | None = None
    waiting: tuple[str, ...] = ()
