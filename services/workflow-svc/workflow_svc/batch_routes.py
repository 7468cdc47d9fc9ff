"""Batch 同意 over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from shared.web import CurrentRuntime, CurrentUser, IdempotencyKey
from workflow_svc import batch
from workflow_svc.domain import Status

batches = APIRouter()


class AgreementsBody(BaseModel):
    """One opinion for all of them. All tasks are of one node."""

    model_config = ConfigDict(extra="forbid")

    task_ids: Annotated[list[UUID], Field(min_length=1, max_length=100)]
    opinion: Annotated[str, Field(max_length=1000)] = ""


class AgreementView(BaseModel):
    """`problem`: the refusal as a decision of its own would have got it; None: it was agreed."""

    task_id: UUID
    agreed: bool
    request_status: Status | None
    problem: dict[str, Any] | None


class AgreementsView(BaseModel):
    items: list[AgreementView]
    agreed: int
    refused: int


@batches.post("/tasks/agreements")
async def agree_several(
    body: AgreementsBody,
    user: CurrentUser,
    runtime: CurrentRuntime,
    idempotency_key: IdempotencyKey = None,
) -> AgreementsView:
    """批量同意: a result for each task."""
    results = await batch.agree(
        runtime, body.task_ids, by=user, opinion=body.opinion, key=idempotency_key
    )
    items = [
        AgreementView(
            task_id=result.task_id,
            agreed=result.refusal is None,
            request_status=Status(result.request_status) if result.request_status else None,
            problem=result.refusal.problem() if result.refusal else None,
        )
        for result in results
    ]
    agreed = sum(item.agreed for item in items)
    return AgreementsView(items=items, agreed=agreed, refused=len(items) - agreed)
