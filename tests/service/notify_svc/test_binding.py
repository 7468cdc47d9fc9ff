"""A person binds their WeChat: by a QR code with a check code, or by signing in inside WeChat."""

import re
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import fromstring

import httpx
import pytest
from notify_svc.models import Binding, BindTicket
from sqlalchemy import select
from wechatpy.crypto import WeChatCrypto

from shared.contracts.notify import Channel
from shared.contracts.people import Person
from shared.identity import User
from shared.organisation import Organisation
from tests.service.notify_svc.accounts import (
    AES_KEY,
    TOKEN,
    an_account,
    approved_templates,
    wechat_settings,
)
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.service.notify_svc.happenings import CLERK, EVERYONE, SECOND_CLERK, assigned
from tests.service.notify_svc.test_wechat_callbacks import called, encrypted
from tests.standins import Trouble, serving
from tests.standins.wechat import WeChat, callback_query, event

OPENID, OTHER = "oABCD-mine", "oABCD-other"
NONCES = count()


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
    async with opened(wechat=wechat_settings(account, url), provider_templates=approved) as office:
        await office.deliver(*EVERYONE)
        yield office


class Portal:
    """The page for binding, as one person uses it."""

    def __init__(self, office: PostOffice, person: Person) -> None:
        self._client = office.trial.client(User(id=person.id, name=person.name))

    async def ask(self, method: str, path: str = "", **body: Any) -> httpx.Response:
        path = f"/bindings/wechat{path}"
        return await self._client.request(method, path, json=body or None)

    async def start(self) -> dict[str, Any]:
        answer = await self.ask("POST", "/tickets")
        assert answer.status_code == 201
        ticket: dict[str, Any] = answer.json()
        return ticket

    async def state(self, ticket: dict[str, Any]) -> str:
        answer = await self.ask("GET", f"/tickets/{ticket['id']}")
        return str(answer.json()["state"])

    async def confirm(self, ticket: dict[str, Any], code: str) -> httpx.Response:
        return await self.ask("POST", f"/tickets/{ticket['id']}/confirm", check_code=code)

    async def is_bound(self) -> bool:
        mine = (await self.ask("GET")).json()
        assert mine["offered"]
        return mine["bound_at"] is not None


async def scan(
    office: PostOffice, ticket: dict[str, Any], openid: str = OPENID, *, new: bool = False
) -> str:
    """Someone scans the code. Returns: the check code that the account tells them."""
    scene = f"qrscene_{ticket['id']}" if new else ticket["id"]
    body = event(openid, "subscribe" if new else "SCAN", EventKey=scene, Ticket="gQH")
    answer = await called(office, body, callback_query(TOKEN, nonce=f"n{next(NONCES)}"))
    assert answer.headers["content-type"].startswith("application/xml")
    assert f"<ToUserName>{openid}</ToUserName>" in answer.text
    return check_code(answer.text)


def check_code(reply: str) -> str:
    found = re.search(r"确认码是 (\d{6})", reply)
    assert found is not None
    return found[1]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.parametrize("new", [True, False])
async def test_binding_by_qr_code_and_the_first_message(
    office: PostOffice, account: WeChat, new: bool
) -> None:
    portal = Portal(office, CLERK)
    assert not await portal.is_bound()
    ticket = await portal.start()
    assert ticket["state"] == "pending"
    assert ticket["svg"].startswith("<svg")
    assert ticket["id"] in account.scenes.values()

    code = await scan(office, ticket, new=new)
    assert await portal.state(ticket) == "scanned"
    assert not await portal.is_bound()  # until the person says that it was they

    answer = await portal.confirm(ticket, code)
    assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    assert await portal.is_bound()
    account.followers.add(OPENID)
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert [sent.openid for sent in account.sent] == [OPENID]
    assert (await portal.confirm(ticket, code)).status_code == 200  # said twice, done once


async def test_only_the_check_code_that_the_last_to_scan_was_told_binds(
    office: PostOffice,
) -> None:
    """Somebody who saw the QR code over the person's shoulder has their own check code."""
    portal = Portal(office, CLERK)
    ticket = await portal.start()
    mine = await scan(office, ticket)
    theirs = await scan(office, ticket, OTHER)
    if mine != theirs:  # one time in a million they are the same
        answer = await portal.confirm(ticket, mine)
        assert (answer.status_code, answer.json()["code"]) == (422, "wrong_check_code")
        assert answer.json()["tries_left"] == 4
    assert not await portal.is_bound()


async def test_after_five_wrong_check_codes_it_begins_anew(office: PostOffice) -> None:
    portal = Portal(office, CLERK)
    ticket = await portal.start()
    code = await scan(office, ticket)
    left = [(await portal.confirm(ticket, another(code))).json()["tries_left"] for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    answer = await portal.confirm(ticket, code)
    assert (answer.status_code, answer.json()["code"]) == (409, "binding_ticket_expired")
    assert await portal.state(ticket) == "expired"


async def test_what_has_not_been_scanned_cannot_be_confirmed(office: PostOffice) -> None:
    portal = Portal(office, CLERK)
    answer = await portal.confirm(await portal.start(), "123456")
    assert (answer.status_code, answer.json()["code"]) == (409, "binding_not_scanned")


async def test_a_code_lasts_ten_minutes(office: PostOffice) -> None:
    portal = Portal(office, CLERK)
    ticket = await portal.start()
    code = await scan(office, ticket)
    office.clock.advance(minutes=10)
    assert await portal.state(ticket) == "expired"
    assert (await portal.confirm(ticket, code)).json()["code"] == "binding_ticket_expired"


async def test_a_new_start_ends_the_one_before(office: PostOffice) -> None:
    portal = Portal(office, CLERK)
    first = await portal.start()
    await portal.start()
    answer = await portal.ask("GET", f"/tickets/{first['id']}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_binding_ticket")


async def test_anothers_binding_is_not_to_be_seen_or_confirmed(office: PostOffice) -> None:
    ticket = await Portal(office, CLERK).start()
    code = await scan(office, ticket)
    stranger = Portal(office, SECOND_CLERK)
    for answer in (
        await stranger.ask("GET", f"/tickets/{ticket['id']}"),
        await stranger.confirm(ticket, code),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_binding_ticket")


async def test_one_wechat_is_one_persons(office: PostOffice) -> None:
    for person in (CLERK, SECOND_CLERK):
        portal = Portal(office, person)
        ticket = await portal.start()
        answer = await portal.confirm(ticket, await scan(office, ticket))
    assert (answer.status_code, answer.json()["code"]) == (409, "bound_elsewhere")
    assert await Portal(office, CLERK).is_bound()
    assert not await Portal(office, SECOND_CLERK).is_bound()


async def test_another_wechat_takes_the_place_of_the_first(
    office: PostOffice, account: WeChat
) -> None:
    portal = Portal(office, CLERK)
    for openid in (OPENID, OTHER):
        ticket = await portal.start()
        assert (await portal.confirm(ticket, await scan(office, ticket, openid))).status_code == 200
    account.followers |= {OPENID, OTHER}
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert [sent.openid for sent in account.sent] == [OTHER]


async def test_unbinding(office: PostOffice, account: WeChat) -> None:
    portal = Portal(office, CLERK)
    ticket = await portal.start()
    await portal.confirm(ticket, await scan(office, ticket))
    assert (await portal.ask("DELETE")).status_code == 204
    assert not await portal.is_bound()
    assert (await portal.ask("DELETE")).status_code == 204
    await office.deliver(assigned(CLERK))
    await office.dispatch()
    assert account.sent == []


async def test_a_repeated_scan_event_does_not_bring_back_an_earlier_scanner(
    office: PostOffice,
) -> None:
    portal = Portal(office, CLERK)
    ticket = await portal.start()
    query = callback_query(TOKEN, nonce="seen")
    body = event(OTHER, "SCAN", EventKey=ticket["id"])
    await called(office, body, query)
    code = await scan(office, ticket)
    await called(office, body, query)
    assert (await portal.confirm(ticket, code)).status_code == 200


async def test_in_safe_mode_the_check_code_comes_encrypted(
    opened: Opened, account: WeChat, url: str, approved: Path
) -> None:
    settings = wechat_settings(account, url, aes_key=AES_KEY)
    async with opened(wechat=settings, provider_templates=approved) as office:
        await office.deliver(*EVERYONE)
        portal = Portal(office, CLERK)
        ticket = await portal.start()
        answer = await called(
            office, *encrypted(account, event(OPENID, "SCAN", EventKey=ticket["id"]))
        )
        outer = {child.tag: child.text or "" for child in fromstring(answer.text)}
        reply = WeChatCrypto(TOKEN, AES_KEY, account.appid).decrypt_message(
            answer.text, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]
        )
        assert (await portal.confirm(ticket, check_code(reply))).status_code == 200


async def test_wechat_that_is_away_is_said(office: PostOffice, account: WeChat) -> None:
    account.token_troubles.next.append(Trouble.HANG_UP)
    answer = await Portal(office, CLERK).ask("POST", "/tickets")
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_away")


async def test_without_an_account_nothing_is_offered(opened: Opened) -> None:
    async with opened(dev_inbox=True) as office:
        await office.deliver(*EVERYONE)
        portal = Portal(office, CLERK)
        assert (await portal.ask("GET")).json() == {"offered": False, "bound_at": None}
        for path in ("/tickets", "/sign-in"):
            answer = await portal.ask("POST", path)
            assert (answer.status_code, answer.json()["code"]) == (404, "binding_not_offered")


async def come_back(portal: Portal, code: str, state: str) -> str:
    """Where the person is led, from WeChat's redirection."""
    answer = await portal.ask("GET", f"/return?code={code}&state={state}")
    assert answer.status_code == 303
    return answer.headers["location"]


async def sign_in(portal: Portal) -> str:
    answer = await portal.ask("POST", "/sign-in")
    assert answer.status_code == 201
    return str(answer.json()["url"])


async def test_binding_inside_wechat(office: PostOffice, account: WeChat) -> None:
    portal = Portal(office, CLERK)
    url = await sign_in(portal)
    assert url.startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    assert "scope=snsapi_base" in url
    assert url.endswith("#wechat_redirect")
    code, state = account.signs_in(OPENID, url)
    assert (await come_back(portal, code, state)).endswith("/settings?wechat=bound")
    assert await portal.is_bound()


async def test_a_sign_in_counts_once_and_only_for_whom_it_was_begun(
    office: PostOffice, account: WeChat
) -> None:
    mine, stranger = Portal(office, CLERK), Portal(office, SECOND_CLERK)
    code, state = account.signs_in(OPENID, await sign_in(mine))
    # Led there by a link of somebody else: their WeChat would be bound to the stranger's account.
    assert (await come_back(stranger, code, state)).endswith("?wechat=no_such_binding_ticket")
    assert not await stranger.is_bound()
    assert (await come_back(mine, code, state)).endswith("?wechat=bound")
    assert (await come_back(mine, code, state)).endswith("?wechat=binding_ticket_expired")


async def test_a_sign_in_that_wechat_does_not_confirm_binds_nothing(
    office: PostOffice, account: WeChat
) -> None:
    portal = Portal(office, CLERK)
    _, state = account.signs_in(OPENID, await sign_in(portal))
    assert (await come_back(portal, "made-up", state)).endswith("?wechat=wechat_sign_in_refused")
    assert not await portal.is_bound()


async def test_a_state_that_nobody_was_given_is_refused(office: PostOffice) -> None:
    portal = Portal(office, CLERK)
    answer = await come_back(portal, "code", "0" * 32)
    assert answer.endswith("?wechat=no_such_binding_ticket")
    ticket = await portal.start()  # a QR code's scene is no state of a sign-in
    answer = await come_back(portal, "code", ticket["id"])
    assert answer.endswith("?wechat=no_such_binding_ticket")


async def test_nobody_binds_without_being_signed_in(office: PostOffice) -> None:
    async with office.trial.client() as nobody:
        for method, path in (
            ("GET", ""),
            ("DELETE", ""),
            ("POST", "/tickets"),
            ("POST", "/sign-in"),
            ("GET", "/return?code=c&state=s"),
            ("GET", f"/tickets/{UUID(int=1).hex}"),
        ):
            answer = await nobody.request(method, f"/bindings/wechat{path}")
            assert answer.status_code == 401


async def test_the_openid_at_rest_is_sealed(office: PostOffice) -> None:
    portal = Portal(office, CLERK)
    ticket = await portal.start()
    code = await scan(office, ticket)
    async with office.trial.runtime.database.session() as session:
        assert OPENID not in str(await session.scalar(select(BindTicket.address)))
    await portal.confirm(ticket, code)
    async with office.trial.runtime.database.session() as session:
        assert OPENID not in str(await session.scalar(select(Binding.address)))
        found = await session.scalar(select(Binding.channel))
    assert found == Channel.WECHAT
