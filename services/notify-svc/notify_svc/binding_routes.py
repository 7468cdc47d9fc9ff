"""Binding an account: what the portal's page for it needs.

My binding; a QR code to scan and the state of it; the check code; a sign-in inside WeChat; an end.
"""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

import segno
from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, StringConstraints

from notify_svc import binding
from notify_svc.binding import Ticket, TicketState, Way
from notify_svc.channels.wechat.carrier import WeChat
from notify_svc.errors import BindingNotOffered, ProviderAway, SignInRefused
from notify_svc.outcomes import Outcome
from notify_svc.post_room import PostRoom
from shared.contracts.notify import Channel
from shared.errors import Refusal
from shared.service import Runtime
from shared.web import CurrentRuntime, CurrentUser, Tx

router = APIRouter(prefix="/bindings/wechat")

TicketId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]
BACK = "/api/notify/bindings/wechat/return"


class MyBinding(BaseModel):
    """`offered`: the installation has an official account at all."""

    offered: bool
    bound_at: AwareDatetime | None


class BindingTicket(BaseModel):
    id: TicketId
    state: TicketState
    expires_at: AwareDatetime


class BindingQrCode(BindingTicket):
    """`svg` is the code as an image, to be shown as it is."""

    svg: str


class CheckCode(BaseModel):
    """What the account answered to whoever scanned the code."""

    check_code: Annotated[str, StringConstraints(pattern="^[0-9]{6}$")]


class SignIn(BaseModel):
    """Where a person who reads this inside WeChat goes, and comes back from."""

    url: str


@router.get("")
async def my_binding(user: CurrentUser, tx: Tx) -> MyBinding:
    offered = _account(tx.runtime) is not None
    return MyBinding(offered=offered, bound_at=await binding.bound_at(tx, user.id, Channel.WECHAT))


@router.delete("", status_code=204)
async def unbind(user: CurrentUser, tx: Tx) -> None:
    """Also when nothing is bound."""
    await binding.remove(tx, user.id, Channel.WECHAT)


@router.post("/tickets", status_code=201)
async def start_binding(user: CurrentUser, runtime: CurrentRuntime) -> BindingQrCode:
    """A QR code that is good for ten minutes."""
    account = _required(runtime)
    async with runtime.transaction() as tx:
        ticket = await binding.begin(tx, user.id, Channel.WECHAT, Way.QR)
    content = await account.qr_code(ticket.id, seconds=int(binding.LASTS.total_seconds()))
    if content is None:
        raise ProviderAway
    svg = segno.make(content, error="m").svg_inline(scale=6, border=4)
    return BindingQrCode(**_shown(ticket).model_dump(), svg=svg)


@router.get("/tickets/{ticket_id}")
async def binding_ticket(ticket_id: TicketId, user: CurrentUser, tx: Tx) -> BindingTicket:
    """Whether the code has been scanned."""
    return _shown(await binding.look(tx, user.id, ticket_id))


@router.post("/tickets/{ticket_id}/confirm")
async def confirm_binding(
    ticket_id: TicketId, entered: CheckCode, user: CurrentUser, runtime: CurrentRuntime
) -> BindingTicket:
    """With the check code that the account told whoever scanned the QR code."""
    async with runtime.transaction() as tx:
        right = await binding.confirm(tx, user.id, ticket_id, entered.check_code)
        refused = None if right else await binding.wrong_code(tx, user.id, ticket_id)
    if refused is not None:
        raise refused  # after the commit: the try counts
    async with runtime.transaction() as tx:
        return _shown(await binding.look(tx, user.id, ticket_id))


@router.post("/sign-in", status_code=201)
async def start_sign_in(user: CurrentUser, tx: Tx) -> SignIn:
    account = _required(tx.runtime)
    ticket = await binding.begin(tx, user.id, Channel.WECHAT, Way.SIGN_IN)
    back = tx.runtime.organisation.portal_url.rstrip("/") + BACK
    return SignIn(url=account.sign_in_url(back, state=ticket.id))


@router.get("/return", include_in_schema=False)
async def come_back(
    user: CurrentUser,
    runtime: CurrentRuntime,
    code: Annotated[str, Query(max_length=512)],
    state: Annotated[str, Query(max_length=128)],
) -> Response:
    """Where WeChat sends the person back. The page that they see says how it went.

    A GET that changes something, as OAuth has it: `state` makes it theirs, once.
    """
    try:
        await _sign_in(runtime, user.id, code, state)
    except Refusal as refusal:
        return _page(runtime, refusal.code)
    return _page(runtime, "bound")


async def _sign_in(runtime: Runtime, person_id: UUID, code: str, state: str) -> None:
    account = _required(runtime)
    async with runtime.transaction() as tx:
        await binding.awaits_sign_in(tx, person_id, state)
    result, openid = await account.api.openid(code)
    if openid is None:
        raise ProviderAway if result.outcome is Outcome.TROUBLE else SignInRefused
    async with runtime.transaction() as tx:
        await binding.signed_in(tx, person_id, state, openid)


def _page(runtime: Runtime, how: str) -> Response:
    """The portal's page of one's own settings, told how the binding went."""
    portal = runtime.organisation.portal_url.rstrip("/")
    return RedirectResponse(f"{portal}/settings?{urlencode({'wechat': how})}", 303)


def _account(runtime: Runtime) -> WeChat | None:
    post_room: PostRoom = runtime.own
    carrier = post_room.carriers.get(Channel.WECHAT)
    return carrier if isinstance(carrier, WeChat) else None


def _required(runtime: Runtime) -> WeChat:
    account = _account(runtime)
    if account is None:
        raise BindingNotOffered
    return account


def _shown(ticket: Ticket) -> BindingTicket:
    return BindingTicket(id=ticket.id, state=ticket.state, expires_at=ticket.expires_at)
