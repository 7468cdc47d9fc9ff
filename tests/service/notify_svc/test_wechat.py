"""Template messages of an official account, against a stand-in that WeChat's clients accept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from notify_svc import binding
from notify_svc.models import Credential, Suppression
from sqlalchemy import select, update

from shared.contracts.notify import Channel
from shared.contracts.people import Person
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import an_account, approved_templates, wechat_settings
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned, urged
from tests.standins import Trouble, serving
from tests.standins.wechat import WeChat

OPENID = "oABCD-clerk_1"
CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def account() -> WeChat:
    return an_account()


@pytest.fixture
async def url(account: WeChat) -> AsyncIterator[str]:
    async with serving(account.application()) as url:
        yield url


@pytest.fixture
def approved(tmp_path: Path, organisation_file: Path) -> Path:
    return approved_templates(tmp_path, Organisation.load(organisation_file))


@pytest.fixture
async def office(
    opened: Opened, account: WeChat, url: str, approved: Path
) -> AsyncIterator[PostOffice]:
    """notify-svc with an official account, which the clerk has bound."""
    async with opened(wechat=wechat_settings(account, url), provider_templates=approved) as office:
        await office.deliver(*EVERYONE)
        await bound(office, account, CLERK, OPENID)
        yield office


async def bound(office: PostOffice, account: WeChat, person: Person, openid: str) -> None:
    account.followers.add(openid)
    async with office.trial.runtime.transaction() as tx:
        await binding.bind(tx, person.id, Channel.WECHAT, openid)


async def test_a_task_arrives_as_a_template_message(office: PostOffice, account: WeChat) -> None:
    task = assigned(CLERK)
    await office.deliver(task)
    await office.dispatch()
    (sent,) = account.sent
    assert (sent.openid, sent.template) == (OPENID, "T-task_assigned")
    assert sent.data == {
        "thing1": "量子通信项目任务书用印",
        "time2": "2026-03-02 09:30:00",
        "thing3": "单位办公室工作人员审批",
        "thing4": "您有新的任务需要处理",
    }
    assert sent.url is not None
    assert sent.url.endswith(f"/tasks/{task.task_id}")
    delivery = await office.delivery(Channel.WECHAT)
    assert sent.client_msg_id == delivery.id.hex
    assert (delivery.state, delivery.provider_message_id) == ("sent", str(sent.msgid))


async def test_an_urge_says_so_in_the_remark(office: PostOffice, account: WeChat) -> None:
    task = assigned(CLERK)
    await office.deliver(task, urged(task))
    await office.dispatch()
    assert account.sent[-1].data["thing4"] == "【催办】烦请您尽快处理"


async def test_who_has_bound_nothing_is_told_by_the_other_channels(
    opened: Opened, account: WeChat, url: str, approved: Path
) -> None:
    async with opened(
        wechat=wechat_settings(account, url), provider_templates=approved, dev_inbox=True
    ) as office:
        await office.deliver(*EVERYONE, assigned(CLERK))
        await office.dispatch()
        told = {sent.channel for sent in await office.deliveries()}
        assert Channel.WECHAT not in told
        assert Channel.MAIL in told
    assert account.sent == []


async def test_one_token_serves_many_messages_and_a_restart(
    opened: Opened, account: WeChat, url: str, approved: Path
) -> None:
    for _ in range(2):
        async with opened(
            wechat=wechat_settings(account, url), provider_templates=approved
        ) as office:
            await office.deliver(*EVERYONE)
            await bound(office, account, CLERK, OPENID)
            await office.deliver(*(assigned(CLERK) for _ in range(10)))
            await office.dispatch()
    assert (len(account.sent), account.tokens_issued) == (20, 1)


async def test_replicas_renew_the_token_once(
    opened: Opened, account: WeChat, url: str, approved: Path
) -> None:
    settings = wechat_settings(account, url)
    async with (
        opened(wechat=settings, provider_templates=approved) as one,
        opened(wechat=settings, provider_templates=approved) as other,
    ):
        apis = [one.trial.runtime.own.carriers[Channel.WECHAT].api for _ in range(3)]
        apis.append(other.trial.runtime.own.carriers[Channel.WECHAT].api)
        tokens = await asyncio.gather(*(api.token() for api in apis))
        assert len(set(tokens)) == 1
        assert account.tokens_issued == 1


async def test_a_token_near_its_end_is_renewed(office: PostOffice, account: WeChat) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    account.expire_token()
    office.clock.advance(hours=1, minutes=56)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert (len(account.sent), account.tokens_issued, account.forced) == (2, 2, 0)


async def test_the_token_at_rest_is_sealed(office: PostOffice, account: WeChat) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    async with office.trial.runtime.database.session() as session:
        stored = await session.scalar(select(Credential.secret))
    assert stored is not None
    assert "TOKEN-1" not in stored


@pytest.mark.parametrize("code", [40001, 40014, 42001])
async def test_a_refused_token_is_renewed_and_the_message_sent_in_the_same_attempt(
    office: PostOffice, account: WeChat, code: int
) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    account.expire_token()
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert (len(account.sent), account.tokens_issued) == (2, 2)
    assert {sent.state for sent in await office.deliveries() if sent.channel == "wechat"} == {
        "sent"
    }


async def test_a_token_that_stays_refused_is_replaced_by_force_once(
    office: PostOffice, account: WeChat
) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    office.clock.advance(minutes=1)
    account.errors.append(40001)  # although it is the one that it gives everyone
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert (len(account.sent), account.forced) == (2, 1)

    account.errors.extend([40001, 40001])
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert (len(account.sent), account.forced) == (2, 1)  # not again within 30 seconds
    waiting = [row for row, _ in await office.rows() if row.state == "retry"]
    assert "token" in waiting[0].reason


async def test_another_replicas_renewal_is_taken_over_rather_than_undone(
    office: PostOffice, account: WeChat
) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    account.expire_token()
    api = office.trial.runtime.own.carriers[Channel.WECHAT].api
    renewed = await api._credentials.instead_of("TOKEN-1")
    again = await api._credentials.instead_of("TOKEN-1")
    assert (renewed, again, account.tokens_issued) == ("TOKEN-2", "TOKEN-2", 2)


async def test_a_token_sealed_with_a_secret_of_the_past_is_fetched_anew(
    office: PostOffice, account: WeChat
) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    async with office.trial.runtime.transaction() as tx:
        await tx.session.execute(update(Credential).values(secret="00000000:bm8="))
    office.clock.advance(hours=2)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert len(account.sent) == 2


async def test_a_wrong_secret_stops_everything_at_once_and_says_why(
    opened: Opened, account: WeChat, url: str, approved: Path
) -> None:
    settings = wechat_settings(account, url, app_secret="wrong")
    async with opened(wechat=settings, provider_templates=approved) as office:
        await office.deliver(*EVERYONE)
        await bound(office, account, CLERK, OPENID)
        await office.deliver(*(assigned(CLERK) for _ in range(3)))
        await office.dispatch()
        found = [row for row, _ in await office.rows() if row.channel == "wechat"]
        assert {row.state for row in found} == {"retry"}
        assert all("app secret is wrong" in row.reason for row in found if row.reason)
    assert account.sent == []


async def test_no_answer_is_followed_by_the_same_message_which_wechat_shows_once(
    office: PostOffice, account: WeChat
) -> None:
    account.troubles.next.append(Trouble.TAKE_AND_HANG)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    account.troubles.released.set()
    assert (await office.delivery(Channel.WECHAT)).state == "unknown"
    await office.make_due()
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state == "sent"
    assert len(account.sent) == 1


async def test_what_wechat_no_more_knows_as_the_same_is_not_sent_again(
    office: PostOffice, account: WeChat
) -> None:
    account.troubles.next.append(Trouble.TAKE_AND_HANG_UP)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    office.clock.advance(minutes=11)
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state == "unresolved"
    assert len(account.sent) == 1


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.BAD_GATEWAY])
async def test_a_page_instead_of_an_answer_loses_nothing(
    office: PostOffice, account: WeChat, trouble: Trouble
) -> None:
    account.troubles.next.append(trouble)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state in {"unknown", "retry"}
    await office.make_due()
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state == "sent"
    assert len(account.sent) == 1


async def test_a_token_service_that_is_down_is_waited_for(
    office: PostOffice, account: WeChat
) -> None:
    account.token_troubles.next.append(Trouble.HANG_UP)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert (await office.delivery(Channel.WECHAT)).state == "retry"
    await office.make_due()
    await office.dispatch()
    assert len(account.sent) == 1


async def test_todays_quota_defers_what_is_left_and_counts_no_attempt(
    office: PostOffice, account: WeChat
) -> None:
    account.quota = 1
    await office.deliver(assigned(CLERK), assigned(CLERK))
    await office.dispatch()
    states = sorted(row.state for row, _ in await office.rows() if row.channel == "wechat")
    assert states == ["retry", "sent"]
    account.quota = 10
    office.clock.advance(minutes=1)
    await office.dispatch()
    assert len(account.sent) == 1
    local = office.clock().astimezone(CHINA)
    tomorrow = local.replace(hour=0, minute=2, second=0) + timedelta(days=1)
    office.clock.advance(seconds=(tomorrow - local).total_seconds())
    await office.dispatch()
    assert len(account.sent) == 2
    assert {row.failures for row, _ in await office.rows()} == {0}


async def test_who_does_not_follow_any_more_is_not_tried_again(
    office: PostOffice, account: WeChat
) -> None:
    account.followers.clear()
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    delivery = await office.delivery(Channel.WECHAT)
    assert (delivery.state, delivery.code) == ("failed", "43004")
    assert "does not follow" in delivery.reason
    assert await office.trial.count(Suppression) == 1

    await bound(office, account, CLERK, OPENID)  # until they show that they are back
    assert await office.trial.count(Suppression) == 0


async def test_a_template_that_is_not_approved_is_not_used(
    opened: Opened, account: WeChat, url: str, tmp_path: Path, organisation_file: Path
) -> None:
    applied = approved_templates(tmp_path, Organisation.load(organisation_file), state="applied")
    async with opened(wechat=wechat_settings(account, url), provider_templates=applied) as office:
        await office.deliver(*EVERYONE)
        await bound(office, account, CLERK, OPENID)
        await office.deliver(assigned(CLERK))
        await office.dispatch()
        delivery = await office.delivery(Channel.WECHAT)
        assert delivery.state == "failed"
        assert "no approved template" in delivery.reason
    assert account.sent == []


async def test_a_clock_that_is_wrong_is_named(office: PostOffice, account: WeChat) -> None:
    account.ahead = timedelta(minutes=17)
    account.errors.append(-1)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    delivery = await office.delivery(Channel.WECHAT)
    assert "ahead of ours" in delivery.reason
