"""For administrators and auditors: what was sent to whom, what became of it, and why not."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from notify_svc import deliveries
from notify_svc.deliveries import Sought
from notify_svc.domain import Kind, Message
from notify_svc.models import Attempt, Receipt
from notify_svc.outcomes import State
from notify_svc.post_room import PostRoom
from notify_svc.privacy import masked
from notify_svc.queries import AnyRow
from notify_svc.reasons import in_words
from shared.contracts.notify import Channel
from shared.contracts.people import Post
from shared.paging import Limit
from shared.posts import require_post
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/deliveries")

LOOK = (Post.ADMINISTRATOR, Post.AUDITOR)
ACT = (Post.ADMINISTRATOR,)


class DeliveryView(BaseModel):
    """`to` is masked. `why` says in words why it waits or failed; `reason` and `code` are the
    provider's."""

    id: UUID
    kind: Kind
    channel: Channel
    provider: str
    request_id: UUID | None
    person_id: UUID | None
    person_name: str
    to: str
    state: State
    why: str
    reason: str
    code: str
    attempts: int
    happened_at: AwareDatetime
    not_before: AwareDatetime | None
    next_attempt_at: AwareDatetime | None
    sent_at: AwareDatetime | None
    reached_at: AwareDatetime | None
    settled_at: AwareDatetime | None


class DeliveryPage(BaseModel):
    items: list[DeliveryView]
    next: UUID | None


class AttemptView(BaseModel):
    number: int
    errand: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    outcome: str | None
    reason: str
    code: str


class ReceiptView(BaseModel):
    fate: str
    code: str
    reason: str
    received_at: AwareDatetime


class DeliveryDetail(DeliveryView):
    """`text` is masked where it has the recipient's own address; `template` names its version."""

    template: str
    subject: str
    text: str
    provider_message_id: str | None
    history: list[AttemptView]
    receipts: list[ReceiptView]


class SendAgain(BaseModel):
    """`although_it_may_double`: it may have arrived already, and is to be sent all the same."""

    model_config = ConfigDict(extra="forbid")

    although_it_may_double: bool = False


@router.get("")
async def list_deliveries(
    user: CurrentUser,
    tx: Tx,
    sought: Annotated[Sought, Depends()],
    cursor: UUID | None = None,
    limit: Limit = 20,
) -> DeliveryPage:
    """Newest first."""
    await require_post(tx, user, *LOOK)
    rows = await deliveries.find(tx, sought, before=cursor, limit=limit + 1)
    items = [DeliveryView(**_shown(row, tx.runtime.own)) for row in rows[:limit]]
    return DeliveryPage(items=items, next=items[-1].id if len(rows) > limit else None)


@router.get("/{delivery_id}")
async def read_delivery(delivery_id: UUID, user: CurrentUser, tx: Tx) -> DeliveryDetail:
    await require_post(tx, user, *LOOK)
    row = await deliveries.one(tx, delivery_id)
    post_room: PostRoom = tx.runtime.own
    message = Message.from_json(post_room.safe.open(row.content))
    return DeliveryDetail(
        **_shown(row, post_room),
        template=row.template,
        subject=message.subject,
        text=message.text,
        provider_message_id=row.provider_message_id,
        history=[_attempt(one) for one in await deliveries.attempts(tx, delivery_id)],
        receipts=[_receipt(one) for one in await deliveries.receipts(tx, row)],
    )


@router.post("/{delivery_id}/resend", status_code=204)
async def send_again(delivery_id: UUID, body: SendAgain, user: CurrentUser, tx: Tx) -> Response:
    await require_post(tx, user, *ACT)
    double = body.although_it_may_double
    await deliveries.send_again(tx, delivery_id, although_it_may_double=double)
    return Response(status_code=204)


@router.post("/{delivery_id}/cancellation", status_code=204)
async def cancel(delivery_id: UUID, user: CurrentUser, tx: Tx) -> Response:
    await require_post(tx, user, *ACT)
    await deliveries.cancel(tx, delivery_id)
    return Response(status_code=204)


def _shown(row: AnyRow, post_room: PostRoom) -> dict[str, object]:
    names = [name for name in DeliveryView.model_fields if name not in {"to", "why"}]
    address = post_room.address_of(row)
    return {name: getattr(row, name) for name in names} | {
        "to": address and masked(address),
        "why": in_words(State(row.state), row.reason),
    }


def _attempt(row: Attempt) -> AttemptView:
    return AttemptView.model_validate(row, from_attributes=True)


def _receipt(row: Receipt) -> ReceiptView:
    return ReceiptView.model_validate(row, from_attributes=True)
