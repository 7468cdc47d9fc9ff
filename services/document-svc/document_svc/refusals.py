"""Orders that were not obeyed: kept, told, and settled by an administrator."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from document_svc.errors import AlreadySettled, NotAdministrator
from document_svc.models import SealRefusal, Sheet
from document_svc.orders import OrderRefused
from shared.contracts import event_type
from shared.contracts.document import SealRefused
from shared.contracts.people import Post
from shared.contracts.workflow import Approved, Decided
from shared.database import new_id
from shared.errors import NotFound
from shared.identity import User
from shared.posts import holds
from shared.readers import require_overseer
from shared.telemetry import logger
from shared.transaction import Transaction

log = logger(__name__)

LISTED = 200
ADMINISTRATORS = frozenset({Post.ADMINISTRATOR})


def refuse(
    tx: Transaction, event: Decided | Approved, refused: OrderRefused, sheet: Sheet | None
) -> None:
    """Writes the alarm down and raises it. Nothing else of the event has any effect."""
    row = SealRefusal(
        id=new_id(),
        request_id=event.request_id,
        revision=event.revision,
        tracking_number=sheet.tracking_number if sheet else "",
        reason=refused.reason.value,
        detail=refused.detail,
        topic=event.topic,
        event=event.model_dump(mode="json"),
        refused_at=tx.now,
        settled_at=None,
        settled_by=None,
        settler_name=None,
    )
    tx.session.add(row)
    log.error("seal_refused", reason=refused.reason.value, refusal_id=str(row.id))
    tx.publish(
        SealRefused(
            request_id=event.request_id,
            revision=event.revision,
            refusal_id=row.id,
            reason=refused.reason,
            detail=refused.detail,
            place=event.place if isinstance(event, Decided) else None,
            unit=event.unit,
            claimed_by=event.by,
            tracking_number=row.tracking_number,
            refused_at=tx.now,
        )
    )


async def listed(tx: Transaction, user: User, *, open_only: bool) -> Sequence[SealRefusal]:
    """The newest first, at most `LISTED`. Raises: OverseersOnly."""
    await require_overseer(tx, user)
    query = select(SealRefusal).order_by(SealRefusal.refused_at.desc()).limit(LISTED)
    if open_only:
        query = query.where(SealRefusal.settled_at.is_(None))
    return (await tx.session.scalars(query)).all()


async def settle(tx: Transaction, refusal_id: UUID, by: User) -> SealRefusal:
    """The alarm was looked into. Raises: NotAdministrator, NotFound, AlreadySettled."""
    if not await holds(tx, by.id, ADMINISTRATORS):
        raise NotAdministrator
    refusal = await tx.session.get(SealRefusal, refusal_id, with_for_update=True)
    if refusal is None:
        raise NotFound
    if refusal.settled_at is not None:
        raise AlreadySettled(by=refusal.settler_name)
    refusal.settled_at = tx.now
    refusal.settled_by, refusal.settler_name = by.id, by.name
    return refusal


def refused_event(refusal: SealRefusal) -> Decided | Approved:
    """The event that brought the order, as it came."""
    kind = event_type(refusal.topic)
    event = kind.model_validate(refusal.event) if kind else None
    if not isinstance(event, (Decided, Approved)):
        raise TypeError(f"{refusal.topic} orders nothing")
    return event
