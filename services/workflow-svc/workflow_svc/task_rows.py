"""Between a request's tasks and their rows."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, or_, select, update

from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Verdict
from shared.database import insert, table_of
from shared.transaction import Transaction
from workflow_svc import errors, lateness
from workflow_svc.domain import Delegate, Instance, Task, TaskState
from workflow_svc.flow import Flow
from workflow_svc.models import CandidateRow, InstanceRow, TaskRow
from workflow_svc.seats import post_of

_task_row, _candidate = table_of(TaskRow), table_of(CandidateRow)
_READ = (
    select(
        _task_row,
        _candidate.c.person_id,
        _candidate.c.person_name,
        _candidate.c.on_behalf_of.label("asked_for"),
        _candidate.c.on_behalf_of_name.label("asked_for_name"),
    )
    .select_from(_task_row.outerjoin(_candidate, _candidate.c.task_id == _task_row.c.id))
    .where(
        _task_row.c.request_id == bindparam("request_id"),
        or_(_task_row.c.revision == bindparam("revision"), _task_row.c.id == bindparam("task_id")),
    )
    .order_by(_task_row.c.id, _candidate.c.person_id)
)
_CHANGE = update(_task_row).where(
    _task_row.c.id == bindparam("task_id"), _task_row.c.state == bindparam("state_before")
)
_CHANGE_CANDIDATES = update(_candidate).where(_candidate.c.task_id == bindparam("of_task"))
_REMOVE_CANDIDATES = delete(_candidate).where(_candidate.c.task_id == bindparam("of_task"))
_ADD = insert(TaskRow)
_ADD_CANDIDATES = insert(CandidateRow)


async def read(tx: Transaction, row: InstanceRow, task_id: UUID | None) -> tuple[Task, ...]:
    """The tasks of the request's present revision, and this one whatever its revision."""
    wanted = {"request_id": row.request_id, "revision": row.revision, "task_id": task_id}
    rows: dict[UUID, list[Row[Any]]] = {}
    for found in await tx.session.execute(_READ, wanted):
        rows.setdefault(found.id, []).append(found)
    return tuple(_task(of_task) for of_task in rows.values())


async def write(tx: Transaction, flow: Flow, before: Instance, after: Instance) -> None:
    """Writes what changed. Raises: TaskClosed when a task is no longer as the engine saw it."""
    known = {task.id: task for task in before.tasks}
    for task in after.tasks:
        if task.id in known and task != known[task.id]:
            await _change(tx, after, known[task.id], task)
    await _add(tx, flow, after, [task for task in after.tasks if task.id not in known])


def _task(rows: list[Row[Any]]) -> Task:
    """`rows`: the task's, one for each candidate; one without a candidate where it has none."""
    row = rows[0]
    asked = [each for each in rows if each.person_id is not None]
    return Task(
        id=row.id,
        revision=row.revision,
        node=row.node,
        unit=Unit(id=row.unit_id, name=row.unit_name),
        candidates=tuple(
            Person(id=c.person_id, name=c.person_name) for c in asked if c.asked_for is None
        ),
        delegates=tuple(
            Delegate(
                Person(id=c.person_id, name=c.person_name),
                on_behalf_of=Person(id=c.asked_for, name=c.asked_for_name),
            )
            for c in asked
            if c.asked_for is not None
        ),
        state=TaskState(row.state),
        opened_at=row.opened_at,
        position=row.position,
        appointed=row.appointed,
        added_by=_person(row.added_by, row.added_by_name),
        due_at=row.due_at,
        escalate_at=row.escalate_at,
        reminded_at=row.reminded_at,
        escalated_at=row.escalated_at,
        urged_at=row.urged_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        opinion=row.opinion,
        decided_by=_person(row.decided_by, row.decided_by_name),
        on_behalf_of=_person(row.on_behalf_of, row.on_behalf_of_name),
        closed_at=row.closed_at,
    )


def _person(person_id: UUID | None, name: str | None) -> Person | None:
    return None if person_id is None else Person(id=person_id, name=name or "")


def _values(task: Task) -> dict[str, Any]:
    """What of a task may change in its life."""
    return {
        "state": task.state.value,
        "opened_at": task.opened_at,
        "position": task.position,
        "due_at": task.due_at,
        "escalate_at": task.escalate_at,
        "reminded_at": task.reminded_at,
        "escalated_at": task.escalated_at,
        "next_step_at": lateness.next_step_at(task),
        "urged_at": task.urged_at,
        "verdict": task.verdict.value if task.verdict else None,
        "opinion": task.opinion,
        "decided_by": task.decided_by.id if task.decided_by else None,
        "decided_by_name": task.decided_by.name if task.decided_by else None,
        "on_behalf_of": task.on_behalf_of.id if task.on_behalf_of else None,
        "on_behalf_of_name": task.on_behalf_of.name if task.on_behalf_of else None,
        "closed_at": task.closed_at,
    }


async def _change(tx: Transaction, request: Instance, before: Task, after: Task) -> None:
    changed = await tx.session.execute(
        _CHANGE, {"task_id": before.id, "state_before": before.state.value, **_values(after)}
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise errors.TaskClosed(state=after.state.value, request_status=request.status.value)
    of_task = {"of_task": before.id}
    if (after.candidates, after.delegates) != (before.candidates, before.delegates):
        await tx.session.execute(_REMOVE_CANDIDATES, of_task)
        await _add_candidates(tx, [after])
    elif after.state is not before.state:
        is_open = after.state is TaskState.OPEN
        await tx.session.execute(
            _CHANGE_CANDIDATES, {**of_task, "open": is_open, "opened_at": after.opened_at}
        )


async def _add(tx: Transaction, flow: Flow, request: Instance, tasks: list[Task]) -> None:
    if not tasks:
        return
    rows = []
    for task in tasks:
        node = flow.node(task.node)
        row = {
            "id": task.id,
            "request_id": request.request_id,
            "revision": task.revision,
            "node": task.node,
            "node_name": node.name,
            "unit_id": task.unit.id,
            "unit_name": task.unit.name,
            "post": post_of(node).value,
            "appointed": task.appointed,
            "added_by": task.added_by.id if task.added_by else None,
            "added_by_name": task.added_by.name if task.added_by else None,
        }
        rows.append(row | _values(task))
    await tx.session.execute(_ADD, rows)
    await _add_candidates(tx, tasks)


async def _add_candidates(tx: Transaction, tasks: Iterable[Task]) -> None:
    rows = [
        {
            "task_id": task.id,
            "person_id": person.id,
            "person_name": person.name,
            "open": task.state is TaskState.OPEN,
            "opened_at": task.opened_at,
            "on_behalf_of": None if holder is None else holder.id,
            "on_behalf_of_name": None if holder is None else holder.name,
        }
        for task in tasks
        for person, holder in _asked(task)
    ]
    if rows:
        await tx.session.execute(_ADD_CANDIDATES, rows)


def _asked(task: Task) -> Iterable[tuple[Person, Person | None]]:
    yield from ((person, None) for person in task.candidates)
    yield from ((delegate.person, delegate.on_behalf_of) for delegate in task.delegates)
