"""By which channels a person is told of something, and when. Pure.

Defaults are by kind (`domain.DEFAULT_CHANNELS`); a person's preferences change them; some things
are told whatever the preferences are; at night nothing rings that can wait.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from notify_svc.domain import DEFAULT_CHANNELS, Kind
from notify_svc.outcomes import State
from shared.contracts.notify import Channel


class Mode(StrEnum):
    """How a person wants a kind of message by a channel."""

    ON = "on"
    OFF = "off"
    HOURLY = "hourly"  # gathered, and told together
    DAILY = "daily"


# Of these at least one channel besides the inbox tells, whatever was switched off.
ALWAYS_TOLD = frozenset(
    {
        Kind.RETURNED,
        Kind.VOIDED,
        Kind.TASK_BLOCKED,
        Kind.SEAL_REFUSED,
        Kind.DELEGATION_MADE,
    }
)
# Somebody waits for the answer now, or somebody may be forging: even at night.
URGENT = frozenset({Kind.URGED, Kind.SEAL_REFUSED})
# Nobody has to act on these, so they can be gathered.
CAN_WAIT = frozenset(
    {
        Kind.ADVANCED,
        Kind.COMPLETED,
        Kind.WITHDRAWN,
        Kind.COPIED,
        Kind.SUPERVISED,
        Kind.HANDED_OVER,
        Kind.DELEGATION_ENDED,
    }
)
# When the chat message does not get through, an SMS takes its place.
SMS_INSTEAD = frozenset(
    {
        Kind.TASK_ASSIGNED,
        Kind.HANDED_TO_YOU,
        Kind.OVERDUE,
        Kind.OVERDUE_HEAD,
        Kind.TASK_BLOCKED,
        Kind.URGED,
        Kind.RETURNED,
        Kind.VOIDED,
        Kind.SEAL_REFUSED,
    }
)
CHAT = (Channel.WECOM, Channel.WECHAT)
RINGS = frozenset({*CHAT, Channel.SMS})  # a phone; mail and the inbox can wait to be looked at
CANNOT_BE_SWITCHED_OFF = frozenset({Channel.INBOX, Channel.WEBHOOK})

Preferences = Mapping[tuple[Kind, Channel], Mode]


@dataclass(frozen=True, slots=True)
class Quiet:
    """From `starts` until `ends`, over midnight if that is earlier; the same: never."""

    starts: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> "Quiet":
        """“22:00-07:30”. Raises: ValueError."""
        starts, ends = text.split("-")
        return cls(time.fromisoformat(starts.strip()), time.fromisoformat(ends.strip()))

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When it ends, if it is quiet now."""
        local = now.astimezone(zone)
        clock = local.time()
        if self.starts <= self.ends:
            quiet = self.starts <= clock < self.ends
        else:
            quiet = clock >= self.starts or clock < self.ends
        if not quiet:
            return None
        day = local.date() + timedelta(days=1 if clock >= self.ends else 0)
        return datetime.combine(day, self.ends, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Addressee:
    """What is known of a person. `out_of_reach`: why an address is not tried now."""

    addresses: Mapping[Channel, str | None]
    preferences: Preferences = field(default_factory=dict)
    quiet: Quiet | None = None
    out_of_reach: Mapping[Channel, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What holds for everyone. `offered`: channels that have a carrier and a text for the kind."""

    offered: Collection[Channel]
    zone: ZoneInfo
    daily_at: time
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    channel: Channel
    state: State
    not_before: datetime | None = None  # None: at once


def plan(kind: Kind, who: Addressee, house: House, now: datetime) -> list[Plan]:
    """In the order of the channels' importance for that kind."""
    candidates = _candidates(kind, who, house)
    modes: dict[Channel, Mode] = {one: _mode(kind, one, who, house) for one in candidates}
    chosen: dict[Channel, Mode] = {
        channel: mode for channel, mode in modes.items() if mode is not Mode.OFF
    }
    chosen = _without_what_is_not_bound(kind, chosen, who, house)
    if kind in ALWAYS_TOLD and not _reached(chosen, who):
        others = (one for one in (*DEFAULT_CHANNELS[kind], Channel.SMS) if one in house.offered)
        first = next((one for one in others if _reached([one], who)), None)
        if first is not None:
            chosen[first] = Mode.ON
    rest = quiet_until(kind, who, house, now)
    return [_when(channel, mode, rest, house, now) for channel, mode in chosen.items()]


def quiet_until(kind: Kind, who: Addressee, house: House, now: datetime) -> datetime | None:
    """Until when nothing may ring for this person on account of such a message."""
    quiet = who.quiet or house.quiet
    return None if quiet is None or kind in URGENT else quiet.until(now, house.zone)


def _candidates(kind: Kind, who: Addressee, house: House) -> list[Channel]:
    """Those of the kind first, then those that a preference may add."""
    default = DEFAULT_CHANNELS[kind]
    mine = [one for one in house.offered if one in who.addresses]
    return [*(one for one in default if one in mine), *sorted(set(mine) - {*default})]


def _mode(kind: Kind, channel: Channel, who: Addressee, house: House) -> Mode:
    if channel in CANNOT_BE_SWITCHED_OFF:
        return Mode.ON
    default = channel in DEFAULT_CHANNELS[kind]
    if Channel.WECOM in house.offered and channel in CHAT:
        # An organisation with WeCom uses that; WeChat is for who asks for it.
        default = channel is Channel.WECOM and Channel.WECHAT in DEFAULT_CHANNELS[kind]
    mode = who.preferences.get((kind, channel), Mode.ON if default else Mode.OFF)
    if mode in (Mode.HOURLY, Mode.DAILY) and kind not in CAN_WAIT:
        return Mode.ON
    return mode


def _without_what_is_not_bound(
    kind: Kind, chosen: dict[Channel, Mode], who: Addressee, house: House
) -> dict[Channel, Mode]:
    """Who has bound no WeChat, or cannot be reached there or by mail, is told by the rest; by SMS
    where there is no rest."""
    unbound = [one for one in chosen if one in CHAT and not who.addresses.get(one)]
    kept = {channel: mode for channel, mode in chosen.items() if channel not in unbound}
    lost = bool(unbound) or any(one in who.out_of_reach for one in kept)
    wants_sms = who.preferences.get((kind, Channel.SMS)) is not Mode.OFF
    can_have_sms = Channel.SMS in house.offered and Channel.SMS in who.addresses
    instead = lost and kind in SMS_INSTEAD and wants_sms and can_have_sms
    if instead and not _reached(kept, who):
        kept[Channel.SMS] = Mode.ON
    return kept


def _reached(channels: Collection[Channel], who: Addressee) -> bool:
    """Whether any of these besides the inbox gets to the person."""
    return any(
        who.addresses.get(one) and one not in who.out_of_reach
        for one in channels
        if one not in CANNOT_BE_SWITCHED_OFF
    )


def _when(channel: Channel, mode: Mode, rest: datetime | None, house: House, now: datetime) -> Plan:
    if mode is Mode.HOURLY:
        hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return Plan(channel, State.HELD, hour)
    if mode is Mode.DAILY:
        return Plan(channel, State.HELD, _next(house.daily_at, now, house.zone))
    return Plan(channel, State.QUEUED, rest if channel in RINGS else None)


def _next(at: time, now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    day = local.date() + timedelta(days=1 if local.time() >= at else 0)
    return datetime.combine(day, at, tzinfo=zone)
