"""知会 and 督办 as rows: who sees a request besides its people, and whether they have read it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import delete, select, update

from shared.contracts.people import PersonId
from shared.contracts.workflow import OverdueStep, WhyCopied
from shared.database import insert
from shared.errors import NotFound
from shared.transaction import Transaction
from workflow_svc.copy_models import CopyRow
from workflow_svc.domain import Happening, Kind
from workflow_svc.flow import Flow


async def write(
    tx: Transaction, flow: Flow, request_id: UUID, happened: Iterable[Happening]
) -> None:
    """Whoever was copied sees it from now on; whom lateness was escalated to watches it (督办).

    Who put it on a list of their own has read it.
    """
    rows = []
    for happening in happened:
        escalated = happening.step is OverdueStep.ESCALATION
        if happening.kind is not Kind.COPIED and not escalated:
            continue
        why = WhyCopied.SUPERVISION if escalated else happening.why
        task = happening.task
        node = happening.node or (task.node if task else None)
        rows += [
            {
                "request_id": request_id,
                "person_id": person.id,
                "person_name": person.name,
                "why": str(why),
                "by_id": happening.by.id if happening.by else None,
                "by_name": happening.by.name if happening.by else None,
                "node_name": flow.node(node).name if node else None,
                "copied_at": tx.now,
                "read_at": tx.now if happening.by and person.id == happening.by.id else None,
            }
            for person in happening.people
        ]
    for row in rows:
        await tx.session.execute(insert(CopyRow).values(row).on_conflict_do_nothing())


async def known(tx: Transaction, request_id: UUID, why: WhyCopied) -> frozenset[PersonId]:
    """Who is copied, or watches, already."""
    query = select(CopyRow.person_id).where(
        CopyRow.request_id == request_id, CopyRow.why == why.value
    )
    return frozenset(await tx.session.scalars(query))


async def mark_read(tx: Transaction, request_id: UUID, person: PersonId) -> None:
    """已阅, of whatever brought it to them: it is one request, and they opened it. A second time
    changes nothing. Raises: NotFound for who was not copied."""
    mine = (CopyRow.request_id == request_id, CopyRow.person_id == person)
    if await tx.session.scalar(select(CopyRow.person_id).where(*mine).limit(1)) is None:
        raise NotFound
    await tx.session.execute(
        update(CopyRow)
        .where(*mine, CopyRow.read_at.is_(None))
        .values(read_at=tx.now)
        .execution_options(synchronize_session=False)
    )


async def stop_watching(tx: Transaction, request_id: UUID, person: PersonId) -> None:
    """Raises: NotFound when they did not watch it."""
    gone = await tx.session.execute(
        delete(CopyRow)
        .where(
            CopyRow.request_id == request_id,
            CopyRow.person_id == person,
            CopyRow.why == WhyCopied.SUPERVISION.value,
        )
        .returning(CopyRow.person_id)
        .execution_options(synchronize_session=False)
    )
    if gone.first() is None:
        raise NotFound


async def of_request(tx: Transaction, request_id: UUID) -> Sequence[CopyRow]:
    query = (
        select(CopyRow)
        .where(CopyRow.request_id == request_id)
        .order_by(CopyRow.copied_at, CopyRow.person_id)
    )
    return (await tx.session.scalars(query)).all()
