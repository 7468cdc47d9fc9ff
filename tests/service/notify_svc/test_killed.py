"""kill -9 between sending and committing: what may have gone out does not go out again."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.notify import Channel
from shared.contracts.workflow import Returned
from shared.organisation import Organisation
from shared.testing import eventually
from tests.conftest import ROOT
from tests.service.notify_svc.accounts import (
    aliyun_settings,
    an_account,
    approved_templates,
    campus_settings,
    tencent_settings,
    webhook_settings,
    wechat_settings,
    wecom_settings,
    yunmas_settings,
)
from tests.service.notify_svc.conftest import SECRET, Opened, PostOffice
from tests.service.notify_svc.happenings import AT, CLERK, EVERYONE, INITIATOR, assigned, returned
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain
from tests.service.notify_svc.test_wechat import OPENID, bound
from tests.standins import Trouble, serving
from tests.standins.aliyun import Aliyun
from tests.standins.campus import Campus, YunMas
from tests.standins.receiver import Receiver
from tests.standins.tencent import Tencent
from tests.standins.wechat import WeChat
from tests.standins.wecom import WeCom

AT_ONCE = 20
STARTS_WITHIN = 90  # seconds, and does what is due


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    """It takes mails, and answers when a test lets it."""
    async with listening(Mailbox()) as mailbox:
        mailbox.may_answer.clear()
        yield mailbox
        mailbox.may_answer.set()


@pytest.fixture
async def office(opened: Opened, mailbox: Mailbox) -> AsyncIterator[PostOffice]:
    async with opened(mail=plain(mailbox)) as office:
        yield office


@asynccontextmanager
async def service(office: PostOffice, **settings: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """notify-svc as a process of its own on the office's database; killed at the end at the
    latest."""
    own = office.trial.runtime.settings
    told = {
        "database_url": own.database_url,
        "bus_url": "local://of-the-process",
        "files_url": own.files_url,
        "organisation_file": str(own.organisation_file),
        "identity_public_key": str(own.identity_public_key),
        "port": "0",
        "privacy_secrets": json.dumps([SECRET]),
        "sends_at_once": str(AT_ONCE),
        **{name: _as_text(value) for name, value in settings.items()},
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "notify_svc",
        env={**os.environ, **_environment(told)},
        cwd=ROOT,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _environment(told: Mapping[str, str]) -> dict[str, str]:
    return {f"NOTIFY_{name.upper()}": value for name, value in told.items()}


async def test_a_mail_that_was_taken_while_its_sender_died_is_not_sent_again(
    office: PostOffice, mailbox: Mailbox
) -> None:
    await office.deliver(*EVERYONE, *(assigned(CLERK) for _ in range(45)))

    async def taken() -> bool:
        return len(mailbox.accepted) >= AT_ONCE

    async def settled() -> Counter[str] | None:
        states = Counter(sent.state for sent in await office.deliveries())
        return states if states["sent"] + states["unresolved"] == 45 else None

    async with service(office, mail=plain(mailbox)) as killed:
        await eventually(taken, within=STARTS_WITHIN)
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
    assert Counter(sent.state for sent in await office.deliveries()) == {
        "sending": AT_ONCE,
        "queued": 45 - AT_ONCE,
    }
    mailbox.may_answer.set()
    await office.make_due()  # the dead one's leases end
    async with service(office, mail=plain(mailbox)):
        states = await eventually(settled, within=STARTS_WITHIN)
    assert states == {"unresolved": AT_ONCE, "sent": 45 - AT_ONCE}
    ids = Counter(mail["Message-ID"] for mail in mailbox.accepted)
    assert len(ids) == 45
    assert set(ids.values()) == {1}


@dataclass(frozen=True)
class Way:
    """A channel and its provider; `shown`: the messages that people, or its user, have by it."""

    channel: Channel
    part: str  # of the settings
    standin: Callable[[], Any]
    settings: Callable[[Any, str], dict[str, Any]]
    shown: Callable[[Any], Sequence[object]]
    ends: str  # the state of what had been taken
    minutes: int = 0  # until somebody looks again


WAYS = {
    "wechat knows its id again": Way(
        Channel.WECHAT, "wechat", an_account, wechat_settings, lambda one: one.sent, "sent"
    ),
    "wechat too late for that": Way(
        Channel.WECHAT,
        "wechat",
        an_account,
        wechat_settings,
        lambda one: one.sent,
        "unresolved",
        minutes=15,
    ),
    "wecom drops what is identical": Way(
        Channel.WECOM,
        "wecom",
        lambda: WeCom(members={"shenzhijun"}),
        wecom_settings,
        lambda one: one.cards,
        "sent",
    ),
    "wecom too late for that": Way(
        Channel.WECOM,
        "wecom",
        lambda: WeCom(members={"shenzhijun"}),
        wecom_settings,
        lambda one: one.cards,
        "unresolved",
        minutes=45,
    ),
    "alibaba cloud is asked": Way(
        Channel.SMS, "aliyun", Aliyun, aliyun_settings, lambda one: one.sent, "delivered"
    ),
    "tencent cloud is asked": Way(
        Channel.SMS, "tencent", Tencent, tencent_settings, lambda one: one.sent, "delivered"
    ),
    "a campus platform is asked": Way(
        Channel.SMS, "sms_gateway", Campus, campus_settings, lambda one: one.sent, "sent"
    ),
    "a gateway that cannot be asked": Way(
        Channel.SMS, "sms_gateway", YunMas, yunmas_settings, lambda one: one.sent, "unresolved"
    ),
    "a webhook carries its id": Way(
        Channel.WEBHOOK,
        "webhook",
        Receiver,
        webhook_settings,
        lambda one: [*one.taken],
        "delivered",
    ),
}
TAKEN = 4


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_what_was_taken_while_its_sender_died_is_not_shown_twice(
    opened: Opened, tmp_path: Path, organisation_file: Path, way: Way
) -> None:
    approved = approved_templates(tmp_path, Organisation.load(organisation_file))
    standin = way.standin()
    standin.troubles.next.extend([Trouble.TAKE_AND_HANG] * TAKEN)

    async def taken() -> bool:
        return len(way.shown(standin)) == TAKEN

    async with serving(standin.application()) as url:
        told = {way.part: {**way.settings(standin, url), "seconds": 10}}
        told["provider_templates"] = str(approved)
        async with opened(**told) as office:
            await office.deliver(*EVERYONE)
            if isinstance(standin, WeChat):
                await bound(office, standin, INITIATOR, OPENID)
            await office.deliver(*returns(TAKEN))
            async with service(office, **told) as killed:
                await eventually(taken, within=STARTS_WITHIN)
                killed.send_signal(signal.SIGKILL)
                await killed.wait()
            standin.troubles.released.set()
            office.clock.advance(minutes=way.minutes)
            assert await _states(office, way) == {"sending": TAKEN}
            for _ in range(3):  # the dead one's leases end; it is asked, or sent the same again
                await office.make_due()
                await office.dispatch()
            assert await _states(office, way) == {way.ends: TAKEN}
    assert len(way.shown(standin)) == TAKEN


def returns(count: int) -> list[Returned]:
    """Each a minute after the one before it: WeCom takes identical messages for one."""
    return [
        returned(revision=number).model_copy(update={"returned_at": AT + timedelta(minutes=number)})
        for number in range(1, count + 1)
    ]


async def _states(office: PostOffice, way: Way) -> Counter[str]:
    return Counter(row.state for row, _kind in await office.rows() if row.channel == way.channel)
