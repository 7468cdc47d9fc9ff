"""Cards of a WeCom application, which say 已处理 when it is done."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any

import pytest
from notify_svc.channels import Parcel, Sent
from notify_svc.channels.wecom import WeCom as Carrier
from notify_svc.outcomes import Outcome
from wechatpy.crypto import WeChatCrypto

from shared.contracts.notify import Channel
from tests.service.notify_svc.accounts import AES_KEY, TOKEN, wecom_settings
from tests.service.notify_svc.cards import a_card
from tests.service.notify_svc.conftest import Opened, PostOffice
from tests.standins import Trouble, serving
from tests.standins.wecom import WeCom


@pytest.fixture
def corporation() -> WeCom:
    return WeCom(members={"lukun"})


@pytest.fixture
async def url(corporation: WeCom) -> AsyncIterator[str]:
    async with serving(corporation.application()) as url:
        yield url


@pytest.fixture
async def office(opened: Opened, corporation: WeCom, url: str) -> AsyncIterator[PostOffice]:
    async with opened(wecom=wecom_settings(corporation, url)) as office:
        yield office


def carrier_of(office: PostOffice) -> Carrier:
    carrier = office.trial.runtime.own.carriers[Channel.WECOM]
    assert isinstance(carrier, Carrier)
    return carrier


@pytest.fixture
def carrier(office: PostOffice) -> Carrier:
    return carrier_of(office)


def was_sent(parcel: Parcel, references: Any, at: datetime | None = None) -> Sent:
    return Sent(parcel, at or datetime.now(UTC), None, references)


async def test_a_task_is_a_card_with_a_button_to_it(carrier: Carrier, corporation: WeCom) -> None:
    parcel = a_card("lukun")
    result = await carrier.send(parcel)
    assert (result.outcome, result.references) == (
        Outcome.ACCEPTED,
        {"response_code": corporation.cards[0].response_code},
    )
    (card,) = corporation.cards
    shown = card.body["template_card"]
    assert card.user == "lukun"
    assert shown["card_type"] == "button_interaction"
    assert shown["main_title"]["title"] == "事务进度提醒"
    assert [line["keyname"] for line in shown["horizontal_content_list"]] == [
        "事务标题",
        "提醒时间",
        "进度信息",
        "备注",
    ]
    (button,) = shown["button_list"]
    assert (button["type"], button["url"]) == (1, parcel.message.link)


async def test_what_nobody_has_to_act_on_has_no_button(
    carrier: Carrier, corporation: WeCom
) -> None:
    result = await carrier.send(a_card("lukun", task=False))
    shown = corporation.cards[0].body["template_card"]
    assert (shown["card_type"], "button_list" in shown) == ("text_notice", False)
    assert result.references == {}


async def test_no_line_is_longer_than_the_card_shows(carrier: Carrier, corporation: WeCom) -> None:
    await carrier.send(a_card("lukun", value="长\n" * 60, label="很长的名称"))
    for line in corporation.cards[0].body["template_card"]["horizontal_content_list"]:
        assert len(line["keyname"]) <= 5
        assert len(line["value"]) <= 26
        assert "\n" not in line["value"]


async def test_the_card_says_so_when_it_is_done(carrier: Carrier, corporation: WeCom) -> None:
    parcel = a_card("lukun")
    result = await carrier.send(parcel)
    changed = await carrier.update(was_sent(parcel, result.references), "已处理")
    assert changed.outcome is Outcome.ACCEPTED
    assert corporation.cards[0].done == "已处理"


async def test_a_card_changes_once(carrier: Carrier) -> None:
    parcel = a_card("lukun")
    sent = was_sent(parcel, (await carrier.send(parcel)).references)
    await carrier.update(sent, "已处理")
    again = await carrier.update(sent, "已撤销")
    assert (again.outcome, again.code) == (Outcome.REFUSED, "42045")


async def test_a_card_without_a_button_or_older_than_three_days_stays(carrier: Carrier) -> None:
    parcel = a_card("lukun", task=False)
    unchanged = await carrier.update(was_sent(parcel, {}), "已处理")
    assert (unchanged.outcome, unchanged.reason) == (
        Outcome.REFUSED,
        "the card has no button to change",
    )
    old = datetime.now(UTC) - timedelta(hours=72, minutes=1)
    unchanged = await carrier.update(was_sent(parcel, {"response_code": "RC"}, old), "已处理")
    assert (unchanged.outcome, unchanged.reason) == (
        Outcome.REFUSED,
        "the card is too old to be changed",
    )


async def test_who_is_outside_the_applications_scope_is_named(carrier: Carrier) -> None:
    result = await carrier.send(a_card("nobody"))
    assert (result.outcome, result.blame, result.code) == (Outcome.REFUSED, "recipient", "81013")


async def test_who_has_no_licence_is_named(carrier: Carrier, corporation: WeCom) -> None:
    corporation.unlicensed.add("lukun")
    result = await carrier.send(a_card("lukun"))
    assert (result.outcome, result.code) == (Outcome.REFUSED, "unlicenseduser")


@pytest.mark.parametrize("to", ["@all", "lukun|qinming", "|"])
async def test_an_address_that_means_several_people_is_refused(
    carrier: Carrier, corporation: WeCom, to: str
) -> None:
    corporation.members |= {"@all", "qinming"}
    assert (await carrier.send(a_card(to))).outcome is Outcome.REFUSED
    assert corporation.cards == []


async def test_a_message_sent_twice_is_shown_once(carrier: Carrier, corporation: WeCom) -> None:
    corporation.troubles.next.append(Trouble.TAKE_AND_HANG_UP)
    parcel = a_card("lukun")
    assert (await carrier.send(parcel)).outcome is Outcome.UNKNOWN
    assert (await carrier.send(parcel)).outcome is Outcome.ACCEPTED
    assert len(corporation.cards) == 1


async def test_one_token_serves_many_messages(carrier: Carrier, corporation: WeCom) -> None:
    for _ in range(3):
        await carrier.send(a_card("lukun"))
    assert (len(corporation.cards), corporation.tokens_issued) == (3, 1)


async def test_a_refused_token_is_renewed_in_the_same_attempt(
    carrier: Carrier, corporation: WeCom
) -> None:
    await carrier.send(a_card("lukun"))
    corporation.expire_token()
    assert (await carrier.send(a_card("lukun"))).outcome is Outcome.ACCEPTED
    assert corporation.tokens_issued == 2


async def test_a_token_that_stays_refused_is_an_operators_matter(
    carrier: Carrier, corporation: WeCom
) -> None:
    await carrier.send(a_card("lukun"))
    corporation.errors.append(40001)
    result = await carrier.send(a_card("lukun"))
    assert (result.outcome, result.at_once) == (Outcome.TROUBLE, True)


async def test_a_wrong_secret_is_an_operators_matter(
    opened: Opened, corporation: WeCom, url: str
) -> None:
    async with opened(wecom=wecom_settings(corporation, url, secret="wrong")) as office:
        result = await carrier_of(office).send(a_card("lukun"))
        assert (result.outcome, result.at_once, result.code) == (Outcome.TROUBLE, True, "40001")
        assert "secret is wrong" in result.reason


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.BAD_GATEWAY, Trouble.HANG_UP])
async def test_a_broken_answer_leads_to_the_same_message_again(
    carrier: Carrier, corporation: WeCom, trouble: Trouble
) -> None:
    corporation.troubles.next.append(trouble)
    parcel = a_card("lukun")
    assert (await carrier.send(parcel)).outcome in {Outcome.UNKNOWN, Outcome.TROUBLE}
    assert (await carrier.send(parcel)).outcome is Outcome.ACCEPTED
    assert len(corporation.cards) == 1


def signed(*parts: str) -> dict[str, str]:
    stamp, nonce = str(int(datetime.now(UTC).timestamp())), "n1"
    proof = sha1("".join(sorted((TOKEN, stamp, nonce, *parts))).encode()).hexdigest()
    return {"timestamp": stamp, "nonce": nonce, "msg_signature": proof}


async def test_wecom_is_shown_that_the_address_is_ours(
    opened: Opened, corporation: WeCom, url: str
) -> None:
    more = {"callback_token": TOKEN, "aes_key": AES_KEY}
    async with (
        opened(wecom=wecom_settings(corporation, url, **more)) as office,
        office.trial.client() as client,
    ):
        crypto = WeChatCrypto(TOKEN, AES_KEY, corporation.corp_id)
        closed = crypto.encrypt_message("1616140317555161061", "n1")
        echo = closed.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
        answer = await client.get("/callbacks/wecom", params={**signed(echo), "echostr": echo})
        assert (answer.status_code, answer.text) == (200, "1616140317555161061")
        answer = await client.get("/callbacks/wecom", params={**signed(), "echostr": echo})
        assert answer.status_code == 422
        answer = await client.post("/callbacks/wecom", params=signed(echo), content=closed)
        assert (answer.status_code, answer.content) == (200, b"")
        answer = await client.post("/callbacks/wecom", params=signed(), content=closed)
        assert answer.status_code == 422


async def test_without_a_key_wecom_cannot_call(office: PostOffice) -> None:
    async with office.trial.client() as client:
        answer = await client.get("/callbacks/wecom", params={**signed(), "echostr": ""})
        assert answer.status_code == 404
