"""notify-svc over HTTP: the dev inbox."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from notify_svc import (
    binding_routes,
    callback_routes,
    delivery_routes,
    inbox_routes,
    preference_routes,
    provider_routes,
    queries,
    template_routes,
    unreachable_routes,
)
from notify_svc.domain import Message
from notify_svc.errors import NoDevInbox
from notify_svc.outcomes import NOT_GONE_OUT, State
from notify_svc.post_room import PostRoom
from notify_svc.queries import AnyRow
from shared import operations
from shared.contracts.notify import Channel
from shared.web import CurrentUser, Tx

router = APIRouter()
for part in (
    inbox_routes,
    preference_routes,
    delivery_routes,
    provider_routes,
    template_routes,
    unreachable_routes,
    binding_routes,
    callback_routes,
):
    router.include_router(part.router)
router.include_router(operations.router)


class DevInboxMessage(BaseModel):
    """A message of any channel as its recipient sees it, really sent or only shown.

    `to` is empty in the portal's own inbox: it needs no address.
    """

    id: UUID
    channel: Channel
    to: str
    person_name: str
    kind: str
    subject: str
    body_text: str
    body_html: str | None
    state: Literal["queued", "sent", "delivered", "failed", "cancelled", "merged", "unresolved"]
    at: AwareDatetime
    request_id: UUID | None  # None: a digest of several


class DevInboxPage(BaseModel):
    items: list[DevInboxMessage]
    next: UUID | None


@router.get("/dev-inbox")
async def dev_inbox(
    _user: CurrentUser,
    tx: Tx,
    request_id: UUID | None = None,
    channel: Channel | None = None,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> DevInboxPage:
    """Everyone's messages, newest first. Only where the installation is for trying out."""
    if not tx.runtime.settings.dev_inbox:
        raise NoDevInbox
    rows = await queries.messages(
        tx, request_id=request_id, channel=channel, before=cursor, limit=limit + 1
    )
    items = [_message(row, tx.runtime.own) for row in rows[:limit]]
    return DevInboxPage(items=items, next=items[-1].id if len(rows) > limit else None)


def _message(row: AnyRow, post_room: PostRoom) -> DevInboxMessage:
    message = Message.from_json(post_room.safe.open(row.content))
    on_its_way = row.state in (*NOT_GONE_OUT, State.SENDING)
    return DevInboxMessage(
        id=row.id,
        channel=row.channel,
        to=post_room.address_of(row),
        person_name=row.person_name,
        kind=row.kind,
        subject=message.subject,
        body_text=message.text,
        body_html=message.html,
        state=State.QUEUED if on_its_way else row.state,
        at=row.happened_at,
        request_id=row.request_id,
    )
