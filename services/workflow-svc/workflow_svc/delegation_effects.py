"""A job: when a delegation begins or ends, the open tasks of who delegated are looked at again."""

from uuid import UUID

from sqlalchemy import or_, select, update

from shared.service import Job, Runtime
from shared.transaction import Transaction
from workflow_svc import actions
from workflow_svc.delegating import EFFECTS
from workflow_svc.delegation_events import delegation_ended
from workflow_svc.models import CandidateRow, DelegationRow, TaskRow

BATCH = 50


async def run(runtime: Runtime) -> None:
    """Each request in a transaction of its own; the delegation is ticked off when all are done, so
    that one that was interrupted is done again."""
    async with runtime.transaction() as tx:
        rows = await _due(tx)
    for row in rows:
        async with runtime.transaction() as tx:
            requests = await _requests_of(tx, row.from_id)
        for request_id in requests:
            async with runtime.transaction() as tx:
                await actions.reconsider(tx, request_id)
        async with runtime.transaction() as tx:
            await _tick_off(tx, row)


async def _due(tx: Transaction) -> list[DelegationRow]:
    query = (
        select(DelegationRow)
        .where(DelegationRow.takes_effect_at <= tx.now)
        .order_by(DelegationRow.takes_effect_at)
        .limit(BATCH)
    )
    return list(await tx.session.scalars(query))


async def _requests_of(tx: Transaction, holder: UUID) -> list[UUID]:
    """Requests with an open task that asks the holder, or someone in their place."""
    query = (
        select(TaskRow.request_id)
        .join(CandidateRow, CandidateRow.task_id == TaskRow.id)
        .where(
            CandidateRow.open,
            or_(CandidateRow.person_id == holder, CandidateRow.on_behalf_of == holder),
        )
        .distinct()
        .order_by(TaskRow.request_id)
    )
    return list(await tx.session.scalars(query))


async def _tick_off(tx: Transaction, row: DelegationRow) -> None:
    """Next comes its end, unless it has come, which is told; a change made meanwhile has its own
    turn."""
    begun = row.takes_effect_at == row.starts_at and row.revoked_at is None
    ticked = await tx.session.execute(
        update(DelegationRow)
        .where(DelegationRow.id == row.id, DelegationRow.takes_effect_at == row.takes_effect_at)
        .values(takes_effect_at=row.ends_at if begun else None)
        .returning(DelegationRow.id)
        .execution_options(synchronize_session=False)
    )
    if ticked.first() is not None and not begun:
        tx.publish(delegation_ended(row, row.revoked_at or row.ends_at))


DELEGATION_EFFECTS = Job(EFFECTS, run, every_seconds=60, alone=True)
