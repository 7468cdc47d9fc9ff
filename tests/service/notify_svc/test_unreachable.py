"""An address that cannot be reached: not tried again, said in words, and given another chance."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.directory import HeldPost
from shared.contracts.notify import Channel
from shared.contracts.people import Person, Post
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    RECEIPT_KEY,
    aliyun_settings,
    an_account,
    approved_templates,
    tencent_settings,
    wechat_settings,
)
from tests.service.notify_svc.conftest import Opened, PostOffice, user
from tests.service.notify_svc.happenings import (
    CLERK,
    INITIATOR,
    SECOND_CLERK,
    UNIT,
    assigned,
    known,
    returned,
    urged,
)
from tests.service.notify_svc.smtp_server import Mailbox, listening, plain
from tests.service.notify_svc.test_wechat import OPENID, bound
from tests.standins import aliyun, serving, tencent
from tests.standins.wechat import WeChat

ADMINISTRATOR = SECOND_CLERK
PEOPLE = (
    known(INITIATOR, posts=(HeldPost(unit=UNIT, post=Post.AUDITOR),)),
    known(CLERK),
    known(ADMINISTRATOR, posts=(HeldPost(unit=UNIT, post=Post.ADMINISTRATOR),)),
)
GONE = "550 5.1.1 no such user here"
NOBODYS = "0" * 32


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with listening(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
async def office(opened: Opened, mailbox: Mailbox) -> AsyncIterator[PostOffice]:
    """Mail for real; SMS are shown in the dev inbox."""
    async with opened(mail=plain(mailbox), dev_inbox=True, dev_inbox_channels=["sms"]) as office:
        await office.deliver(*PEOPLE)
        yield office


async def ask(office: PostOffice, method: str, path: str, who: Person = ADMINISTRATOR) -> Any:
    async with office.trial.client(user(who)) as client:
        answer = await client.request(method, path)
    return answer.status_code, (answer.json() if answer.content else None)


async def unreachable(office: PostOffice) -> list[dict[str, Any]]:
    status, listed = await ask(office, "GET", "/unreachable")
    assert status == 200, listed
    items: list[dict[str, Any]] = listed["items"]
    return items


async def told(office: PostOffice, *events: Any) -> list[tuple[str, str]]:
    """By which channels these are told, and what became of it."""
    before = {row.id for row, _kind in await office.rows()}
    await office.deliver(*events)
    await office.dispatch()
    rows = [row for row, _kind in await office.rows() if row.id not in before]
    return sorted((row.channel, row.state) for row in rows if row.channel != Channel.INBOX)


async def test_a_mailbox_that_does_not_exist_is_not_tried_again_and_an_sms_takes_its_place(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.to_recipient.append(GONE)
    assert await told(office, assigned(CLERK)) == [("mail", "failed")]
    assert await told(office, assigned(CLERK)) == [("mail", "failed"), ("sms", "delivered")]
    assert mailbox.accepted == []  # nor even asked
    (one,) = await unreachable(office)
    assert (one["channel"], one["person_name"], one["to"]) == (
        "mail",
        "陆坤",
        "l***@chenglan.example",
    )
    assert one["why"] == "邮箱地址不存在，或不接收邮件"


async def test_an_administrator_gives_it_another_chance(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.to_recipient.append(GONE)
    await told(office, assigned(CLERK))
    (one,) = await unreachable(office)
    path = f"/unreachable/{one['channel']}/{one['address_hash']}"
    assert (await ask(office, "DELETE", path))[0] == 204
    assert await unreachable(office) == []
    assert await told(office, assigned(CLERK)) == [("mail", "sent")]
    status, problem = await ask(office, "DELETE", path)
    assert (status, problem["code"]) == (404, "not_out_of_reach")


async def test_people_see_it_of_their_own_and_give_it_another_chance(
    office: PostOffice, mailbox: Mailbox
) -> None:
    mailbox.to_recipient.append(GONE)
    await told(office, assigned(CLERK))
    assert (await ask(office, "GET", "/preferences", who=INITIATOR))[1]["out_of_reach"] == []
    _, mine = await ask(office, "GET", "/preferences", who=CLERK)
    (one,) = mine["out_of_reach"]
    assert (one["channel"], one["why"]) == ("mail", "邮箱地址不存在，或不接收邮件")
    path = "/preferences/out-of-reach/mail"
    assert (await ask(office, "DELETE", path, who=INITIATOR))[0] == 404
    assert (await ask(office, "DELETE", path, who=CLERK))[0] == 204
    assert await told(office, assigned(CLERK)) == [("mail", "sent")]


async def test_it_is_forgotten_after_a_while(office: PostOffice, mailbox: Mailbox) -> None:
    mailbox.to_recipient.append(GONE)
    await told(office, assigned(CLERK))
    office.clock.advance(days=31)
    assert await unreachable(office) == []
    assert await told(office, assigned(CLERK)) == [("mail", "sent")]


async def test_only_administrators_undo_it_and_auditors_look(office: PostOffice) -> None:
    assert (await ask(office, "GET", "/unreachable", who=CLERK))[0] == 403
    assert (await ask(office, "GET", "/unreachable", who=INITIATOR))[0] == 200
    for who in (CLERK, INITIATOR):
        assert (await ask(office, "DELETE", f"/unreachable/sms/{NOBODYS}", who=who))[0] == 403
    assert (await ask(office, "DELETE", f"/unreachable/sms/{NOBODYS}"))[0] == 404
    assert (await ask(office, "DELETE", "/unreachable/sms/x"))[0] == 422


@asynccontextmanager
async def with_wechat(
    opened: Opened, account: WeChat, folder: Path, organisation: Path
) -> AsyncIterator[PostOffice]:
    async with (
        serving(account.application()) as url,
        opened(
            wechat=wechat_settings(account, url),
            provider_templates=approved_templates(folder, Organisation.load(organisation)),
            dev_inbox=True,
            dev_inbox_channels=["sms"],
        ) as office,
    ):
        await office.deliver(*PEOPLE)
        await bound(office, account, CLERK, OPENID)
        yield office


async def test_who_has_left_the_account_is_told_by_sms_once_and_wechat_is_not_asked_again(
    opened: Opened, tmp_path: Path, organisation_file: Path
) -> None:
    account = an_account()
    async with with_wechat(opened, account, tmp_path, organisation_file) as office:
        account.followers.clear()  # 43004
        task = assigned(CLERK)
        assert await told(office, task) == [("sms", "delivered"), ("wechat", "failed")]
        account.followers.add(OPENID)  # which nobody has told us
        # An urge goes by SMS anyway: by one.
        for more in (assigned(CLERK), urged(task)):
            assert await told(office, more) == [("sms", "delivered"), ("wechat", "failed")]
        assert account.sent == []
        (one,) = await unreachable(office)
        assert one["why"] == "对方没有关注公众号"
        assert (await ask(office, "DELETE", "/preferences/out-of-reach/wechat", who=CLERK))[
            0
        ] == 204
        assert await told(office, assigned(CLERK)) == [("wechat", "sent")]


@dataclass(frozen=True)
class Cloud:
    """`settings` of its standin, and what it says of an SMS."""

    standin: Callable[[], Any]
    settings: Callable[[Any, str], dict[str, Any]]
    nobodys: Callable[[Any], bytes]
    reached: Callable[[Any], bytes]


CLOUDS = {
    "aliyun": Cloud(
        aliyun.Aliyun,
        aliyun_settings,
        lambda sms: aliyun.receipt(sms, success=False, code="MOBILE_NOT_ON_SERVICE"),
        aliyun.receipt,
    ),
    "tencent": Cloud(
        tencent.Tencent,
        tencent_settings,
        lambda sms: tencent.receipt(sms, success=False, error="MK:0001", words="空号"),
        tencent.receipt,
    ),
}


@pytest.mark.parametrize("provider", CLOUDS)
async def test_a_number_that_is_nobodys_is_not_tried_again(
    opened: Opened, tmp_path: Path, organisation_file: Path, provider: str
) -> None:
    cloud, approved = CLOUDS[provider], Organisation.load(organisation_file)
    standin = cloud.standin()

    async def pushed(office: PostOffice, body: bytes) -> None:
        path, key = f"/callbacks/{provider}", {"key": RECEIPT_KEY}
        async with office.trial.client() as client:
            (await client.post(path, params=key, content=body)).raise_for_status()

    async with (
        serving(standin.application()) as url,
        opened(
            provider_templates=approved_templates(tmp_path, approved),
            **{provider: cloud.settings(standin, url)},
        ) as office,
    ):
        await office.deliver(*PEOPLE)
        assert await told(office, returned()) == [("sms", "sent")]
        await pushed(office, cloud.nobodys(standin.sent[0]))
        (one,) = await unreachable(office)
        assert (one["to"], one["why"]) == ("199****0101", "号码为空号、已停机，或对方已退订")
        assert await told(office, returned(revision=2)) == [("sms", "failed")]
        assert len(standin.sent) == 1
        # A receipt that says that the number was reached after all is proof that it can be.
        await pushed(office, cloud.reached(standin.sent[0]))
        assert await unreachable(office) == []
