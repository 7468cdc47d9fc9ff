"""What people choose changes how they are told; some things are told all the same."""

from datetime import timedelta
from typing import Any

import pytest
from notify_svc.upkeep import tell_digests

from shared.contracts.people import Person
from tests.service.notify_svc.conftest import Opened, PostOffice, user
from tests.service.notify_svc.happenings import (
    CLERK,
    EVERYONE,
    INITIATOR,
    OFFICE,
    advanced,
    approved,
    assigned,
    copied,
    known,
    returned,
    urged,
)


async def choose(office: PostOffice, person: Person, **body: Any) -> dict[str, Any]:
    async with office.trial.client(user(person)) as client:
        answer = await client.put("/preferences", json=body)
    saved: dict[str, Any] = answer.raise_for_status().json()
    return saved


def choice(kind: str, channel: str, mode: str) -> dict[str, str]:
    return {"kind": kind, "channel": channel, "mode": mode}


async def channels(office: PostOffice, kind: str) -> list[str]:
    return sorted(sent.channel for sent in await office.deliveries() if sent.kind == kind)


async def test_what_is_switched_off_is_not_sent_and_what_is_switched_on_is(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE)
    choices = [choice("task_assigned", "mail", "off"), choice("task_assigned", "sms", "on")]
    await choose(office, CLERK, choices=choices)
    await office.deliver(assigned(CLERK))
    assert await channels(office, "task_assigned") == ["sms", "wechat"]


async def test_a_choice_is_shown_with_what_else_may_be_chosen(office: PostOffice) -> None:
    await office.deliver(*EVERYONE)
    saved = await choose(office, CLERK, choices=[choice("copied", "wechat", "daily")])
    kinds = {one["kind"]: one for one in saved["kinds"]}
    assert "digest" not in kinds
    assert kinds["copied"]["channels"][0] == {
        "channel": "wechat",
        "mode": "daily",
        "modes": ["on", "off", "hourly", "daily"],
    }
    assert kinds["returned"]["always_told"]
    assert kinds["returned"]["title"] == "您的申请被退回，请修改后重新提交"
    inbox = [one for one in kinds["returned"]["channels"] if one["channel"] == "inbox"]
    assert inbox == [{"channel": "inbox", "mode": "on", "modes": ["on"]}]
    assert {"mail", "sms"} <= set(saved["reachable"])


@pytest.mark.parametrize(
    "impossible",
    [
        choice("returned", "inbox", "off"),  # the inbox cannot be switched off
        choice("returned", "sms", "daily"),  # a return cannot wait
        choice("copied", "webhook", "on"),  # not offered
        choice("digest", "mail", "on"),
    ],
)
async def test_what_cannot_be_chosen_is_refused(
    office: PostOffice, impossible: dict[str, str]
) -> None:
    async with office.trial.client(user(CLERK)) as client:
        answer = await client.put("/preferences", json={"choices": [impossible]})
    assert (answer.status_code, answer.json()["code"]) == (422, "preference_not_possible")


async def test_a_return_always_tells_by_a_channel_that_reaches(office: PostOffice) -> None:
    await office.deliver(known(INITIATOR, mobile=None))
    off = [choice("returned", channel, "off") for channel in ("sms", "mail", "wechat")]
    await choose(office, INITIATOR, choices=off)
    await office.deliver(returned())
    assert await channels(office, "returned") == ["mail"]


async def test_gathered_messages_are_told_together_when_it_is_time(office: PostOffice) -> None:
    await office.deliver(*EVERYONE)
    await choose(office, CLERK, choices=[choice("copied", "wechat", "hourly")])
    for revision in (1, 2, 3):
        await office.deliver(copied(CLERK).model_copy(update={"revision": revision}))
    await tell_digests(office.trial.runtime)
    assert {sent.state for sent in await office.deliveries()} == {"held"}

    office.clock.advance(hours=1)
    await tell_digests(office.trial.runtime)
    await office.dispatch()
    assert [(sent.kind, sent.state) for sent in await office.deliveries()] == [
        *[("copied", "merged")] * 3,
        ("digest", "delivered"),
    ]
    (card,) = await office.dev_inbox(channel="wechat", limit=1)
    assert "进度信息：3条消息" in card["body_text"]


async def test_one_message_of_a_digest_is_sent_as_it_is(office: PostOffice) -> None:
    await office.deliver(*EVERYONE)
    await choose(office, CLERK, choices=[choice("copied", "wechat", "daily")])
    await office.deliver(copied(CLERK))
    office.clock.advance(hours=24)
    await tell_digests(office.trial.runtime)
    await office.dispatch()
    assert [(sent.kind, sent.state) for sent in await office.deliveries()] == [
        ("copied", "delivered")
    ]


async def test_what_was_switched_off_meanwhile_is_not_told_in_the_digest(
    office: PostOffice,
) -> None:
    await office.deliver(*EVERYONE)
    await choose(office, CLERK, choices=[choice("copied", "wechat", "daily")])
    await office.deliver(copied(CLERK))
    await choose(office, CLERK, choices=[choice("copied", "wechat", "off")])
    office.clock.advance(hours=24)
    await tell_digests(office.trial.runtime)
    assert {sent.state for sent in await office.deliveries()} == {"cancelled"}


async def test_at_night_nothing_rings_that_can_wait(office: PostOffice) -> None:
    await office.deliver(*EVERYONE)
    now = office.clock().astimezone(office.trial.runtime.organisation.zone)
    quiet = {
        "starts": f"{now - timedelta(hours=1):%H:%M}",
        "ends": f"{now + timedelta(hours=2):%H:%M}",
    }
    saved = await choose(office, CLERK, quiet_hours=quiet)
    assert saved["quiet_hours"] == quiet
    task = assigned(CLERK)
    await office.deliver(task, urged(task))
    await office.dispatch()
    states = {(sent.kind, sent.channel): sent.state for sent in await office.deliveries()}
    assert states["task_assigned", "wechat"] == "queued"
    assert states["task_assigned", "mail"] == "delivered"
    assert states["urged", "wechat"] == states["urged", "sms"] == "delivered"

    office.clock.advance(hours=2, minutes=1)
    await office.dispatch()
    assert {sent.state for sent in await office.deliveries()} == {"delivered"}

    assert (await choose(office, CLERK, quiet_hours=None))["quiet_hours"] is None


async def test_the_houses_quiet_hours_hold_for_who_has_set_none(opened: Opened) -> None:
    async with opened(dev_inbox=True, quiet_hours="00:00-23:59") as office:
        await office.deliver(*EVERYONE, advanced(OFFICE), approved())
        await office.dispatch()
        waits = {sent.channel for sent in await office.deliveries() if sent.state == "queued"}
        assert waits <= {"wechat", "sms"}
        assert ("approved", "mail") in {
            (sent.kind, sent.channel)
            for sent in await office.deliveries()
            if sent.state == "delivered"
        }
