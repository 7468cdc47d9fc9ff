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
    Equipment,
    Parcel,
    Receipt,
    Sent,
    Wire,
)
from notify_svc.channels.http import NoAnswer, NotSent, NotUnderstood, Web
from notify_svc.channels.sms import acs3, texts
from notify_svc.channels.sms.aliyun_codes import UNREACHABLE, verdict
from notify_svc.channels.sms.cloud import CloudSms, receipt, undelivered
from notify_svc.channels.sms.numbers import NotMobile, e164, national
from notify_svc.channels.verdict import (
    not_understood,
    of_status,
    recipient,
    unanswered_question,
    with_code,
    without_answer,
)
from notify_svc.outcomes import Outcome, Result

CHINA = timezone(timedelta(hours=8))  # of its days
PAGE = 50
NOBODY = "13800000000"


class AliyunSettings(BaseModel):
    """`NOTIFY_ALIYUN__…`. `receipt_key`: what the address for receipts must carry as `?key=`,
    because they are not signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key_id: str = Field(min_length=1)
    secret: SecretStr
    sign_name: str = Field(min_length=2)
    variable_limit: int = 35
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


class Aliyun(CloudSms[AliyunSettings]):
    provider = "aliyun"
    heard = Answer('{"code":0,"msg":"接收成功"}'.encode(), "application/json")

    def render(self, parcel: Parcel) -> Wire:
        body = acs3.canonical_query(self.request(parcel))
        remarks = texts.remarks(parcel, self.settings.sign_name)
        return Wire("application/x-www-form-urlencoded", body.encode(), remarks)

    async def send_request(self, request: dict[str, Any]) -> Result:
        result, members = await self._call("SendSms", request)
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
                return undelivered(code, unreachable=code in UNREACHABLE)
        return Result(Outcome.ACCEPTED, code=code)

    async def check(self) -> Sequence[str]:
        """Key, rights and clocks, by a question about nobody's number."""
        result, _found = await self._details(NOBODY, datetime.now(UTC))
        return [result.reason] if result.reason else []

    def request(self, parcel: Parcel) -> dict[str, Any]:
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

    def receipts(self, body: bytes) -> Iterator[Receipt]:
        for report in json.loads(body):
            code = str(report.get("err_code") or "")[:40]
            yield receipt(
                str(report["biz_id"]),
                reached=bool(report["success"]),
                code=code,
                unreachable=code in UNREACHABLE,
                delivery_id=_ours(report.get("out_id")),
            )

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


def _ours(out_id: object) -> UUID | None:
    try:
        return UUID(hex=str(out_id))
    except ValueError:
        return None
