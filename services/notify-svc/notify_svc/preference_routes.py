"""How a person wants to be told: by kind and channel, and when not to be disturbed."""

from datetime import time
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import delete

from notify_svc.addressees import out_of_reach, preferences, quiet_hours
from notify_svc.addresses import Addresses, addresses, contacts
from notify_svc.domain import DEFAULT_CHANNELS, Kind
from notify_svc.errors import NotOutOfReach, PreferenceNotPossible
from notify_svc.models import Preference, QuietHours
from notify_svc.policy import ALWAYS_TOLD, CAN_WAIT, CANNOT_BE_SWITCHED_OFF, Mode, Preferences
from notify_svc.post_room import PostRoom
from notify_svc.reasons import own_meaning
from notify_svc.suppression import lift
from shared.contracts.notify import Channel
from shared.database import insert
from shared.transaction import Transaction
from shared.web import CurrentUser, Tx

router = APIRouter(prefix="/preferences")

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class ChannelChoice(BaseModel):
    """`modes`: what may be chosen; one only: it cannot be changed."""

    channel: Channel
    mode: Mode
    modes: list[Mode]


class KindChoice(BaseModel):
    """`always_told`: one channel besides the inbox tells it, whatever is switched off."""

    kind: Kind
    title: str
    always_told: bool
    channels: list[ChannelChoice]


class Quietness(BaseModel):
    model_config = ConfigDict(extra="forbid")

    starts: Clock
    ends: Clock  # the same as `starts`: never


class OutOfReach(BaseModel):
    """An address of the person's that its provider says cannot be reached; not tried until then."""

    channel: Channel
    why: str
    until: AwareDatetime


class PreferencesView(BaseModel):
    """`reachable`: channels by which the person has an address; `out_of_reach`: those of them that
    are not tried now. `quiet_hours` None: the house's."""

    kinds: list[KindChoice]
    reachable: list[Channel]
    out_of_reach: list[OutOfReach]
    quiet_hours: Quietness | None


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    channel: Channel
    mode: Mode


class PreferencesBody(BaseModel):
    """What is not named stays as it is; `quiet_hours` null goes back to the house's."""

    model_config = ConfigDict(extra="forbid")

    choices: Annotated[list[Choice], Field(max_length=200)] = []
    quiet_hours: Quietness | None = None


@router.get("")
async def read_preferences(user: CurrentUser, tx: Tx) -> PreferencesView:
    own = (await preferences(tx, [user.id])).get(user.id, {})
    quiet = (await quiet_hours(tx, [user.id])).get(user.id)
    known = await contacts(tx, [user.id])
    where = (await addresses(tx, list(known.values()))).get(user.id, {})
    return PreferencesView(
        kinds=[_kind(tx, kind, own) for kind in Kind if kind is not Kind.DIGEST],
        reachable=[channel for channel, address in where.items() if address],
        out_of_reach=await _out_of_reach(tx, where),
        quiet_hours=None if quiet is None else _quietness(quiet.starts, quiet.ends),
    )


@router.put("")
async def save_preferences(body: PreferencesBody, user: CurrentUser, tx: Tx) -> PreferencesView:
    post_room: PostRoom = tx.runtime.own
    for choice in body.choices:
        if choice.mode not in _modes(post_room, choice.kind, choice.channel):
            raise PreferenceNotPossible(kind=choice.kind, channel=choice.channel)
        row = {"person_id": user.id, "kind": choice.kind, "channel": choice.channel}
        statement = insert(Preference).values(**row, mode=choice.mode)
        await tx.session.execute(
            statement.on_conflict_do_update(
                index_elements=list(row), set_={"mode": choice.mode.value}
            )
        )
    if "quiet_hours" in body.model_fields_set:
        await _keep_quiet_hours(tx, user.id, body.quiet_hours)
    return await read_preferences(user, tx)


@router.delete("/out-of-reach/{channel}", status_code=204)
async def try_mine_again(channel: Channel, user: CurrentUser, tx: Tx) -> Response:
    """The person has followed the account again, emptied the mailbox …"""
    known = await contacts(tx, [user.id])
    address = (await addresses(tx, list(known.values()))).get(user.id, {}).get(channel)
    post_room: PostRoom = tx.runtime.own
    hashes = post_room.safe.fingerprints(address) if address else []
    if not await lift(tx, channel, hashes):
        raise NotOutOfReach
    return Response(status_code=204)


async def _out_of_reach(tx: Transaction, where: Addresses) -> list[OutOfReach]:
    return [
        OutOfReach(channel=row.channel, why=own_meaning(row.reason), until=row.until)
        for row in await out_of_reach(tx, where)
    ]


async def _keep_quiet_hours(tx: Transaction, person_id: object, quiet: Quietness | None) -> None:
    await tx.session.execute(delete(QuietHours).where(QuietHours.person_id == person_id))
    if quiet is not None:
        row = {"person_id": person_id, "starts": quiet.starts, "ends": quiet.ends}
        await tx.session.execute(insert(QuietHours).values(row))


def _kind(tx: Transaction, kind: Kind, own: Preferences) -> KindChoice:
    post_room: PostRoom = tx.runtime.own
    heading = post_room.templates.render(kind, Channel.INBOX, post_room.templates.sample(kind))
    return KindChoice(
        kind=kind,
        title=heading.subject,
        always_told=kind in ALWAYS_TOLD,
        channels=[
            ChannelChoice(channel=channel, mode=_now(kind, channel, own), modes=modes)
            for channel in post_room.offered(kind)
            if channel is not Channel.WEBHOOK and (modes := _modes(post_room, kind, channel))
        ],
    )


def _now(kind: Kind, channel: Channel, own: Preferences) -> Mode:
    default = Mode.ON if channel in DEFAULT_CHANNELS[kind] else Mode.OFF
    return own.get((kind, channel), default)


def _modes(post_room: PostRoom, kind: Kind, channel: Channel) -> list[Mode]:
    """What may be chosen: nothing where the house does not offer the channel for the kind."""
    if kind is Kind.DIGEST or channel not in post_room.offered(kind):
        return []
    if channel in CANNOT_BE_SWITCHED_OFF:
        return [Mode.ON]
    gathered = [Mode.HOURLY, Mode.DAILY] if kind in CAN_WAIT else []
    return [Mode.ON, Mode.OFF, *gathered]


def _quietness(starts: time, ends: time) -> Quietness:
    return Quietness(starts=f"{starts:%H:%M}", ends=f"{ends:%H:%M}")
