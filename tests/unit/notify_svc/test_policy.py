"""By which channels, and when: the rules without a database."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from notify_svc.domain import Kind
from notify_svc.outcomes import State
from notify_svc.policy import Addressee, House, Mode, Plan, Quiet, plan

from shared.contracts.notify import Channel

ZONE = ZoneInfo("Asia/Shanghai")
WECHAT, WECOM, SMS, MAIL = Channel.WECHAT, Channel.WECOM, Channel.SMS, Channel.MAIL
REACHABLE = {WECHAT: "o1", SMS: "19900000101", MAIL: "a@b.example"}
NIGHT = Quiet.parse("22:00-07:30")


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=ZONE)


def house(*offered: Channel, quiet: Quiet | None = None) -> House:
    return House(offered or (WECHAT, SMS, MAIL), ZONE, time(17), quiet)


def channels(plans: list[Plan]) -> list[Channel]:
    return [planned.channel for planned in plans]


def told(
    kind: Kind,
    addresses: Mapping[Channel, str | None] = REACHABLE,
    rules: House | None = None,
    **known: object,
) -> list[Plan]:
    who = Addressee(addresses, **known)  # type: ignore[arg-type]
    return plan(kind, who, rules or house(), at(12))


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (at(21, 59), None),
        (at(22), at(7, 30, day=3)),
        (at(23, 59), at(7, 30, day=3)),
        (at(0), at(7, 30)),
        (at(7, 29), at(7, 30)),
        (at(7, 30), None),
    ],
)
def test_a_night_goes_over_midnight(now: datetime, ends: datetime | None) -> None:
    assert NIGHT.until(now.astimezone(UTC), ZONE) == ends


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = Quiet.parse("12:00-13:00")
    assert noon.until(at(12, 30), ZONE) == at(13)
    assert noon.until(at(13), ZONE) is None
    assert Quiet.parse("00:00-00:00").until(at(3), ZONE) is None


def test_ones_own_quiet_hours_go_before_the_houses() -> None:
    rules = house(quiet=NIGHT)
    who = Addressee(REACHABLE, quiet=Quiet.parse("00:00-00:00"))
    assert {one.not_before for one in plan(Kind.ADVANCED, who, rules, at(23))} == {None}
    theirs = plan(Kind.ADVANCED, Addressee(REACHABLE), rules, at(23))
    assert {one.not_before for one in theirs} == {at(7, 30, day=3)}


def test_an_urge_rings_at_night_and_mail_never_waits() -> None:
    rules = house(quiet=NIGHT)
    urged = plan(Kind.URGED, Addressee(REACHABLE), rules, at(23))
    assert {one.not_before for one in urged} == {None}
    assigned = plan(Kind.TASK_ASSIGNED, Addressee(REACHABLE), rules, at(23))
    assert {one.channel: one.not_before for one in assigned} == {
        WECHAT: at(7, 30, day=3),
        MAIL: None,
    }


def test_who_has_bound_no_wechat_is_told_by_mail_or_else_by_sms() -> None:
    unbound = {**REACHABLE, WECHAT: None}
    assert channels(told(Kind.TASK_ASSIGNED, unbound)) == [MAIL]
    gone = {MAIL: "the mailbox does not exist"}
    plans = told(Kind.TASK_ASSIGNED, unbound, out_of_reach=gone)
    assert set(channels(plans)) == {MAIL, SMS}
    assert channels(told(Kind.ADVANCED, unbound)) == []


def test_with_wecom_wechat_is_for_who_asks_for_it() -> None:
    everything = {**REACHABLE, WECOM: "lukun"}
    rules = house(WECOM, WECHAT, MAIL)
    assert set(channels(told(Kind.TASK_ASSIGNED, everything, rules))) == {WECOM, MAIL}
    wish = {(Kind.TASK_ASSIGNED, WECHAT): Mode.ON}
    plans = told(Kind.TASK_ASSIGNED, everything, rules, preferences=wish)
    assert set(channels(plans)) == {WECOM, WECHAT, MAIL}


def test_who_is_known_by_phone_alone_is_told_by_phone_alone() -> None:
    assert channels(told(Kind.APPROVED, {SMS: "19900000101"})) == [SMS]


def test_a_return_that_was_switched_off_everywhere_tells_by_what_reaches() -> None:
    off = {(Kind.RETURNED, one): Mode.OFF for one in (SMS, MAIL, WECHAT)}
    assert channels(told(Kind.RETURNED, preferences=off)) == [SMS]
    gone = {SMS: "the number does not exist"}
    assert channels(told(Kind.RETURNED, preferences=off, out_of_reach=gone)) == [MAIL]
    completed = {(Kind.COMPLETED, one): Mode.OFF for one in (WECHAT, MAIL)}
    assert told(Kind.COMPLETED, preferences=completed) == []


@pytest.mark.parametrize(("mode", "due"), [(Mode.HOURLY, at(13)), (Mode.DAILY, at(17))])
def test_what_can_wait_is_held_for_the_next_digest(mode: Mode, due: datetime) -> None:
    (held,) = told(Kind.COPIED, preferences={(Kind.COPIED, WECHAT): mode})
    assert (held.state, held.not_before) == (State.HELD, due)


def test_what_cannot_wait_is_told_at_once_whatever_was_chosen() -> None:
    wish = {(Kind.URGED, WECHAT): Mode.DAILY}
    plans = {one.channel: one.state for one in told(Kind.URGED, preferences=wish)}
    assert plans[WECHAT] is State.QUEUED
