"""A request on its way: its state, its tasks, and what can happen to it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from shared.contracts.people import Person, PersonId, Unit
from shared.contracts.request import SealUseForm, StoredFile
from shared.contracts.workflow import OverdueStep, TaskEnd, Verdict, WhyCopied, WhyReassigned
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
    QUEUED = "queued"  # its turn has not come (依次, 后加签)
    OPEN = "open"
    BLOCKED = "blocked"  # nobody may act: the administrator has to put someone in charge
    DECIDED = "decided"
    SKIPPED = "skipped"  # as the others of the group see it when one of them has decided
    REASSIGNED = "reassigned"  # another task took its place
    CANCELLED = "cancelled"  # returned or withdrawn meanwhile, or its signer taken off again


@dataclass(frozen=True, slots=True)
class Delegate:
    """Someone who may act in another's place, by that person's delegation (委托)."""

    person: Person
    on_behalf_of: Person


@dataclass(frozen=True, slots=True)
class Task:
    """One seat's part in a node, in one round; closed for ever once closed.

    `candidates`: any one of them may act, and so may their `delegates`. `appointed`: they act
    because someone put them there, not by their post. `position`: the turns within the node.
    `on_behalf_of`: whose seat it was, when a delegate decided.
    """

    id: UUID
    revision: int
    node: str
    unit: Unit
    candidates: tuple[Person, ...]
    state: TaskState
    opened_at: datetime
    position: int = 1
    delegates: tuple[Delegate, ...] = ()
    appointed: bool = False
    added_by: Person | None = None
    due_at: datetime | None = None
    escalate_at: datetime | None = None
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    urged_at: datetime | None = None
    verdict: Verdict | None = None
    opinion: str = ""
    decided_by: Person | None = None
    on_behalf_of: Person | None = None
    closed_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        return self.state in {TaskState.OPEN, TaskState.BLOCKED}

    @property
    def is_live(self) -> bool:
        """Waiting now, or later."""
        return self.is_waiting or self.state is TaskState.QUEUED

    @property
    def assignees(self) -> tuple[Person, ...]:
        """Everyone who may act."""
        return (*self.candidates, *(delegate.person for delegate in self.delegates))

    @property
    def actors(self) -> frozenset[PersonId]:
        """Who acted, and for whom: both have had their say in this round."""
        acted = (self.decided_by, self.on_behalf_of)
        return frozenset(person.id for person in acted if person is not None)

    def decided(
        self,
        verdict: Verdict,
        opinion: str,
        *,
        by: Person,
        on_behalf_of: Person | None,
        at: datetime,
    ) -> "Task":
        """The task as it is closed for ever by a verdict."""
        return replace(
            self,
            state=TaskState.DECIDED,
            verdict=verdict,
            opinion=opinion,
            decided_by=by,
            on_behalf_of=on_behalf_of,
            closed_at=at,
        )

    def state_for(self, person: PersonId) -> TaskState:
        """To the others of its group, a decided task was skipped."""
        by_another = self.decided_by is not None and person not in self.actors
        return TaskState.SKIPPED if by_another else self.state


@dataclass(frozen=True, slots=True)
class Instance:
    """A request in the workflow. `tasks` are those of the present revision.

    `chosen`: who shall act at a coming node, of those entitled, by the node's id.
    """

    request_id: UUID
    initiator: Person
    form: SealUseForm
    status: Status = Status.NEW
    revision: int = 0
    node: str | None = None
    countersigners: tuple[Unit, ...] = ()
    chosen: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    number: str | None = None  # 编号
    tasks: tuple[Task, ...] = ()

    @property
    def facts(self) -> Mapping[str, Value]:
        """What conditions can ask about."""
        return facts_of(self.form, self.countersigners)

    @property
    def awaits_number(self) -> bool:
        return self.status is Status.APPROVED and self.number is None

    @property
    def last_unit(self) -> Unit:
        """Where the one who decided last acted; before any decision the applying unit."""
        decided = [
            task
            for task in self.tasks
            if task.revision == self.revision and task.decided_by and not task.added_by
        ]
        last = max(decided, key=lambda task: (task.closed_at, task.id), default=None)
        return self.form.unit if last is None else last.unit

    def task(self, task_id: UUID) -> Task:
        """Raises: NotFound when the present revision has no such task."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        raise NotFound

    def live(self, node: str | None = None) -> tuple[Task, ...]:
        """The tasks that wait, now or later, in the order of their turns."""
        found = [t for t in self.tasks if t.is_live and node in {None, t.node}]
        return tuple(sorted(found, key=lambda task: (task.position, task.id)))

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
    CARRIED_OVER = "carried_over"  # an agreement counts in the next round too: nothing changed
    TASK_CLOSED = "task_closed"
    ADVANCED = "advanced"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    URGED = "urged"
    REASSIGNED = "reassigned"
    CHOSEN = "chosen"
    SIGNER_ADDED = "signer_added"
    SIGNER_REMOVED = "signer_removed"
    COPIED = "copied"
    OVERDUE = "overdue"
    APPROVED = "approved"
    COMPLETED = "completed"
    VOID_PROPOSED = "void_proposed"
    VOID_DECLINED = "void_declined"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; which fields say something depends on `kind`.

    `reason`: why someone else was put in charge, in people's words.
    """

    kind: Kind
    by: Person | None = None
    on_behalf_of: Person | None = None
    task: Task | None = None
    tasks: tuple[Task, ...] = ()
    node: str | None = None
    people: tuple[Person, ...] = ()
    gave_up: Person | None = None
    unit: Unit | None = None
    verdict: Verdict | None = None
    opinion: str = ""
    reason: str = ""
    why: WhyReassigned | WhyCopied | None = None
    step: OverdueStep | None = None
    countersigners: tuple[Unit, ...] = ()
    attachments: tuple[StoredFile, ...] = ()
    end: TaskEnd | None = None
    waiting: tuple[str, ...] = ()
