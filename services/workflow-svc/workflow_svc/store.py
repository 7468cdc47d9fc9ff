"""Between rows and the engine's state: a request is locked, read, and what changed is written."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from shared.contracts.people import Person, Unit
from shared.contracts.request import RequestSubmitted, SealUseForm
from shared.database import insert, table_of
from shared.errors import NotFound
from shared.record import chain
from shared.seal_order import form_digest
from shared.transaction import Transaction
from workflow_svc import announce, copies, errors, people, record, seal_orders, task_rows
from workflow_svc.domain import Instance, Kind, Status, Task
from workflow_svc.flow import Flow
from workflow_svc.models import InstanceRow, LogRow, SubmissionRow, TaskRow
from workflow_svc.published import flow_of
from workflow_svc.world import Outcome

_REQUEST = select(InstanceRow, SubmissionRow.form, SubmissionRow.sha256).outerjoin(
    SubmissionRow,
    and_(
        SubmissionRow.request_id == InstanceRow.request_id,
        SubmissionRow.revision == InstanceRow.revision,
    ),
)
_LOOK = _REQUEST.where(InstanceRow.request_id == bindparam("request_id"))
_LOOK_BY_TASK = _REQUEST.where(
    InstanceRow.request_id
    == select(TaskRow.request_id).where(TaskRow.id == bindparam("task_id")).scalar_subquery()
)
_HOLD = _LOOK.with_for_update(of=InstanceRow)
_HOLD_BY_TASK = _LOOK_BY_TASK.with_for_update(of=InstanceRow)
_SUBMISSION = select(SubmissionRow.form, SubmissionRow.sha256).where(
    SubmissionRow.request_id == bindparam("request_id"),
    SubmissionRow.revision == bindparam("revision"),
)
_BEGIN = insert(InstanceRow)
_UPDATE = update(table_of(InstanceRow)).where(
    table_of(InstanceRow).c.request_id == bindparam("of_request")
)
_MAY_CHANGE = (
    *("title", "business_type", "unit_id", "unit_name", "status", "revision", "node"),
    *("countersigners", "chosen", "number", "version", "log_length", "head_hash", "ended_at"),
)
_FREEZE = insert(SubmissionRow)
_WRITE_DOWN = insert(LogRow)

_ENDED = (Status.COMPLETED, Status.WITHDRAWN, Status.VOID)


@dataclass(frozen=True, slots=True)
class Held:
    """A request as this transaction read it, under its lock where a command follows.

    `row` belongs to no session: what a command changes of it is written by `save`.
    """

    row: InstanceRow
    flow: Flow
    state: Instance
    submission_sha256: str


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A command that may come twice: the key it came with, what it was, how it is answered."""

    key: str | None
    command_sha256: str
    answer: dict[str, Any] = field(default_factory=dict)


async def hold(tx: Transaction, request_id: UUID) -> Held:
    """Locks the request first of all, then reads it. Raises: NotFound."""
    held = await hold_if_known(tx, request_id)
    if held is None:
        raise NotFound
    return held


async def hold_if_known(tx: Transaction, request_id: UUID) -> Held | None:
    found = (await tx.session.execute(_HOLD, {"request_id": request_id})).first()
    return None if found is None else await _read(tx, found)


async def look(tx: Transaction, request_id: UUID) -> Held:
    """Reads the request for showing it, without its lock. Raises: NotFound."""
    found = (await tx.session.execute(_LOOK, {"request_id": request_id})).first()
    if found is None:
        raise NotFound
    return await _read(tx, found)


async def look_by_task(tx: Transaction, task_id: UUID) -> Held:
    """As `hold_by_task`, without the lock. Raises: NotFound."""
    found = (await tx.session.execute(_LOOK_BY_TASK, {"task_id": task_id})).first()
    if found is None:
        raise NotFound
    return await _read(tx, found, task_id)


async def hold_by_task(tx: Transaction, task_id: UUID) -> Held:
    """The request of a task, which is read even when it is of an earlier revision.

    Raises: NotFound.
    """
    found = (await tx.session.execute(_HOLD_BY_TASK, {"task_id": task_id})).first()
    if found is None:
        raise NotFound
    return await _read(tx, found, task_id)


async def begin(tx: Transaction, event: RequestSubmitted, flow: Flow) -> Held:
    """A request that comes for the first time."""
    form = event.form
    row = {
        "request_id": event.request_id,
        "tracking_number": event.tracking_number,
        "title": event.title,
        "matter": event.matter,
        "business_type": form.business_type.value,
        "unit_id": form.unit.id,
        "unit_name": form.unit.name,
        "initiator_id": event.initiator.id,
        "initiator_name": event.initiator.name,
        "flow_key": flow.key,
        "flow_version": flow.version,
        "status": Status.NEW.value,
        "revision": 0,
        "node": None,
        "countersigners": [],
        "chosen": {},
        "number": None,
        "version": 0,
        "log_length": 0,
        "head_hash": chain.BEFORE_THE_FIRST,
        "started_at": event.submitted_at,
        "ended_at": None,
    }
    await tx.session.execute(_BEGIN, row)
    begun = InstanceRow(**row)
    return Held(begun, flow, _state(begun, form, ()), "")


async def freeze(tx: Transaction, event: RequestSubmitted) -> str:
    """Keeps what was submitted, for good. Returns: its SHA-256."""
    form = event.form.model_dump(mode="json")
    sha256 = form_digest(event.form)
    submission = {
        "request_id": event.request_id,
        "revision": event.revision,
        "form": form,
        "sha256": sha256,
        "submitted_at": event.submitted_at,
    }
    await tx.session.execute(_FREEZE, submission)
    return sha256


async def save(
    tx: Transaction, held: Held, outcome: Outcome, repeatable: Repeatable | None = None
) -> None:
    """Writes what changed, adds to the record, and publishes.

    Raises: TaskClosed when a task is no longer as the engine saw it.
    """
    await task_rows.write(tx, held.flow, held.state, outcome.state)
    await copies.write(tx, held.flow, held.state.request_id, outcome.happened)
    await _write_down(tx, held, outcome, repeatable)
    await _update(tx, held.row, outcome.state)
    blocked = any(happening.kind is Kind.BLOCKED for happening in outcome.happened)
    about = announce.About(
        state=outcome.state,
        flow=held.flow,
        title=held.row.title,
        tracking_number=held.row.tracking_number,
        now=tx.now,
        administrators=await people.administrators(tx) if blocked else (),
    )
    for event in announce.events(about, outcome.happened):
        tx.publish(seal_orders.with_order(tx, event, held.submission_sha256))


async def answer_given(tx: Transaction, actor: UUID, repeatable: Repeatable) -> dict[str, Any]:
    """The answer that the same command by the same person got before; empty when it got none.

    Raises: IdempotencyKeyReused when the key came with another command.
    """
    if repeatable.key is None:
        return {}
    found = await tx.session.execute(
        select(LogRow.command_sha256, LogRow.answer).where(
            LogRow.actor_id == actor, LogRow.idempotency_key == repeatable.key
        )
    )
    row = found.first()
    if row is None:
        return {}
    if row.command_sha256 != repeatable.command_sha256:
        raise errors.IdempotencyKeyReused
    return dict(row.answer)


async def _read(tx: Transaction, found: Row[Any], task_id: UUID | None = None) -> Held:
    row: InstanceRow = found.InstanceRow
    tx.session.expunge(row)
    submission = found
    if submission.form is None:  # a later revision came in while the lock was waited for
        wanted = {"request_id": row.request_id, "revision": row.revision}
        submission = (await tx.session.execute(_SUBMISSION, wanted)).one()
    tasks = await task_rows.read(tx, row, task_id)
    form = form_of(submission.form)
    flow = await flow_of(tx, row.flow_key, row.flow_version)
    return Held(row, flow, _state(row, form, tasks), submission.sha256)


def form_of(submitted: dict[str, Any]) -> SealUseForm:
    """A submission's form as it was handed in."""
    return SealUseForm.model_validate(submitted)


def _state(row: InstanceRow, form: SealUseForm, tasks: tuple[Task, ...]) -> Instance:
    return Instance(
        request_id=row.request_id,
        initiator=Person(id=row.initiator_id, name=row.initiator_name),
        form=form,
        status=Status(row.status),
        revision=row.revision,
        node=row.node,
        countersigners=tuple(Unit.model_validate(unit) for unit in row.countersigners),
        chosen={
            node: tuple(Person.model_validate(person) for person in people)
            for node, people in row.chosen.items()
        },
        number=row.number,
        tasks=tasks,
    )


async def _write_down(
    tx: Transaction, held: Held, outcome: Outcome, repeatable: Repeatable | None
) -> None:
    rows = record.entries(
        outcome.state,
        held.flow,
        outcome.happened,
        submission_sha256=held.submission_sha256,
        at=tx.now,
    )
    if not rows:
        return
    chained = chain.chained(rows, length=held.row.log_length, head=held.row.head_hash)
    nothing = dict.fromkeys(("idempotency_key", "command_sha256", "answer"))
    chained = [row | nothing for row in chained]
    if repeatable is not None:
        chained[0] |= {
            "idempotency_key": repeatable.key,
            "command_sha256": repeatable.command_sha256,
            "answer": repeatable.answer,
        }
    held.row.log_length = chained[-1]["sequence"]
    held.row.head_hash = chained[-1]["hash"]
    try:
        await tx.session.execute(_WRITE_DOWN, chained)
    except IntegrityError as error:  # the request is locked: only the key can be taken
        raise errors.IdempotencyKeyReused from error


async def _update(tx: Transaction, row: InstanceRow, state: Instance) -> None:
    row.status = state.status.value
    row.revision = state.revision
    row.node = state.node
    row.countersigners = [unit.model_dump(mode="json") for unit in state.countersigners]
    row.chosen = {
        node: [person.model_dump(mode="json") for person in people]
        for node, people in state.chosen.items()
    }
    row.number = state.number
    row.version += 1
    if state.status in _ENDED and row.ended_at is None:
        row.ended_at = tx.now
    values = {name: getattr(row, name) for name in _MAY_CHANGE}
    await tx.session.execute(_UPDATE, {"of_request": row.request_id, **values})
