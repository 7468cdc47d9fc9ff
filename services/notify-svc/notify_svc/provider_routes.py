"""For administrators and auditors: how the providers are doing, and what waits for them."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import func, select

from notify_svc.models import Delivery, ProviderState
from notify_svc.outcomes import State
from notify_svc.post_room import PostRoom
from notify_svc.providers import rate
from shared.contracts.notify import Channel
from shared.contracts.people import Post
from shared.posts import require_post
from shared.transaction import Transaction
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/providers")

WAITING = (State.QUEUED, State.HELD, State.RETRY, State.UNKNOWN, State.SENDING)


class ProviderView(BaseModel):
    """`paused_until`: the breaker is open until then; `rate`: messages a second, None: no limit.

    `waiting` are the deliveries of its channel by state. `last_error` is for an operator.
    """

    provider: str
    channel: Channel
    sends_for_real: bool
    paused_until: AwareDatetime | None
    quota_until: AwareDatetime | None
    recovered_at: AwareDatetime | None
    rate: float | None
    troubles: int
    last_error: str
    last_error_at: AwareDatetime | None
    last_success_at: AwareDatetime | None
    waiting: dict[State, int]


class ProviderList(BaseModel):
    items: list[ProviderView]


@router.get("")
async def list_providers(user: CurrentUser, tx: Tx) -> ProviderList:
    await require_post(tx, user, Post.ADMINISTRATOR, Post.AUDITOR)
    post_room: PostRoom = tx.runtime.own
    states = {row.provider: row for row in await tx.session.scalars(select(ProviderState))}
    waiting = await queue_lengths(tx)
    return ProviderList(
        items=[
            _view(tx, channel, carrier.provider, states.get(carrier.provider), waiting)
            for channel, carrier in post_room.carriers.items()
            if not carrier.delivers_at_once
        ]
    )


async def queue_lengths(tx: Transaction) -> dict[tuple[str, str], int]:
    """(channel, state) → deliveries that have not ended."""
    rows = await tx.session.execute(
        select(Delivery.channel, Delivery.state, func.count())
        .where(Delivery.state.in_(WAITING))
        .group_by(Delivery.channel, Delivery.state)
    )
    return {(channel, state): count for channel, state, count in rows}


def _view(
    tx: Transaction,
    channel: Channel,
    provider: str,
    state: ProviderState | None,
    waiting: dict[tuple[str, str], int],
) -> ProviderView:
    return ProviderView(
        provider=provider,
        channel=channel,
        sends_for_real=not provider.startswith("dev-"),
        paused_until=state.closed_until if state else None,
        quota_until=state.quota_until if state else None,
        recovered_at=state.recovered_at if state else None,
        rate=rate(tx.runtime.settings, state, tx.now) if state else None,
        troubles=state.troubles if state else 0,
        last_error=state.last_error if state else "",
        last_error_at=state.last_error_at if state else None,
        last_success_at=state.last_success_at if state else None,
        waiting={one: waiting[channel, one] for one in WAITING if (channel, one) in waiting},
    )
