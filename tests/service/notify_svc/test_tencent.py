"""SMS by Tencent Cloud, against a stand-in that its own SDK accepts."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from notify_svc.channels import Callback, Equipment, Fate
from notify_svc.channels.http import Web
from notify_svc.channels.sms.tencent import Tencent as Carrier
from notify_svc.channels.sms.tencent import TencentSettings
from notify_svc.domain import Kind
from notify_svc.errors import BadCallback
from notify_svc.outcomes import Outcome
from notify_svc.provider_templates import ProviderTemplate

from tests.service.notify_svc.accounts import RECEIPT_KEY, equipment, tencent_settings
from tests.service.notify_svc.cards import an_sms, attempted
from tests.standins import Trouble, serving
from tests.standins.tencent import Tencent, receipt

TEXT = "您有一条用印审批待办事项。"


@pytest.fixture
def cloud() -> Tencent:
    return Tencent()


@pytest.fixture
async def url(cloud: Tencent) -> AsyncIterator[str]:
    async with serving(cloud.application()) as url:
        yield url


def settings(cloud: Tencent, url: str, **more: Any) -> TencentSettings:
    return TencentSettings(**tencent_settings(cloud, url, **more))


def with_template(text: str = TEXT, state: str = "approved") -> Equipment:
    template = ProviderTemplate(id="449739", state=cast("Any", state), text=text)
    return equipment(urged=template)


@pytest.fixture
def carrier(cloud: Tencent, url: str, web: Web) -> Carrier:
    return Carrier(settings(cloud, url), with_template(), web)


async def test_an_sms_goes_out_without_variables(carrier: Carrier, cloud: Tencent) -> None:
    parcel = an_sms()
    result = await carrier.send(parcel)
    (sms,) = cloud.sent
    assert (result.outcome, result.message_id) == (Outcome.ACCEPTED, sms.serial)
    assert (sms.phone, sms.sign, sms.template) == ("+8619900000102", "澄岚大学", "449739")
    assert (sms.parameters, sms.session) == ([], parcel.delivery_id.hex)


async def test_variables_go_in_the_order_of_their_numbers(
    cloud: Tencent, url: str, web: Web
) -> None:
    carrier = Carrier(settings(cloud, url), with_template("{2}的申请{1}已被退回。"), web)
    parcel = an_sms(text="王某的申请YY01已被退回。")
    assert carrier.problems(Kind.URGED, parcel.message) == []
    await carrier.send(parcel)
    assert cloud.sent[0].parameters == ["YY01", "王某"]


def test_a_variable_is_shorter_here_than_elsewhere(cloud: Tencent) -> None:
    carrier = Carrier(
        settings(cloud, "http://nowhere.invalid"), with_template("申请{1}已退回。"), Web()
    )
    (problem,) = carrier.problems(Kind.URGED, an_sms(text="申请YY20260已退回。").message)
    assert problem == "variable 1 may hold 6 characters, not 7"


async def test_what_is_shown_before_is_what_is_sent(carrier: Carrier) -> None:
    wire = carrier.render(an_sms())
    assert b'"TemplateId": "449739"' in wire.body
    assert wire.remarks == ["19 字（含签名），计 1 条"]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("LimitExceeded.PhoneNumberThirtySecondLimit", Outcome.WAIT),
        ("LimitExceeded.AppDailyLimit", Outcome.QUOTA),
        ("FailedOperation.PhoneNumberInBlacklist", Outcome.REFUSED),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Outcome.TROUBLE),
        ("InternalError.Timeout", Outcome.UNKNOWN),
    ],
)
@pytest.mark.parametrize("whole", [True, False])
async def test_a_refusal_of_the_number_or_of_the_request_is_told_with_its_code(
    carrier: Carrier, cloud: Tencent, code: str, outcome: Outcome, whole: bool
) -> None:
    (cloud.errors if whole else cloud.refusals).append(code)
    result = await carrier.send(an_sms())
    assert (result.outcome, result.code, cloud.sent) == (outcome, code, [])


async def test_what_is_no_mobile_number_is_not_sent(carrier: Carrier, cloud: Tencent) -> None:
    result = await carrier.send(an_sms("010-62751234"))
    assert (result.outcome, result.blame, cloud.sent) == (Outcome.REFUSED, "recipient", [])


async def test_what_is_not_approved_is_not_sent(cloud: Tencent, url: str, web: Web) -> None:
    carrier = Carrier(settings(cloud, url), with_template(state="refused"), web)
    result = await carrier.send(an_sms())
    assert (result.outcome, result.blame, cloud.sent) == (Outcome.REFUSED, "settings", [])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret_key": "wrong"}, "AuthFailure.SignatureFailure"),
        ({"secret_id": "wrong"}, "AuthFailure.SecretIdNotFound"),
        ({"app_id": "wrong"}, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
    ],
)
async def test_a_wrong_account_is_an_operators_matter(
    cloud: Tencent, url: str, web: Web, wrong: dict[str, str], code: str
) -> None:
    result = await Carrier(settings(cloud, url, **wrong), with_template(), web).send(an_sms())
    assert (result.outcome, result.at_once, result.code) == (Outcome.TROUBLE, True, code)


async def test_a_clock_that_is_wrong_is_an_operators_matter(
    carrier: Carrier, cloud: Tencent
) -> None:
    cloud.ahead = timedelta(minutes=6)
    result = await carrier.send(an_sms())
    assert (result.outcome, result.at_once) == (Outcome.TROUBLE, True)
    assert "our clock is wrong" in result.reason


async def test_a_slow_yes_is_found_afterwards_by_our_own_id(
    carrier: Carrier, cloud: Tencent
) -> None:
    cloud.troubles.next.append(Trouble.TAKE_AND_HANG)
    parcel, other = an_sms(), an_sms()
    assert (await carrier.send(parcel)).outcome is Outcome.UNKNOWN
    cloud.troubles.released.set()
    found = await carrier.reconcile(attempted(parcel))
    assert (found.outcome, found.message_id) == (Outcome.DELIVERED, cloud.sent[0].serial)
    assert (await carrier.reconcile(attempted(other))).outcome is Outcome.NOT_SENT
    cloud.sent[0].status = "FAIL"
    assert (await carrier.reconcile(attempted(parcel))).outcome is Outcome.REFUSED


async def test_where_our_id_does_not_come_back_the_seconds_of_sending_decide(
    carrier: Carrier, cloud: Tencent
) -> None:
    parcel = an_sms()
    await carrier.send(parcel)
    cloud.sent[0].session = ""
    cloud.sent[0].received = int(datetime.now(UTC).timestamp())
    assert (await carrier.reconcile(attempted(parcel))).outcome is Outcome.DELIVERED
    earlier = datetime.now(UTC) - timedelta(hours=1)
    assert (await carrier.reconcile(attempted(parcel, at=earlier))).outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.BAD_GATEWAY, Trouble.HANG_UP])
async def test_a_question_that_is_not_answered_leaves_it_open(
    carrier: Carrier, cloud: Tencent, trouble: Trouble
) -> None:
    cloud.troubles.next.append(trouble)
    assert (await carrier.reconcile(attempted(an_sms()))).outcome is Outcome.TROUBLE


@pytest.mark.parametrize(
    ("trouble", "outcome"),
    [(Trouble.HTML, Outcome.UNKNOWN), (Trouble.BAD_GATEWAY, Outcome.TROUBLE)],
)
async def test_a_page_instead_of_an_answer(
    carrier: Carrier, cloud: Tencent, trouble: Trouble, outcome: Outcome
) -> None:
    cloud.troubles.next.append(trouble)
    assert (await carrier.send(an_sms())).outcome is outcome


def pushed(body: bytes, key: str | None = RECEIPT_KEY) -> Callback:
    query = {} if key is None else {"key": key}
    return Callback("POST", query, {}, body, datetime.now(UTC))


async def test_receipts_are_pushed(carrier: Carrier, cloud: Tencent) -> None:
    await carrier.send(an_sms())
    heard = await carrier.parse_callback(pushed(receipt(cloud.sent[0])))
    (one,) = heard.receipts
    assert (one.fate, one.message_id) == (Fate.REACHED, cloud.sent[0].serial)
    assert heard.answer.body == b'{"result":0,"errmsg":"OK"}'
    body = receipt(cloud.sent[0], success=False, error="UNDELIV")
    (failed,) = (await carrier.parse_callback(pushed(body))).receipts
    assert (failed.fate, failed.code) == (Fate.NOT_REACHED, "UNDELIV")
    assert failed.key != one.key


@pytest.mark.parametrize("key", [None, "", "wrong"])
async def test_receipts_by_anyone_else_are_refused(
    carrier: Carrier, cloud: Tencent, key: str | None
) -> None:
    await carrier.send(an_sms())
    with pytest.raises(BadCallback):
        await carrier.parse_callback(pushed(receipt(cloud.sent[0]), key))


@pytest.mark.parametrize("body", [b"", b"{}x", b"[1]", b'[{"sid":1}]', b"null"])
async def test_what_is_no_receipt_is_refused(carrier: Carrier, body: bytes) -> None:
    with pytest.raises(BadCallback):
        await carrier.parse_callback(pushed(body))


async def test_receipts_are_pulled_for_what_has_none(carrier: Carrier, cloud: Tencent) -> None:
    parcels = [an_sms(), an_sms()]
    ids = [(await carrier.send(parcel)).message_id for parcel in parcels]
    cloud.sent[1].status = "FAIL"
    found = await carrier.pull_receipts(
        [attempted(parcel, id_) for parcel, id_ in zip(parcels, ids, strict=True)]
    )
    assert [(one.message_id, one.fate) for one in found] == [
        (ids[0], Fate.REACHED),
        (ids[1], Fate.NOT_REACHED),
    ]
