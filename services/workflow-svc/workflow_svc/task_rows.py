"""Between a request's tasks and their rows."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, or_, select, update

from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Verdict
from shared.transaction import Transaction
from workflow_svc import errors, lateness
from workflow_svc.domain import Delegate, Instance, Task, TaskState
from workflow_svc.flow import Flow
from workflow_svc.models import CandidateRow, InstanceRow, TaskRow
from workflow_svc.seats import post_of

_ASKED = (
    CandidateRow.person_id,
    CandidateRow.person_name,
    CandidateRow.on_behalf_of,
    CandidateRow.on_behalf_of_name,
)


async def read(tx: Transaction, row: InstanceRow, task_id: UUID | None) -> tuple[Task, ...]:
    """The tasks of the request's present revision, and this one whatever its revision."""
    wanted = TaskRow.revision == row.revision
    if task_id is not None:
        wanted = or_(wanted, TaskRow.id == task_id)
    query = (
        select(TaskRow, *_ASKED)
        .outerjoin(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(TaskRow.request_id == row.request_id, wanted)
        .order_by(TaskRow.id, CandidateRow.person_id)
    )
    rows: dict[UUID, TaskRow] = {}
    asked: dict[UUID, list[Any]] = {}
    for found in await tx.session.execute(query):
        task = found.TaskRow
        rows[task.id] = task
        of_task = asked.setdefault(task.id, [])
        if found.person_id is not None:
            of_task.append(found)
    return tuple(_task(task, asked[task.id]) for task in rows.values())


async def write(tx: Transaction, flow: Flow, before: Instance, after: Instance) -> None:
    """Writes what changed. Raises: TaskClosed when a task is no longer as the engine saw it."""
    known = {task.id: task for task in before.tasks}
    for task in after.tasks:
        if task.id in known and task != known[task.id]:
            await _change(tx, after, known[task.id], task)
    await _add(tx, flow, after, [task for task in after.tasks if task.id not in known])


def _task(row: TaskRow, asked: list[Any]) -> Task:
    return Task(
        id=row.id,
        revision=row.revision,
        node=row.node,
        unit=Unit(id=row.unit_id, name=row.unit_name),
        candidates=tuple(
            Person(id=c.person_id, name=c.person_name) for c in asked if c.on_behalf_of is None
        ),
        delegates=tuple(
            Delegate(
                Person(id=c.person_id, name=c.person_name),
                on_behalf_of=Person(id=c.on_behalf_of, name=c.on_behalf_of_name),
            )
            for c in asked
            if c.on_behalf_of is not None
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
        update(TaskRow)
        .where(TaskRow.id == before.id, TaskRow.state == before.state.value)
        .values(_values(after))
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise errors.TaskClosed(state=after.state.value, request_status=request.status.value)
    of_task = CandidateRow.task_id == before.id
    if (after.candidates, after.delegates) != (before.candidates, before.delegates):
        await tx.session.execute(
            delete(CandidateRow).where(of_task).execution_options(synchronize_session=False)
        )
        await _add_candidates(tx, [after])
    elif after.state is not before.state:
        await tx.session.execute(
            update(CandidateRow)
            .where(of_task)
            .values(open=after.state is TaskState.OPEN, opened_at=after.opened_at)
            .execution_options(synchronize_session=False)
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
    await tx.session.execute(insert(TaskRow), rows)
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
        await tx.session.execute(insert(CandidateRow), rows)


def _asked(task: Task) -> Iterable[tuple[Person, Person | None]]:
    yield from ((person, None) for person in task.candidates)
    yield from ((delegate.person, delegate.on_behalf_of) for delegate in task.delegates)
