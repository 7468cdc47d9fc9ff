"""What a chat message did not tell, an SMS does; what is unsure is found out; cards are ended."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from notify_svc.upkeep import follow_receipts, update_cards

from shared.contracts.notify import Channel
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    aliyun_settings,
    an_account,
    approved_templates,
    wechat_settings,
    wecom_settings,
)
from tests.service.notify_svc.conftest import Opened, PostOffice, user
from tests.service.notify_svc.happenings import (
    CLERK,
    EVERYONE,
    INITIATOR,
    OFFICE,
    advanced,
    assigned,
    closed,
)
from tests.service.notify_svc.test_wechat import OPENID, bound
from tests.service.notify_svc.test_wechat_callbacks import called, finished
from tests.standins import Trouble, serving
from tests.standins.aliyun import Aliyun
from tests.standins.wechat import WeChat
from tests.standins.wecom import WeCom


@pytest.fixture
def approved(tmp_path: Path, organisation_file: Path) -> Path:
    return approved_templates(tmp_path, Organisation.load(organisation_file))


@pytest.fixture
def account() -> WeChat:
    return an_account()


@pytest.fixture
async def office(opened: Opened, account: WeChat, approved: Path) -> AsyncIterator[PostOffice]:
    """WeChat, which the clerk has bound; SMS are shown in the dev inbox."""
    async with (
        serving(account.application()) as url,
        opened(
            wechat=wechat_settings(account, url),
            provider_templates=approved,
            dev_inbox=True,
            dev_inbox_channels=["sms"],
        ) as office,
    ):
        await office.deliver(*EVERYONE)
        await bound(office, account, CLERK, OPENID)
        yield office


async def by_sms(office: PostOffice) -> list[tuple[str, str, str]]:
    await office.dispatch()
    return [
        (sent.kind, sent.to, sent.state)
        for sent in await office.deliveries()
        if sent.channel == "sms"
    ]


TOLD = [("task_assigned", "19900000102", "delivered")]


async def test_a_message_that_the_person_did_not_get_is_followed_by_an_sms(
    office: PostOffice, account: WeChat
) -> None:
    await office.deliver(assigned(CLERK))
    assert await by_sms(office) == []
    for _ in range(2):
        await called(office, finished(account, "failed:user block"))
    assert await by_sms(office) == TOLD


async def test_who_follows_no_more_is_told_by_sms(office: PostOffice, account: WeChat) -> None:
    account.followers.clear()
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert await by_sms(office) == TOLD


async def test_without_a_receipt_in_time_an_sms_goes_out_once(office: PostOffice) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    await follow_receipts(office.trial.runtime)
    assert await by_sms(office) == []
    for _ in range(2):
        office.clock.advance(minutes=11)
        await follow_receipts(office.trial.runtime)
    assert await by_sms(office) == TOLD
    assert (await office.delivery(Channel.WECHAT)).state == "sent"


async def test_with_a_receipt_none_does(office: PostOffice, account: WeChat) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    await called(office, finished(account))
    office.clock.advance(minutes=11)
    await follow_receipts(office.trial.runtime)
    assert await by_sms(office) == []


async def test_what_is_over_needs_no_sms(office: PostOffice, account: WeChat) -> None:
    task = assigned(CLERK)
    await office.deliver(task)
    await office.dispatch()
    await office.deliver(closed(task))
    await called(office, finished(account, "failed:user block"))
    assert await by_sms(office) == []


async def test_what_nobody_has_to_act_on_is_worth_no_sms(
    office: PostOffice, account: WeChat
) -> None:
    await bound(office, account, INITIATOR, "oInitiator")
    account.followers.clear()
    await office.deliver(advanced(OFFICE))
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state == "failed"
    assert await by_sms(office) == []


async def test_who_wants_no_sms_gets_none(office: PostOffice, account: WeChat) -> None:
    choice = {"kind": "task_assigned", "channel": "sms", "mode": "off"}
    async with office.trial.client(user(CLERK)) as client:
        answer = await client.put("/preferences", json={"choices": [choice]})
        assert answer.status_code == 200
    account.followers.clear()
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert await by_sms(office) == []


@asynccontextmanager
async def with_aliyun(opened: Opened, cloud: Aliyun, approved: Path) -> AsyncIterator[PostOffice]:
    async with (
        serving(cloud.application()) as url,
        opened(
            aliyun=aliyun_settings(cloud, url),
            provider_templates=approved,
        ) as office,
    ):
        await office.deliver(*EVERYONE)
        choice = {"kind": "task_assigned", "channel": "sms", "mode": "on"}
        async with office.trial.client(user(CLERK)) as client:
            await client.put("/preferences", json={"choices": [choice]})
        yield office


@pytest.mark.parametrize("trouble", [Trouble.TAKE_AND_HANG_UP, Trouble.HANG_UP])
async def test_an_sms_that_may_have_gone_out_is_asked_about_and_arrives_exactly_once(
    opened: Opened, approved: Path, trouble: Trouble
) -> None:
    cloud = Aliyun()
    cloud.troubles.next.append(trouble)
    async with with_aliyun(opened, cloud, approved) as office:
        await office.deliver(assigned(CLERK))
        await office.dispatch()
        assert (await office.delivery(Channel.SMS)).state == "unknown"
        for minutes in (1, 4, 20):
            office.clock.advance(minutes=minutes, seconds=1)
            await office.dispatch()
        delivery = await office.delivery(Channel.SMS)
    assert delivery.state in {"sent", "delivered"}
    assert len(cloud.sent) == 1


async def test_a_card_says_that_its_task_is_done(opened: Opened) -> None:
    corporation = WeCom(members={"lukun"})
    async with (
        serving(corporation.application()) as url,
        opened(wecom=wecom_settings(corporation, url)) as office,
    ):
        task = assigned(CLERK)
        await office.deliver(*EVERYONE, task)
        await office.dispatch()
        await update_cards(office.trial.runtime)
        assert corporation.cards[0].done is None
        await office.deliver(closed(task))
        for _ in range(2):
            await update_cards(office.trial.runtime)
    assert [card.done for card in corporation.cards] == ["已处理"]
