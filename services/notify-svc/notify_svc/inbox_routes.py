"""站内消息 over HTTP: a person's own, and nobody else's."""

from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict

from notify_svc import inbox
from notify_svc.domain import Kind, Message
from notify_svc.post_room import PostRoom
from notify_svc.queries import AnyRow
from shared.paging import Limit
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/inbox")


class InboxMessage(BaseModel):
    """`page` is where one sees it or acts: a path of the portal."""

    id: UUID
    kind: Kind
    title: str
    text: str
    page: str
    at: AwareDatetime
    read_at: AwareDatetime | None
    request_id: UUID | None
    task_id: UUID | None


class InboxPage(BaseModel):
    items: list[InboxMessage]
    unread: int  # 100: a hundred or more
    next: UUID | None


class Unread(BaseModel):
    count: int  # 100: a hundred or more


class ReadUpTo(BaseModel):
    """The newest message that the person has seen; what came later stays unread."""

    model_config = ConfigDict(extra="forbid")

    up_to: UUID


class Marked(BaseModel):
    count: int


@router.get("")
async def list_inbox(
    user: CurrentUser, tx: Tx, unread: bool = False, cursor: UUID | None = None, limit: Limit = 20
) -> InboxPage:
    rows = await inbox.messages(tx, user.id, unread=unread, before=cursor, limit=limit + 1)
    items = [_message(row, tx.runtime.own) for row in rows[:limit]]
    return InboxPage(
        items=items,
        unread=await inbox.unread(tx, user.id),
        next=items[-1].id if len(rows) > limit else None,
    )


@router.get("/unread")
async def count_unread(user: CurrentUser, tx: Tx) -> Unread:
    return Unread(count=await inbox.unread(tx, user.id))


@router.put("/{message_id}/read", status_code=204)
async def mark_read(message_id: UUID, user: CurrentUser, tx: Tx) -> Response:
    await inbox.mark_read(tx, user.id, message_id)
    return Response(status_code=204)


@router.post("/read")
async def mark_all_read(body: ReadUpTo, user: CurrentUser, tx: Tx) -> Marked:
    return Marked(count=await inbox.mark_all_read(tx, user.id, up_to=body.up_to))


def _message(row: AnyRow, post_room: PostRoom) -> InboxMessage:
    message = Message.from_json(post_room.safe.open(row.content))
    link = urlsplit(message.link or "")
    return InboxMessage(
        id=row.id,
        kind=row.kind,
        title=message.subject,
        text=message.text,
        page=link._replace(scheme="", netloc="").geturl() or "/",
        at=row.happened_at,
        read_at=row.read_at,
        request_id=row.request_id,
        task_id=row.task_id,
    )
