"""作废 over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.people import Person
from shared.readers import require_overseer
from shared.web import CurrentUser, IdempotencyKey, Tx
from workflow_svc import voiding
from workflow_svc.domain import Status

voids = APIRouter()


class VoidBody(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class VoidProposalView(BaseModel):
    """`mine`: the caller proposed it, so that another person has to confirm."""

    request_id: UUID
    title: str
    number: str | None
    status: Status
    reason: str
    by: Person
    proposed_at: datetime
    mine: bool


class VoidProposals(BaseModel):
    items: list[VoidProposalView]


class VoidView(BaseModel):
    request_status: Status


@voids.get("/void-proposals")
async def list_void_proposals(
    user: CurrentUser, tx: Tx, request_id: UUID | None = None
) -> VoidProposals:
    """What waits for a second person; of one request if given."""
    await require_overseer(tx, user)
    items = [
        VoidProposalView(
            request_id=proposal.request_id,
            title=instance.title,
            number=instance.number,
            status=Status(instance.status),
            reason=proposal.reason,
            by=Person(id=proposal.by_id, name=proposal.by_name),
            proposed_at=proposal.proposed_at,
            mine=proposal.by_id == user.id,
        )
        for proposal, instance in await voiding.proposals(tx)
        if request_id in {None, proposal.request_id}
    ]
    return VoidProposals(items=items)


@voids.post("/requests/{request_id}/void-proposal", status_code=204)
async def propose_void(
    request_id: UUID,
    body: VoidBody,
    user: CurrentUser,
    tx: Tx,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """提出作废, by 督查室, after the last approval."""
    await voiding.propose(tx, request_id, by=user, reason=body.reason, key=idempotency_key)


@voids.delete("/requests/{request_id}/void-proposal", status_code=204)
async def take_back_void(request_id: UUID, user: CurrentUser, tx: Tx) -> None:
    """The proposal is taken back, or declined."""
    await voiding.take_back(tx, request_id, by=user)


@voids.post("/requests/{request_id}/void-confirmation", status_code=201)
async def confirm_void(
    request_id: UUID, user: CurrentUser, tx: Tx, idempotency_key: IdempotencyKey = None
) -> VoidView:
    """确认作废, by a second person; final."""
    answer = await voiding.confirm(tx, request_id, by=user, key=idempotency_key)
    return VoidView.model_validate(answer)
