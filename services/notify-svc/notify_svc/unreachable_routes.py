"""For administrators and auditors: whose addresses are not tried now, and why."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AwareDatetime, BaseModel

from notify_svc import suppression
from notify_svc.errors import NotOutOfReach
from notify_svc.post_room import PostRoom
from notify_svc.privacy import masked
from notify_svc.queries import AnyRow
from notify_svc.reasons import meaning
from shared.contracts.notify import Channel
from shared.contracts.people import Post
from shared.paging import Limit
from shared.posts import require_post
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/unreachable")


class UnreachableView(BaseModel):
    """`address_hash` names it where it is to be tried again; `to` is masked. `why` is in words,
    `reason` the provider's."""

    channel: Channel
    address_hash: str
    person_name: str
    to: str
    why: str
    reason: str
    until: AwareDatetime


class UnreachableList(BaseModel):
    items: list[UnreachableView]


@router.get("")
async def list_unreachable(user: CurrentUser, tx: Tx, limit: Limit = 100) -> UnreachableList:
    """The latest first."""
    await require_post(tx, user, Post.ADMINISTRATOR, Post.AUDITOR)
    rows = await suppression.in_force(tx, limit=limit)
    return UnreachableList(items=[_view(row, tx.runtime.own) for row in rows])


@router.delete("/{channel}/{address_hash}", status_code=204)
async def try_again(
    channel: Channel,
    address_hash: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    user: CurrentUser,
    tx: Tx,
) -> Response:
    """What is posted from now on goes there; what went another way stays there."""
    await require_post(tx, user, Post.ADMINISTRATOR)
    if not await suppression.lift(tx, channel, [address_hash]):
        raise NotOutOfReach
    return Response(status_code=204)


def _view(row: AnyRow, post_room: PostRoom) -> UnreachableView:
    return UnreachableView(
        channel=row.channel,
        address_hash=row.address_hash,
        person_name=row.person_name,
        to=masked(post_room.safe.open(row.address)) if row.address else "",
        why=meaning(row.reason),
        reason=row.reason,
        until=row.until,
    )
