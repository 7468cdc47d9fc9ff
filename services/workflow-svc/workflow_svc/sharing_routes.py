"""知会 and 督办."""

from uuid import UUID

from fastapi import APIRouter

from shared.contracts.people import Person
from shared.contracts.workflow import WhyCopied
from shared.web import CurrentUser, IdempotencyKey, Tx
from workflow_svc import copies, queries, sharing
from workflow_svc.assigning_views import (
    CopyBody,
    CopyItem,
    CopyList,
    SupervisionBody,
    ToldView,
)

router = APIRouter()


@router.get("/requests/{request_id}/copies")
async def list_copies(request_id: UUID, user: CurrentUser, tx: Tx) -> CopyList:
    """Who else sees the request, and whether they have read it."""
    await queries.require_reader(tx, request_id, user.id)
    items = [
        CopyItem(
            person=Person(id=row.person_id, name=row.person_name),
            why=WhyCopied(row.why),
            by=row.by_name,
            node_name=row.node_name,
            copied_at=row.copied_at,
            read_at=row.read_at,
        )
        for row in await copies.of_request(tx, request_id)
    ]
    return CopyList(items=items)


@router.post("/requests/{request_id}/copies", status_code=201)
async def copy_request(
    request_id: UUID,
    body: CopyBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> ToldView:
    """知会, by the initiator or whoever was asked to act."""
    answer = await sharing.copy(
        tx, request_id, by=user, person_ids=body.people, key=idempotency_key
    )
    return ToldView.model_validate(answer)


@router.put("/requests/{request_id}/read", status_code=204)
async def mark_read(request_id: UUID, user: CurrentUser, tx: Tx) -> None:
    """已阅, by whoever was copied or watches it; of both where they do both."""
    await copies.mark_read(tx, request_id, user.id)


@router.post("/requests/{request_id}/supervisors", status_code=201)
async def supervise_request(
    request_id: UUID,
    body: SupervisionBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> ToldView:
    """督办: by 督查室 or an administrator; who watches may urge, and decides nothing."""
    answer = await sharing.supervise(
        tx, request_id, by=user, person_id=body.person_id, key=idempotency_key
    )
    return ToldView.model_validate(answer)


@router.delete("/requests/{request_id}/supervisors/{person_id}", status_code=204)
async def stop_supervising(request_id: UUID, person_id: UUID, user: CurrentUser, tx: Tx) -> None:
    await sharing.stop_supervising(tx, request_id, by=user, person_id=person_id)
