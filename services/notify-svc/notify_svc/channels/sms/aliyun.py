"""SMS by Alibaba Cloud (阿里云短信, Dysmsapi 2017-05-25).

SendSms is not idempotent: what may have gone out is asked for by telephone number and day, and
found by our own id (OutId). Source: help.aliyun.com/document_detail/55284.html, 419277, 101867.
"""

import json
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from notify_svc.channels import (
    Answer,
    Callback,
    Carrier,
    Equipment,
    Fate,
    Heard,
    Parcel,
    Receipt,
    Sent,
    Wire,
)
from notify_svc.channels.http import NoAnswer, NotSent, NotUnderstood, Web
from notify_svc.channels.sms import acs3, texts
from notify_svc.channels.sms.aliyun_codes import verdict
from notify_svc.channels.sms.numbers import NotMobile, e164, national
from notify_svc.channels.sms.pulling import pulled
from notify_svc.channels.sms.receipt_key import check_receipt_key
from notify_svc.channels.verdict import (
    not_understood,
    of_status,
    recipient,
    template,
    unanswered_question,
    with_code,
    without_answer,
)
from notify_svc.domain import Kind, Message
from notify_svc.errors import BadCallback
from notify_svc.outcomes import Capabilities, Outcome, Result
from shared.contracts.notify import Channel

CHINA = timezone(timedelta(hours=8))  # of its days
VARIABLE_LIMIT = 35
PAGE = 50
NOBODY = "13800000000"
HEARD = Answer('{"code":0,"msg":"接收成功"}'.encode(), "application/json")


class AliyunSettings(BaseModel):
    """`NOTIFY_ALIYUN__…`. `receipt_key`: what the address for receipts must carry as `?key=`,
    because they are not signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: str = Field(min_length=1)
    secret: SecretStr
    sign_name: str = Field(min_length=2)
    receipt_key: SecretStr | None = Field(default=None, min_length=24)
    url: str = "https://dysmsapi.aliyuncs.com"
    seconds: float = Field(default=10, ge=1)


@asynccontextmanager
async def opened(settings: AliyunSettings, equipment: Equipment) -> AsyncIterator["Aliyun"]:
    web = Web()
    try:
        yield Aliyun(settings, equipment, web)
    finally:
        await web.close()


class Aliyun(Carrier):
    channel = Channel.SMS
    provider = "aliyun"
    capabilities = Capabilities(can_be_asked=True, receipts=True)

    def __init__(self, settings: AliyunSettings, equipment: Equipment, web: Web) -> None:
        self.settings = settings
        self._templates = equipment.templates
        self._web = web

    def problems(self, kind: Kind, message: Message) -> Sequence[str]:
        template_ = self._templates.get(kind)
        return [
            *texts.problems(message.text, self.settings.sign_name),
            *texts.template_problems(template_, kind, message, variable_limit=VARIABLE_LIMIT),
        ]

    def render(self, parcel: Parcel) -> Wire:
        body = acs3.canonical_query(self._parameters(parcel))
        remarks = texts.remarks(parcel, self.settings.sign_name)
        return Wire("application/x-www-form-urlencoded", body.encode(), remarks)

    async def send(self, parcel: Parcel) -> Result:
        try:
            parameters = self._parameters(parcel)
        except NotMobile as error:
            return recipient(str(error)).result("")
        except texts.NotApproved as error:
            return template(str(error)).result("")
        result, members = await self._call("SendSms", parameters)
        if result.outcome is not Outcome.ACCEPTED:
            return result
        return Result(Outcome.ACCEPTED, code=result.code, message_id=members.get("BizId"))

    async def reconcile(self, sent: Sent) -> Result:
        try:
            number = national(e164(sent.parcel.to))
        except NotMobile as error:
            return recipient(str(error)).result("")
        result, found = await self._details(number, sent.attempted_at)
        if result.outcome is not Outcome.ACCEPTED:
            return unanswered_question(result)
        ours = next((one for one in found if one.get("OutId") == sent.parcel.delivery_id.hex), None)
        if ours is None:
            return Result(Outcome.NOT_SENT, "the SMS service has never seen it")
        code = str(ours.get("ErrCode") or "")
        match ours.get("SendStatus"):
            case 3:
                return Result(Outcome.DELIVERED, code=code)
            case 2:
                return Result(Outcome.REFUSED, "the carrier could not deliver it", code=code)
        return Result(Outcome.ACCEPTED, code=code)

    async def pull_receipts(self, without: Sequence[Sent]) -> Sequence[Receipt]:
        return await pulled(self._receipt_of, without)

    async def check(self) -> Sequence[str]:
        """Key, rights and clocks, by a question about nobody's number."""
        result, _found = await self._details(NOBODY, datetime.now(UTC))
        return [result.reason] if result.reason else []

    async def parse_callback(self, callback: Callback) -> Heard:
        check_receipt_key(self.settings.receipt_key, callback)
        return Heard(HEARD, receipts=list(_receipts(callback.body)))

    def _parameters(self, parcel: Parcel) -> dict[str, str]:
        """Raises: NotMobile, NotApproved."""
        template_ = texts.approved(self._templates.get(parcel.kind), parcel.kind)
        values = texts.variables(template_, parcel.message.text)
        parameters = {
            "PhoneNumbers": national(e164(parcel.to)),
            "SignName": self.settings.sign_name,
            "TemplateCode": template_.id,
            "OutId": parcel.delivery_id.hex,
        }
        if values:
            parameters["TemplateParam"] = json.dumps(values, ensure_ascii=False)
        return parameters

    async def _receipt_of(self, sent: Sent) -> Sequence[Receipt]:
        told = await self.reconcile(sent)
        if told.outcome is Outcome.ACCEPTED or sent.message_id is None:
            return ()
        if told.outcome not in (Outcome.DELIVERED, Outcome.REFUSED):
            return ()
        reached = told.outcome is Outcome.DELIVERED
        return [_receipt(sent.message_id, sent.parcel.delivery_id, reached=reached, code=told.code)]

    async def _details(
        self, number: str, at: datetime
    ) -> tuple[Result, Sequence[Mapping[str, Any]]]:
        """What was sent to that number on that day, all pages."""
        found: list[Mapping[str, Any]] = []
        page = 1
        while True:
            query = {
                "PhoneNumber": number,
                "SendDate": at.astimezone(CHINA).strftime("%Y%m%d"),
                "PageSize": str(PAGE),
                "CurrentPage": str(page),
            }
            result, members = await self._call("QuerySendDetails", query)
            if result.outcome is not Outcome.ACCEPTED:
                return result, ()
            details = (members.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
            found += details
            if len(details) < PAGE:
                return result, found
            page += 1

    async def _call(self, action: str, query: Mapping[str, str]) -> tuple[Result, dict[str, Any]]:
        headers = {
            "host": urlsplit(self.settings.url).netloc,
            "x-acs-action": action,
            "x-acs-version": "2017-05-25",
            "x-acs-date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": secrets.token_hex(16),
        }
        key = self.settings.secret.get_secret_value()
        signed = acs3.signed_headers(self.settings.key_id, key, query=query, headers=headers)
        try:
            answer = await self._web.ask(
                "POST",
                self.settings.url.rstrip("/") + "/",
                query=query,
                headers=signed,
                seconds=self.settings.seconds,
            )
        except (NotSent, NoAnswer) as error:
            return without_answer(error), {}
        try:
            members = answer.json()
        except NotUnderstood as error:
            return of_status(answer) or not_understood(answer, error), {}
        code = members.get("Code")
        if not isinstance(code, str):
            return not_understood(answer, NotUnderstood("it has no Code")), {}
        return with_code(verdict(code, str(members.get("Message", ""))), answer, code), members


def _receipts(body: bytes) -> Iterator[Receipt]:
    try:
        reports = json.loads(body)
        for report in reports:
            yield _receipt(
                str(report["biz_id"]),
                _ours(report.get("out_id")),
                reached=bool(report["success"]),
                code=str(report.get("err_code") or "")[:40],
            )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadCallback from None


def _receipt(biz_id: str, delivery_id: UUID | None, *, reached: bool, code: str) -> Receipt:
    return Receipt(
        key=f"{biz_id}:{delivery_id}:{reached}"[:200],
        fate=Fate.REACHED if reached else Fate.NOT_REACHED,
        message_id=biz_id,
        delivery_id=delivery_id,
        code=code,
        reason="" if reached else f"the carrier could not deliver it: {code}",
    )


def _ours(out_id: object) -> UUID | None:
    try:
        return UUID(hex=str(out_id))
    except ValueError:
        return None
