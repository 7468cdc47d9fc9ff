"""SMS by Alibaba Cloud, against a stand-in that its own SDK accepts."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from notify_svc.channels import Callback, Equipment, Fate
from notify_svc.channels.http import Web
from notify_svc.channels.sms.aliyun import Aliyun as Carrier
from notify_svc.channels.sms.aliyun import AliyunSettings
from notify_svc.domain import Kind
from notify_svc.errors import BadCallback
from notify_svc.outcomes import Outcome
from notify_svc.provider_templates import ProviderTemplate
from pydantic import ValidationError

from tests.service.notify_svc.accounts import RECEIPT_KEY, aliyun_settings, equipment
from tests.service.notify_svc.cards import an_sms, attempted
from tests.standins import Trouble, serving
from tests.standins.aliyun import Aliyun, receipt

TEXT = "您有一条用印审批待办事项。"


@pytest.fixture
def cloud() -> Aliyun:
    return Aliyun()


@pytest.fixture
async def url(cloud: Aliyun) -> AsyncIterator[str]:
    async with serving(cloud.application()) as url:
        yield url


def settings(cloud: Aliyun, url: str, **more: Any) -> AliyunSettings:
    return AliyunSettings(**aliyun_settings(cloud, url, **more))


def with_template(text: str = TEXT, state: str = "approved") -> Equipment:
    template = ProviderTemplate(id="SMS_100", state=cast("Any", state), text=text)
    return equipment(urged=template)


@pytest.fixture
def carrier(cloud: Aliyun, url: str, web: Web) -> Carrier:
    return Carrier(settings(cloud, url), with_template(), web)


async def test_an_sms_goes_out_without_variables(carrier: Carrier, cloud: Aliyun) -> None:
    parcel = an_sms()
    result = await carrier.send(parcel)
    (sms,) = cloud.sent
    assert (result.outcome, result.message_id) == (Outcome.ACCEPTED, sms.biz_id)
    assert (sms.phone, sms.sign, sms.template) == ("19900000102", "澄岚大学", "SMS_100")
    assert (sms.parameters, sms.out_id) == (None, parcel.delivery_id.hex)


async def test_variables_are_what_stands_in_the_text_where_the_approved_one_has_them(
    cloud: Aliyun, url: str, web: Web
) -> None:
    carrier = Carrier(settings(cloud, url), with_template("编号${no}的申请已被${who}退回。"), web)
    await carrier.send(an_sms(text="编号YY20260001的申请已被王某退回。"))
    assert json.loads(cloud.sent[0].parameters or "") == {"no": "YY20260001", "who": "王某"}


async def test_what_is_shown_before_is_what_is_sent(carrier: Carrier) -> None:
    wire = carrier.render(an_sms())
    assert b"TemplateCode=SMS_100" in wire.body
    assert wire.remarks == ["19 字（含签名），计 1 条"]


@pytest.mark.parametrize("to", ["010-62751234", "", "abc"])
async def test_what_is_no_mobile_number_is_not_sent(
    carrier: Carrier, cloud: Aliyun, to: str
) -> None:
    result = await carrier.send(an_sms(to))
    assert (result.outcome, result.blame, cloud.sent) == (Outcome.REFUSED, "recipient", [])


@pytest.mark.parametrize(
    ("approved", "state"), [("另一段文字。", "approved"), (TEXT, "applied"), (TEXT, "paused")]
)
async def test_what_is_not_approved_is_not_sent(
    cloud: Aliyun, url: str, web: Web, approved: str, state: str
) -> None:
    carrier = Carrier(settings(cloud, url), with_template(approved, state), web)
    result = await carrier.send(an_sms())
    assert (result.outcome, result.blame, cloud.sent) == (Outcome.REFUSED, "settings", [])
    assert carrier.problems(Kind.URGED, an_sms().message)


@pytest.mark.parametrize(
    ("approved", "text", "problem"),
    [
        ("【催办】请办理。", "【催办】请办理。", "【】"),
        ("见 https://a.example", "见 https://a.example", "link"),
        ("长" * 500, "长" * 500, "506 characters"),
        ("申请${title}已退回。", f"申请{'长' * 36}已退回。", "variable title may hold 35"),
        (TEXT, "别的", "not the one"),
    ],
)
def test_problems_are_found_before_anything_is_sent(
    cloud: Aliyun, approved: str, text: str, problem: str
) -> None:
    carrier = Carrier(settings(cloud, "http://nowhere.invalid"), with_template(approved), Web())
    found = carrier.problems(Kind.URGED, an_sms(text=text).message)
    assert any(problem in one for one in found)


def test_a_text_that_fits_has_no_problem(cloud: Aliyun) -> None:
    carrier = Carrier(settings(cloud, "http://nowhere.invalid"), with_template(), Web())
    assert carrier.problems(Kind.URGED, an_sms().message) == []
    assert carrier.problems(Kind.RETURNED, an_sms().message)  # has no template


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", Outcome.WAIT),
        ("isv.DAY_LIMIT_CONTROL", Outcome.QUOTA),
        ("isv.MOBILE_NUMBER_ILLEGAL", Outcome.REFUSED),
        ("isv.AMOUNT_NOT_ENOUGH", Outcome.TROUBLE),
    ],
)
async def test_a_refusal_is_told_with_its_code(
    carrier: Carrier, cloud: Aliyun, code: str, outcome: Outcome
) -> None:
    cloud.refusals.append(code)
    result = await carrier.send(an_sms())
    assert (result.outcome, result.code, cloud.sent) == (outcome, code, [])
    assert "19900000102" not in result.reason


async def test_a_wrong_secret_is_an_operators_matter(cloud: Aliyun, url: str, web: Web) -> None:
    wrong = Carrier(settings(cloud, url, secret="wrong"), with_template(), web)
    result = await wrong.send(an_sms())
    assert (result.outcome, result.at_once, result.code) == (
        Outcome.TROUBLE,
        True,
        "SignatureDoesNotMatch",
    )


async def test_a_clock_that_is_wrong_is_an_operators_matter(
    carrier: Carrier, cloud: Aliyun
) -> None:
    cloud.ahead = timedelta(minutes=16)
    result = await carrier.send(an_sms())
    assert (result.outcome, result.at_once) == (Outcome.TROUBLE, True)
    assert "our clock is wrong" in result.reason


async def test_a_slow_yes_is_found_afterwards_by_our_own_id(
    carrier: Carrier, cloud: Aliyun
) -> None:
    cloud.troubles.next.append(Trouble.TAKE_AND_HANG)
    parcel, other = an_sms(), an_sms()
    assert (await carrier.send(parcel)).outcome is Outcome.UNKNOWN
    cloud.troubles.released.set()
    cloud.sent[0].status = 1
    assert (await carrier.reconcile(attempted(parcel))).outcome is Outcome.ACCEPTED
    cloud.sent[0].status = 3
    assert (await carrier.reconcile(attempted(parcel))).outcome is Outcome.DELIVERED
    cloud.sent[0].status, cloud.sent[0].error = 2, "UNDELIV"
    refused = await carrier.reconcile(attempted(parcel))
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "UNDELIV")
    # Another message to the same person on the same day is not taken for it.
    assert (await carrier.reconcile(attempted(other))).outcome is Outcome.NOT_SENT


async def test_what_was_sent_is_found_on_the_second_page_and_on_its_own_day(
    carrier: Carrier, cloud: Aliyun
) -> None:
    parcel = an_sms()
    await carrier.send(parcel)
    ours = cloud.sent.pop()
    cloud.sent = [replace(ours, out_id=str(number)) for number in range(60)] + [ours]
    assert (await carrier.reconcile(attempted(parcel))).outcome is Outcome.DELIVERED
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert (await carrier.reconcile(attempted(parcel, at=yesterday))).outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.BAD_GATEWAY, Trouble.HANG_UP])
async def test_a_question_that_is_not_answered_leaves_it_open(
    carrier: Carrier, cloud: Aliyun, trouble: Trouble
) -> None:
    cloud.troubles.next.append(trouble)
    assert (await carrier.reconcile(attempted(an_sms()))).outcome is Outcome.TROUBLE


async def test_a_page_instead_of_an_answer_may_have_been_a_yes(
    carrier: Carrier, cloud: Aliyun
) -> None:
    cloud.troubles.next.append(Trouble.HTML)
    assert (await carrier.send(an_sms())).outcome is Outcome.UNKNOWN


def pushed(body: bytes, key: str | None = RECEIPT_KEY) -> Callback:
    query = {} if key is None else {"key": key}
    return Callback("POST", query, {}, body, datetime.now(UTC))


async def test_receipts_are_pushed(carrier: Carrier, cloud: Aliyun) -> None:
    parcel = an_sms()
    await carrier.send(parcel)
    heard = await carrier.parse_callback(pushed(receipt(cloud.sent[0])))
    (one,) = heard.receipts
    assert (one.fate, one.message_id, one.delivery_id) == (
        Fate.REACHED,
        cloud.sent[0].biz_id,
        parcel.delivery_id,
    )
    assert json.loads(heard.answer.body)["code"] == 0
    again = await carrier.parse_callback(pushed(receipt(cloud.sent[0])))
    assert again.receipts[0].key == one.key

    body = receipt(cloud.sent[0], success=False, code="UNDELIV")
    (failed,) = (await carrier.parse_callback(pushed(body))).receipts
    assert (failed.fate, failed.code) == (Fate.NOT_REACHED, "UNDELIV")
    assert failed.key != one.key


@pytest.mark.parametrize("key", [None, "", "wrong", RECEIPT_KEY + "x"])
async def test_receipts_by_anyone_else_are_refused(
    carrier: Carrier, cloud: Aliyun, key: str | None
) -> None:
    await carrier.send(an_sms())
    with pytest.raises(BadCallback):
        await carrier.parse_callback(pushed(receipt(cloud.sent[0]), key))


async def test_without_a_key_nobody_brings_receipts(cloud: Aliyun, url: str, web: Web) -> None:
    carrier = Carrier(settings(cloud, url, receipt_key=None), with_template(), web)
    for key in (None, "", "None"):
        with pytest.raises(BadCallback):
            await carrier.parse_callback(pushed(b"[]", key))


@pytest.mark.parametrize("body", [b"", b"{}x", b"[1]", b'[{"biz_id":1}]', b"null", b'{"a":1}'])
async def test_what_is_no_receipt_is_refused(carrier: Carrier, body: bytes) -> None:
    with pytest.raises(BadCallback):
        await carrier.parse_callback(pushed(body))


async def test_receipts_are_pulled_for_what_has_none(carrier: Carrier, cloud: Aliyun) -> None:
    parcels = [an_sms() for _ in range(3)]
    ids = [(await carrier.send(parcel)).message_id for parcel in parcels]
    cloud.sent[0].status, cloud.sent[1].status, cloud.sent[2].status = 3, 2, 1
    found = await carrier.pull_receipts(
        [attempted(parcel, id_) for parcel, id_ in zip(parcels, ids, strict=True)]
    )
    assert [(one.message_id, one.fate) for one in found] == [
        (ids[0], Fate.REACHED),
        (ids[1], Fate.NOT_REACHED),
    ]


@pytest.mark.parametrize(
    "wrong", [{"receipt_key": "short"}, {"key_id": ""}, {"seconds": 0.5}, {"more": "?"}]
)
def test_settings_that_cannot_be_right(cloud: Aliyun, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(cloud, "https://x.example", **wrong)
