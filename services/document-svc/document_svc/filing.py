"""What the archive will hold of a request's way: each event of workflow-svc about it."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from document_svc.ledger_models import Happening
from shared.contracts import Event, all_events
from shared.database import insert, new_id
from shared.messaging import on
from shared.transaction import Transaction

_KEEP = insert(Happening)


async def keep_happening(event: Event, tx: Transaction) -> None:
    row = {
        "id": new_id(),
        "request_id": event.aggregate,
        "topic": event.topic,
        "body": event.model_dump(mode="json"),
        "kept_at": tx.now,
    }
    await tx.session.execute(_KEEP, row)


async def happenings_of(tx: Transaction, request_id: UUID) -> list[dict[str, Any]]:
    """Topic and body of each, in the order they happened."""
    rows = await tx.session.scalars(
        select(Happening).where(Happening.request_id == request_id).order_by(Happening.id)
    )
    return [{"topic": row.topic, "body": row.body} for row in rows]


# Whatever workflow-svc tells of a request, also what it will tell some day.
FILING_HANDLERS = tuple(
    on(event, keep_happening, ordered=True)
    for event in all_events()
    if event.topic.startswith("workflow.") and event.aggregate_field == "request_id"
)
