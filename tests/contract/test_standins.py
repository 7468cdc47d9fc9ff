"""The stand-ins are believed because clients that others wrote get along with them.

Each vendor's own SDK, or for WeChat and WeCom an independent one, is accepted, reads what it
expects, and is refused with a wrong secret.
"""

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from alibabacloud_dysmsapi20170525.client import Client as DysmsClient
from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest, SendSmsRequest
from alibabacloud_tea_openapi.utils_models import Config
from apprise.plugins.wechat import NotifyWeChat
from darabonba.exceptions import DaraException
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent_models
from tencentcloud.sms.v20210111.sms_client import SmsClient
from wechatpy import WeChatClient, parse_message
from wechatpy.enterprise import WeChatClient as WeComClient
from wechatpy.exceptions import APILimitedException, WeChatClientException
from wechatpy.oauth import WeChatOAuth, WeChatOAuthException

from tests.standins import serving, wechat
from tests.standins.aliyun import Aliyun
from tests.standins.tencent import Tencent
from tests.standins.wechat import WeChat
from tests.standins.wecom import WeCom


@pytest.fixture
async def aliyun() -> AsyncIterator[tuple[Aliyun, str]]:
    standin = Aliyun()
    async with serving(standin.application()) as url:
        yield standin, url


@pytest.fixture
async def tencent() -> AsyncIterator[tuple[Tencent, str]]:
    standin = Tencent()
    async with serving(standin.application()) as url:
        yield standin, url


def aliyuns_own(url: str, standin: Aliyun, *, secret: str | None = None) -> DysmsClient:
    where = urlsplit(url)
    return DysmsClient(
        Config(
            access_key_id=standin.key_id,
            access_key_secret=secret or standin.secret,
            endpoint=where.netloc,
            protocol=where.scheme,
        )
    )


def an_sms() -> SendSmsRequest:
    return SendSmsRequest(
        phone_numbers="13800138000",
        sign_name="澄岚大学",
        template_code="SMS_1",
        template_param=json.dumps({"a": "一 二+~*"}),
        out_id="d1",
    )


async def test_alibaba_clouds_own_sdk_sends_and_asks(aliyun: tuple[Aliyun, str]) -> None:
    standin, url = aliyun
    client = aliyuns_own(url, standin)
    answer = await client.send_sms_async(an_sms())
    assert (answer.body.code, answer.body.biz_id) == ("OK", standin.sent[0].biz_id)
    assert standin.sent[0].parameters == json.dumps({"a": "一 二+~*"})
    (sms,) = standin.sent
    today = QuerySendDetailsRequest(
        phone_number=sms.phone, send_date=standin.today(), page_size=10, current_page=1
    )
    details = (await client.query_send_details_async(today)).body.sms_send_detail_dtos
    assert [(d.out_id, d.send_status) for d in details.sms_send_detail_dto] == [("d1", 3)]


async def test_alibaba_clouds_own_sdk_is_refused_with_a_wrong_secret(
    aliyun: tuple[Aliyun, str],
) -> None:
    standin, url = aliyun
    with pytest.raises(DaraException) as refused:
        await aliyuns_own(url, standin, secret="wrong").send_sms_async(an_sms())
    assert refused.value.code == "SignatureDoesNotMatch"
    assert standin.sent == []


def tencents_own(url: str, standin: Tencent, *, secret: str | None = None) -> SmsClient:
    where = urlsplit(url)
    profile = ClientProfile(
        httpProfile=HttpProfile(protocol=where.scheme, endpoint=where.netloc, reqMethod="POST")
    )
    return SmsClient(Credential(standin.key_id, secret or standin.secret), "ap-beijing", profile)


def tencents_sms(standin: Tencent) -> Any:
    request = tencent_models.SendSmsRequest()
    request.from_json_string(
        json.dumps(
            {
                "PhoneNumberSet": ["+8613800138000"],
                "SmsSdkAppId": standin.app_id,
                "TemplateId": "449739",
                "SignName": "澄岚大学",
                "SessionContext": "d1",
            }
        )
    )
    return request


async def test_tencent_clouds_own_sdk_sends_and_asks(tencent: tuple[Tencent, str]) -> None:
    standin, url = tencent
    client = tencents_own(url, standin)
    answer = await asyncio.to_thread(client.SendSms, tencents_sms(standin))
    (status,) = answer.SendStatusSet
    assert (status.Code, status.SerialNo) == ("Ok", standin.sent[0].serial)
    request = tencent_models.PullSmsSendStatusByPhoneNumberRequest()
    request.PhoneNumber, request.SmsSdkAppId = "+8613800138000", standin.app_id
    request.BeginTime, request.Offset, request.Limit = 1, 0, 10
    pulled = await asyncio.to_thread(client.PullSmsSendStatusByPhoneNumber, request)
    (report,) = pulled.PullSmsSendStatusSet
    assert (report.SerialNo, report.SessionContext, report.ReportStatus) == (
        standin.sent[0].serial,
        "d1",
        "SUCCESS",
    )


async def test_tencent_clouds_own_sdk_is_refused_with_a_wrong_secret(
    tencent: tuple[Tencent, str],
) -> None:
    standin, url = tencent
    client = tencents_own(url, standin, secret="wrong")
    with pytest.raises(TencentCloudSDKException) as refused:
        await asyncio.to_thread(client.SendSms, tencents_sms(standin))
    assert refused.value.code == "AuthFailure.SignatureFailure"
    assert standin.sent == []


class Elsewhere:
    """wechatpy's clients name the vendor's hosts in full; here they are led to the stand-in."""

    def __init__(self, client: Any, url: str) -> None:
        client.API_BASE_URL = url + "/cgi-bin/"
        self._get = client._http.get
        self._url = url
        client._http.get = self.get

    def get(self, url: str, **arguments: Any) -> Any:
        return self._get(self._url + urlsplit(url).path, **arguments)


@pytest.fixture
async def account() -> AsyncIterator[tuple[WeChat, str]]:
    standin = WeChat(followers={"o1"}, templates={"T1": ["thing1", "time2"]})
    async with serving(standin.application()) as url:
        yield standin, url


def wechatpys(url: str, standin: WeChat, *, secret: str | None = None) -> WeChatClient:
    client = WeChatClient(standin.appid, secret or standin.secret)
    Elsewhere(client, url)
    return client


DATA = {"thing1": {"value": "用印审批"}, "time2": {"value": "2020-02-16 11:42:11"}}


async def test_an_independent_wechat_client_sends_and_renews_its_token(
    account: tuple[WeChat, str],
) -> None:
    standin, url = account
    client = wechatpys(url, standin)
    answer = await asyncio.to_thread(client.message.send_template, "o1", "T1", DATA, "https://h/")
    assert answer["msgid"] == standin.sent[0].msgid
    assert standin.sent[0].data["thing1"] == "用印审批"
    standin.expire_token()  # then it gets 40001, and mends it by itself
    await asyncio.to_thread(client.message.send_template, "o1", "T1", DATA)
    assert (len(standin.sent), standin.tokens_issued) == (2, 2)


async def test_an_independent_wechat_client_is_refused_as_by_wechat(
    account: tuple[WeChat, str],
) -> None:
    standin, url = account
    wrong = wechatpys(url, standin, secret="wrong")
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(wrong.message.send_template, "o1", "T1", DATA)
    assert refused.value.errcode == 40125
    client = wechatpys(url, standin)
    with pytest.raises(WeChatClientException) as stranger:
        await asyncio.to_thread(client.message.send_template, "o2", "T1", DATA)
    assert stranger.value.errcode == 43004
    standin.quota = 0
    with pytest.raises(APILimitedException):
        await asyncio.to_thread(client.message.send_template, "o1", "T1", DATA)
    assert standin.sent == []


async def test_an_independent_wechat_client_makes_qr_codes_and_signs_people_in(
    account: tuple[WeChat, str],
) -> None:
    standin, url = account
    client = wechatpys(url, standin)
    made = await asyncio.to_thread(
        client.qrcode.create,
        {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "s1"}}},
    )
    assert standin.scenes == {made["ticket"]: "s1"}
    oauth = WeChatOAuth(standin.appid, standin.secret, "https://hall.example/back", state="st")
    oauth.API_BASE_URL = url + "/"
    code, state = standin.signs_in("o1", oauth.authorize_url)
    answer = await asyncio.to_thread(oauth.fetch_access_token, code)
    assert (answer["openid"], state) == ("o1", "st")
    with pytest.raises(WeChatOAuthException) as used:
        await asyncio.to_thread(oauth.fetch_access_token, code)
    assert used.value.errcode == 40163


def test_an_independent_parser_reads_the_stand_ins_events() -> None:
    followed = parse_message(wechat.event("o1", "subscribe", EventKey="qrscene_s1", Ticket="t"))
    assert (followed.event, followed.scene_id) == ("subscribe_scan", "s1")
    sent = parse_message(wechat.event("o1", "TEMPLATESENDJOBFINISH", MsgID=5, Status="success"))
    assert (sent.event, sent.status) == ("templatesendjobfinish", "success")
    assert ET.fromstring(wechat.event("o1", "unsubscribe")).findtext("Event") == "unsubscribe"


@pytest.fixture
async def corporation() -> AsyncIterator[tuple[WeCom, str]]:
    standin = WeCom(members={"lukun"})
    async with serving(standin.application()) as url:
        yield standin, url


def wecom_client(url: str, standin: WeCom, *, secret: str | None = None) -> WeComClient:
    client = WeComClient(standin.corp_id, secret or standin.secret)
    Elsewhere(client, url)
    return client


async def test_an_independent_wecom_client_sends(corporation: tuple[WeCom, str]) -> None:
    standin, url = corporation
    client = wecom_client(url, standin)
    answer = await asyncio.to_thread(
        client.message.send_text, standin.agent_id, ["lukun", "nobody"], "您有新的任务"
    )
    assert (answer["errcode"], answer["invaliduser"]) == (0, "nobody")
    assert [card.user for card in standin.cards] == ["lukun"]


async def test_an_independent_wecom_client_is_refused_with_a_wrong_secret(
    corporation: tuple[WeCom, str],
) -> None:
    standin, url = corporation
    client = wecom_client(url, standin, secret="wrong")
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(client.message.send_text, standin.agent_id, "lukun", "您好")
    assert refused.value.errcode == 40001
    assert standin.cards == []


def apprises(url: str, standin: WeCom, *, secret: str | None = None) -> NotifyWeChat:
    """Another client than wechatpy's, by others."""
    client = NotifyWeChat(
        corpid=standin.corp_id,
        corpsecret=secret or standin.secret,
        agentid=str(standin.agent_id),
        targets=["lukun"],
        secure=True,
    )
    client.token_url = f"{url}/cgi-bin/gettoken"
    client.notify_url = f"{url}/cgi-bin/message/send"
    client.request_rate_per_sec = 0
    return client


async def test_a_second_independent_wecom_client_sends(corporation: tuple[WeCom, str]) -> None:
    standin, url = corporation
    assert await asyncio.to_thread(apprises(url, standin).send, "您有新的任务")
    (card,) = standin.cards
    assert (card.user, card.body["agentid"]) == ("lukun", standin.agent_id)


async def test_a_second_independent_wecom_client_is_refused_with_a_wrong_secret(
    corporation: tuple[WeCom, str],
) -> None:
    standin, url = corporation
    assert not await asyncio.to_thread(apprises(url, standin, secret="wrong").send, "您好")
    assert standin.cards == []


BUTTON = {"type": 1, "text": "去办理", "url": "https://hall.example.edu"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"task_id": None}, 42014),
        ({"task_id": "含中文"}, 42014),
        ({"button_list": []}, 40058),
        ({"button_list": [BUTTON] * 7}, 40058),
        ({"button_list": [{**BUTTON, "url": ""}]}, 40058),
        ({"button_list": [{"type": 0, "text": "同意"}]}, 40058),
        ({"button_list": [{"type": 0, "text": "同意", "key": "k"}]}, 0),
    ],
)
async def test_the_stand_in_for_wecom_refuses_cards_as_the_documentation_does(
    corporation: tuple[WeCom, str], changes: dict[str, Any], code: int
) -> None:
    standin, url = corporation
    card = {
        "card_type": "button_interaction",
        "main_title": {"title": "事务进度提醒"},
        "task_id": "t-1",
        "button_list": [BUTTON],
    }
    changed = {name: value for name, value in {**card, **changes}.items() if value is not None}
    message = {"touser": "lukun", "agentid": standin.agent_id, "msgtype": "template_card"}
    client = wecom_client(url, standin)
    sent = partial(client.post, "message/send", data={**message, "template_card": changed})
    if code == 0:
        assert (await asyncio.to_thread(sent))["response_code"]
        return
    with pytest.raises(WeChatClientException) as refused:
        await asyncio.to_thread(sent)
    assert refused.value.errcode == code
