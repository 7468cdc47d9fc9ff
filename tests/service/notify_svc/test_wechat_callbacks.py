"""What WeChat tells us, plain and encrypted, genuine and not; encrypted here by wechatpy."""

import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from notify_svc.models import Receipt
from wechatpy.crypto import WeChatCrypto

from shared.contracts.notify import Channel, Failed
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    AES_KEY,
    TOKEN,
    an_account,
    approved_templates,
    wechat_settings,
)
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, assigned
from tests.service.notify_svc.test_wechat import OPENID, bound
from tests.standins import serving
from tests.standins.wechat import WeChat, callback_query, event

OpenedWith = Callable[..., AbstractAsyncContextManager[PostOffice]]


@pytest.fixture
def account() -> WeChat:
    return an_account()


@pytest.fixture
def opened_with(
    opened: Opened, account: WeChat, tmp_path: Path, organisation_file: Path
) -> OpenedWith:
    approved = approved_templates(tmp_path, Organisation.load(organisation_file))

    @asynccontextmanager
    async def open_(**more: Any) -> AsyncIterator[PostOffice]:
        async with (
            serving(account.application()) as url,
            opened(
                wechat=wechat_settings(account, url, **more), provider_templates=approved
            ) as office,
        ):
            await office.deliver(*EVERYONE)
            await bound(office, account, CLERK, OPENID)
            yield office

    return open_


@pytest.fixture
async def office(opened_with: OpenedWith) -> AsyncIterator[PostOffice]:
    """With an account in 明文模式."""
    async with opened_with() as office:
        yield office


async def called(
    office: PostOffice, body: bytes, query: dict[str, str] | None = None
) -> httpx.Response:
    """As by WeChat: nobody is signed in."""
    async with office.trial.client() as client:
        query = callback_query(TOKEN) if query is None else query
        return await client.post("/callbacks/wechat", params=query, content=body)


def encrypted(
    account: WeChat, body: bytes, *, key: str = AES_KEY, appid: str | None = None
) -> tuple[bytes, dict[str, str]]:
    """In 安全模式: the body and the query that WeChat would send."""
    stamp = str(int(datetime.now(UTC).timestamp()))
    crypto = WeChatCrypto(TOKEN, key, appid or account.appid)
    closed = crypto.encrypt_message(body.decode(), "n7", stamp)
    signature = ET.fromstring(closed).findtext("MsgSignature") or ""
    query = callback_query(TOKEN, nonce="n7")
    query |= {"timestamp": stamp, "encrypt_type": "aes", "msg_signature": signature}
    return closed.encode(), query


async def sent(office: PostOffice) -> None:
    await office.deliver(assigned(CLERK))
    await office.dispatch()


def finished(account: WeChat, status: str = "success", **changes: Any) -> bytes:
    fields = {"MsgID": account.sent[-1].msgid, "Status": status, **changes}
    return event(OPENID, "TEMPLATESENDJOBFINISH", **fields)


async def state(office: PostOffice) -> str:
    return (await office.delivery(Channel.WECHAT)).state


async def test_wechat_is_shown_that_the_address_is_ours(office: PostOffice) -> None:
    async with office.trial.client() as client:
        query = {**callback_query(TOKEN), "echostr": "5837397520665436492"}
        answer = await client.get("/callbacks/wechat", params=query)
        assert (answer.status_code, answer.text) == (200, "5837397520665436492")
        assert answer.headers["content-type"].startswith("text/plain")
        query["signature"] = "0" * 40
        answer = await client.get("/callbacks/wechat", params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_callback")


async def test_a_receipt_says_that_the_message_is_with_the_person(
    office: PostOffice, account: WeChat
) -> None:
    await sent(office)
    assert await state(office) == "sent"
    answer = await called(office, finished(account))
    assert (answer.status_code, answer.text) == (200, "success")
    assert await state(office) == "delivered"


async def test_a_receipt_counts_once_however_often_it_comes(
    office: PostOffice, account: WeChat
) -> None:
    await sent(office)
    body = finished(account, created=1767225600)
    for nonce in ("n1", "n1", "n2"):
        answer = await called(office, body, callback_query(TOKEN, nonce=nonce))
        assert answer.text == "success"
    assert await office.trial.count(Receipt) == 1
    assert await state(office) == "delivered"


async def test_a_receipt_without_the_messages_id_is_of_the_last_message_to_that_person(
    office: PostOffice, account: WeChat
) -> None:
    await sent(office)
    await called(office, finished(account, MsgID=0))
    assert await state(office) == "delivered"


async def test_a_receipt_that_comes_before_the_answer_is_kept_until_then(
    office: PostOffice, account: WeChat
) -> None:
    body = event(OPENID, "TEMPLATESENDJOBFINISH", MsgID=2918131553548107776, Status="success")
    assert (await called(office, body)).text == "success"
    await sent(office)
    assert str(account.sent[0].msgid) == "2918131553548107776"
    assert await state(office) == "delivered"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("failed:user block", "blocked the account"),
        ("failed: system failed", "could not deliver"),
        ("failed:freq limit", "no more to this person"),
        ("failed:something new", "could not deliver"),
    ],
)
async def test_a_receipt_that_says_no_is_a_failure_with_its_reason(
    office: PostOffice, account: WeChat, status: str, reason: str
) -> None:
    await sent(office)
    await called(office, finished(account, status))
    assert await state(office) == "failed"
    failed = [one for one in await office.published(Failed) if one.channel is Channel.WECHAT]
    assert reason in failed[-1].reason


async def test_who_leaves_the_account_is_not_bound_any_more(
    office: PostOffice, account: WeChat
) -> None:
    assert (await called(office, event(OPENID, "unsubscribe"))).text == "success"
    await sent(office)
    assert Channel.WECHAT not in {told.channel for told in await office.deliveries()}
    assert account.sent == []


async def test_a_repeated_call_does_not_undo_what_came_after_it(
    office: PostOffice, account: WeChat
) -> None:
    body, query = event(OPENID, "unsubscribe"), callback_query(TOKEN)
    await called(office, body, query)
    await bound(office, account, CLERK, OPENID)
    assert (await called(office, body, query)).text == "success"  # seen by somebody, sent again
    await sent(office)
    assert await state(office) == "sent"


@pytest.mark.parametrize(
    "spoiled",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"timestamp": "1"},
        {"timestamp": "later"},
        {"timestamp": str(int((datetime.now(UTC) - timedelta(minutes=6)).timestamp()))},
        {"nonce": "another"},
    ],
)
async def test_a_call_that_is_not_signed_by_wechat_is_refused(
    office: PostOffice, account: WeChat, spoiled: dict[str, str]
) -> None:
    await sent(office)
    answer = await called(office, finished(account), {**callback_query(TOKEN), **spoiled})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_callback")
    assert await state(office) == "sent"


async def test_an_old_call_is_refused_although_its_signature_is_right(
    office: PostOffice, account: WeChat
) -> None:
    old = callback_query(TOKEN, at=datetime.now(UTC) - timedelta(minutes=6))
    assert (await called(office, event(OPENID, "unsubscribe"), old)).status_code == 422


@pytest.mark.parametrize(
    "body", [b"", b"<xml>", b"{}", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>']
)
async def test_what_is_no_event_is_refused(office: PostOffice, body: bytes) -> None:
    assert (await called(office, body)).status_code == 422


async def test_a_body_larger_than_any_event_is_refused(office: PostOffice) -> None:
    answer = await called(office, b"<xml>" + b"x" * 70_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "callback_too_large")


async def test_events_and_messages_that_concern_nothing_are_taken(office: PostOffice) -> None:
    for kind in ("subscribe", "CLICK", "VIEW", "LOCATION"):
        assert (await called(office, event(OPENID, kind))).text == "success"
    text = b"<xml><FromUserName>o</FromUserName><MsgType>text</MsgType></xml>"
    assert (await called(office, text, callback_query(TOKEN, nonce="t"))).text == "success"


async def test_a_provider_that_we_do_not_have_cannot_call(office: PostOffice) -> None:
    async with office.trial.client() as client:
        for name in ("aliyun", "smtp", "wechat2", "..%2fwechat"):
            answer = await client.post(f"/callbacks/{name}", content=b"")
            assert answer.status_code == 404


async def test_in_safe_mode_an_encrypted_receipt_is_read(
    opened_with: OpenedWith, account: WeChat
) -> None:
    async with opened_with(aes_key=AES_KEY) as office:
        await sent(office)
        body, query = encrypted(account, finished(account))
        assert (await called(office, body, query)).text == "success"
        assert await state(office) == "delivered"


async def test_in_safe_mode_what_is_not_encrypted_does_not_count(
    opened_with: OpenedWith, account: WeChat
) -> None:
    """Not even beside something that is: in 兼容模式 both come, and only one is signed."""
    async with opened_with(aes_key=AES_KEY) as office:
        await sent(office)
        assert (await called(office, finished(account))).status_code == 422
        closed, query = encrypted(account, event(OPENID, "VIEW"))
        both = finished(account).replace(b"</xml>", closed.removeprefix(b"<xml>"))
        assert (await called(office, both, query)).text == "success"
        assert await state(office) == "sent"


async def test_in_safe_mode_what_is_encrypted_for_others_or_changed_is_refused(
    opened_with: OpenedWith, account: WeChat
) -> None:
    other_key = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
    async with opened_with(aes_key=AES_KEY) as office:
        await sent(office)
        receipt = finished(account)
        for body, query in (
            encrypted(account, receipt, key=other_key),
            encrypted(account, receipt, appid="wx0000000000000000"),
        ):
            assert (await called(office, body, query)).status_code == 422
        body, query = encrypted(account, receipt)
        assert (await called(office, body.replace(b"==", b"=A"), query)).status_code == 422
        query["msg_signature"] = "0" * 40
        assert (await called(office, body, query)).status_code == 422
        assert await state(office) == "sent"
