"""Alarms about orders to seal that were not obeyed, for those who oversee."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from document_svc import refusals, sealing
from document_svc.errors import CannotSealYet
from document_svc.models import SealRefusal
from shared.contracts.document import RefusalReason
from shared.contracts.people import Person, Unit
from shared.contracts.workflow import Decided, OpinionPlace
from shared.messaging import Retry
from shared.web import CurrentUser, Tx

router = APIRouter()


class RefusalView(BaseModel):
    """`settled_at` is None while nobody has looked into it."""

    id: UUID
    request_id: UUID
    revision: int
    tracking_number: str
    reason: RefusalReason
    detail: str
    place: OpinionPlace | None
    unit: Unit
    claimed_by: Person
    refused_at: datetime
    settled_at: datetime | None
    settled_by: str | None


class RefusalList(BaseModel):
    items: list[RefusalView]


@router.get("/seal-refusals")
async def list_seal_refusals(who: CurrentUser, tx: Tx, open_only: bool = True) -> RefusalList:
    """Orders that sealed nothing: forged, replayed, edited, or of a foreign department."""
    found = await refusals.listed(tx, who, open_only=open_only)
    return RefusalList(items=[_view(refusal) for refusal in found])


@router.post("/seal-refusals/{refusal_id}/settlement", status_code=201)
async def settle_seal_refusal(
    refusal_id: UUID, who: CurrentUser, tx: Tx, retry: bool = False
) -> RefusalView:
    """An administrator has looked into it; with `retry`, whose cause was mended, it is tried again.

    An order that still does not hold raises a new alarm.
    """
    refusal = await refusals.settle(tx, refusal_id, who)
    if retry:
        try:
            await sealing.seal(tx, refusals.refused_event(refusal))
        except Retry as not_yet:
            raise CannotSealYet(reason=str(not_yet)) from not_yet
    return _view(refusal)


def _view(refusal: SealRefusal) -> RefusalView:
    event = refusals.refused_event(refusal)
    return RefusalView(
        id=refusal.id,
        request_id=refusal.request_id,
        revision=refusal.revision,
        tracking_number=refusal.tracking_number,
        reason=RefusalReason(refusal.reason),
        detail=refusal.detail,
        place=event.place if isinstance(event, Decided) else None,
        unit=event.unit,
        claimed_by=event.by,
        refused_at=refusal.refused_at,
        settled_at=refusal.settled_at,
        settled_by=refusal.settler_name,
    )
