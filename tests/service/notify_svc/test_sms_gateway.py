"""SMS by gateways that a file describes: the files in deploy/sms/."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from notify_svc.channels import Callback, Fate
from notify_svc.channels.http import Web
from notify_svc.channels.sms.gateway import SmsGateway
from notify_svc.channels.sms.gateway_description import Description, GatewaySettings
from notify_svc.domain import Kind
from notify_svc.errors import BadCallback
from notify_svc.outcomes import Outcome
from notify_svc.provider_templates import ProviderTemplate

from tests.service.notify_svc.accounts import RECEIPT_KEY, SMS_FILES, equipment
from tests.service.notify_svc.cards import an_sms, attempted
from tests.standins import Trouble, serving
from tests.standins.campus import Campus, YunMas


@pytest.fixture
def campus() -> Campus:
    return Campus()


@pytest.fixture
async def url(campus: Campus) -> AsyncIterator[str]:
    async with serving(campus.application()) as url:
        yield url


def opened(
    web: Web, file: Path, url: str, secrets: dict[str, str], **templates: ProviderTemplate
) -> SmsGateway:
    settings = GatewaySettings(
        file=file,
        secrets=cast("Any", secrets),
        url=url,
        receipt_key=cast("Any", RECEIPT_KEY),
        seconds=1,
    )
    return SmsGateway(settings, settings.description(), equipment(**templates), web)


@pytest.fixture
def carrier(web: Web, campus: Campus, url: str) -> SmsGateway:
    return opened(web, SMS_FILES / "campus.toml", url, {"token": campus.token, "key": campus.key})


async def test_a_campus_platform_as_its_file_describes_it(
    carrier: SmsGateway, campus: Campus
) -> None:
    parcel = an_sms(text='含"引号"与\\，换行\n和{{ secret.key }}')
    result = await carrier.send(parcel)
    assert (result.outcome, result.message_id) == (Outcome.ACCEPTED, "M0")
    (sms,) = campus.sent
    assert sms["content"] == parcel.message.text  # a text stays one, whatever it says
    assert (sms["mobile"], sms["requestId"]) == ("19900000102", parcel.delivery_id.hex)


async def test_the_line_of_a_carrier_as_its_file_describes_it(web: Web) -> None:
    line = YunMas()
    secrets = {
        "ec_name": line.ec_name,
        "ap_id": line.ap_id,
        "secret_key": line.secret_key,
        "sign": line.sign,
        "add_serial": "",
    }
    async with serving(line.application()) as url:
        carrier = opened(web, SMS_FILES / "yunmas.toml", url, secrets)
        result = await carrier.send(an_sms())
        assert (result.outcome, result.message_id) == (Outcome.ACCEPTED, "G0")
        assert line.sent[0]["content"] == an_sms().message.text
        line.answers += ["InvalidMessage", "SomethingNew"]
        refused = await carrier.send(an_sms())
        assert (refused.outcome, refused.blame) == (Outcome.REFUSED, "content")
        unheard_of = await carrier.send(an_sms())
        assert (unheard_of.outcome, unheard_of.at_once) == (Outcome.TROUBLE, True)
        wrong = opened(web, SMS_FILES / "yunmas.toml", url, {**secrets, "secret_key": "wrong"})
        result = await wrong.send(an_sms())
        assert (result.outcome, result.code) == (Outcome.TROUBLE, "IllegalMac")
        heard = await carrier.parse_callback(
            pushed(b'{"msgGroup":"G0","errorCode":"DELIVRD","mobile":"19900000102"}')
        )
        assert [(one.message_id, one.fate) for one in heard.receipts] == [("G0", Fate.REACHED)]


@pytest.mark.parametrize("file", sorted(SMS_FILES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_example_can_be_read(file: Path) -> None:
    secrets = dict.fromkeys(("ec_name", "ap_id", "secret_key", "sign", "add_serial"), "x")
    secrets |= {"token": "x", "key": "x"}
    settings = GatewaySettings(file=file, secrets=cast("Any", secrets))
    assert settings.description().signature
    with pytest.raises(ValueError, match="secrets are missing"):
        GatewaySettings(file=file).description()


@pytest.mark.parametrize(
    ("wrong", "code"), [({"token": "wrong"}, "401"), ({"key": "wrong"}, "403")]
)
async def test_a_wrong_secret_is_an_operators_matter(
    web: Web, campus: Campus, url: str, wrong: dict[str, str], code: str
) -> None:
    secrets = {"token": campus.token, "key": campus.key, **wrong}
    result = await opened(web, SMS_FILES / "campus.toml", url, secrets).send(an_sms())
    assert (result.outcome, result.at_once, result.code) == (
        Outcome.TROUBLE,
        True,
        f"HTTP {code}",
    )


@pytest.mark.parametrize(
    ("status", "answer", "meaning"),
    [
        (200, {"code": 1001}, (Outcome.REFUSED, "recipient")),
        (200, {"code": "1001"}, (Outcome.REFUSED, "recipient")),
        (400, {"code": 1002}, (Outcome.REFUSED, "content")),
        (200, {"code": 1003}, (Outcome.REFUSED, None)),
        (200, {"code": 1004}, (Outcome.QUOTA, None)),
        (200, {"code": 1005}, (Outcome.TROUBLE, None)),
        (200, {"code": 7777}, (Outcome.TROUBLE, None)),
        (200, {}, (Outcome.TROUBLE, None)),
        (400, {"code": 0}, (Outcome.REFUSED, "content")),
        (422, {}, (Outcome.REFUSED, "content")),
        (429, {}, (Outcome.QUOTA, None)),
        (500, {}, (Outcome.TROUBLE, None)),
        (504, {}, (Outcome.UNKNOWN, None)),
        (200, [], (Outcome.TROUBLE, None)),
    ],
)
async def test_what_the_gateway_says_means_what_the_file_says(
    carrier: SmsGateway,
    campus: Campus,
    status: int,
    answer: Any,
    meaning: tuple[Outcome, str | None],
) -> None:
    campus.answers.append((status, answer))
    result = await carrier.send(an_sms())
    assert ((result.outcome, result.blame), campus.sent) == (meaning, [])


async def test_a_slow_yes_is_found_afterwards(carrier: SmsGateway, campus: Campus) -> None:
    assert carrier.capabilities.can_be_asked
    campus.troubles.next.append(Trouble.TAKE_AND_HANG)
    parcel = an_sms()
    assert (await carrier.send(parcel)).outcome is Outcome.UNKNOWN
    campus.troubles.released.set()
    found = await carrier.reconcile(attempted(parcel))
    assert (found.outcome, found.message_id) == (Outcome.ACCEPTED, "M0")
    campus.sent[0]["status"] = "DELIVERED"
    assert (await carrier.reconcile(attempted(parcel))).outcome is Outcome.DELIVERED
    campus.sent[0]["status"] = "EMPTY_NUMBER"
    refused = await carrier.reconcile(attempted(parcel))
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "EMPTY_NUMBER")
    assert (await carrier.reconcile(attempted(an_sms()))).outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("trouble", [Trouble.HTML, Trouble.BAD_GATEWAY, Trouble.HANG_UP])
async def test_a_question_that_is_not_answered_leaves_it_open(
    carrier: SmsGateway, campus: Campus, trouble: Trouble
) -> None:
    campus.troubles.next.append(trouble)
    assert (await carrier.reconcile(attempted(an_sms()))).outcome is Outcome.TROUBLE


async def test_receipts_are_pulled_for_what_has_none(carrier: SmsGateway, campus: Campus) -> None:
    parcels = [an_sms() for _ in range(3)]
    ids = [(await carrier.send(parcel)).message_id for parcel in parcels]
    campus.sent[0]["status"], campus.sent[1]["status"] = "DELIVERED", "EXPIRED"
    found = await carrier.pull_receipts(
        [attempted(parcel, id_) for parcel, id_ in zip(parcels, ids, strict=True)]
    )
    assert [(one.message_id, one.fate) for one in found] == [
        ("M0", Fate.REACHED),
        ("M1", Fate.NOT_REACHED),
    ]


def pushed(body: bytes, headers: dict[str, str] | None = None, key: str = RECEIPT_KEY) -> Callback:
    return Callback("POST", {"key": key}, headers or {}, body, datetime.now(UTC))


async def test_reports_are_pushed_and_proved(carrier: SmsGateway, campus: Campus) -> None:
    parcel = an_sms()
    await carrier.send(parcel)
    body, headers = campus.report(campus.sent[0], "DELIVERED")
    heard = await carrier.parse_callback(pushed(body, headers))
    (one,) = heard.receipts
    assert (one.fate, one.delivery_id, one.message_id) == (Fate.REACHED, parcel.delivery_id, "M0")
    assert (heard.answer.body, heard.answer.media_type) == (b'{"code":0}', "application/json")
    on_its_way = await carrier.parse_callback(pushed(*campus.report(campus.sent[0], "SENDING")))
    assert on_its_way.receipts == []
    empty = await carrier.parse_callback(pushed(*campus.report(campus.sent[0], "EMPTY_NUMBER")))
    assert empty.receipts[0].unreachable

    for refused in (
        pushed(body, {"x-signature": "0" * 64}),
        pushed(body),
        pushed(body + b" ", headers),
        pushed(body, headers, key="wrong"),
        pushed(b"no json", headers),
    ):
        with pytest.raises(BadCallback):
            await carrier.parse_callback(refused)


async def test_a_preview_shows_the_message_and_no_secret(
    carrier: SmsGateway, campus: Campus
) -> None:
    wire = carrier.render(an_sms())
    assert an_sms().message.text in wire.body.decode()
    assert campus.token not in wire.body.decode()
    assert wire.remarks == ["19 字（含签名），计 1 条"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [("【催办】请办理。", "【】"), ("www.a.example", "link"), ("长" * 500, "506")],
)
def test_problems_are_found_before_anything_is_sent(
    carrier: SmsGateway, text: str, problem: str
) -> None:
    (found,) = carrier.problems(Kind.URGED, an_sms(text=text).message)
    assert problem in found


def test_the_description_says_what_it_can(carrier: SmsGateway) -> None:
    description: Description = carrier.description
    assert carrier.provider == description.name == "campus-sms"
    assert carrier.capabilities.receipts
    assert carrier.capabilities.recognises is not None
