"""SMS by Tencent Cloud (腾讯云短信, 2021-01-11).

SendSms is not idempotent: what may have gone out is asked for by telephone number and time, and
found by our own id (SessionContext) or, where the account does not get that back, by the seconds in
which we sent. Source: cloud.tencent.com/document/api/382/55981, product/382/5807.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from notify_svc.channels import (
    Answer,
    Equipment,
    Parcel,
    Receipt,
    Sent,
    Wire,
)
from notify_svc.channels.http import Answer as HttpAnswer
from notify_svc.channels.http import NoAnswer, NotSent, NotUnderstood, Web
from notify_svc.channels.sms import tc3, texts
from notify_svc.channels.sms.cloud import CloudSms, receipt, undelivered
from notify_svc.channels.sms.numbers import NotMobile, e164
from notify_svc.channels.sms.tencent_codes import is_unreachable, verdict
from notify_svc.channels.verdict import (
    TAKEN,
    not_understood,
    of_status,
    recipient,
    unanswered_question,
    with_code,
    without_answer,
)
from notify_svc.outcomes import Outcome, Result

CONTENT_TYPE = "application/json; charset=utf-8"
KEPT = timedelta(days=7) - timedelta(minutes=5)  # how far back it can be asked
PAGE = 100
NOBODY = "+8613800000000"
AROUND = timedelta(seconds=5)  # between its clock and ours


class TencentSettings(BaseModel):
    """`NOTIFY_TENCENT__…`. `variable_limit`: 6 for accounts opened since 2024, older ones 12.
    `receipt_key`: what the address for receipts must carry as `?key=`: they are not signed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret_id: str = Field(min_length=1)
    secret_key: SecretStr
    app_id: str = Field(min_length=1)
    sign_name: str = Field(min_length=2)
    region: str = "ap-beijing"
    variable_limit: int = 6
    receipt_key: SecretStr | None = Field(default=None, min_length=24)
    url: str = "https://sms.tencentcloudapi.com"
    seconds: float = Field(default=10, gt=0)


@asynccontextmanager
async def opened(settings: TencentSettings, equipment: Equipment) -> AsyncIterator["Tencent"]:
    web = Web()
    try:
        yield Tencent(settings, equipment, web)
    finally:
        await web.close()


class Tencent(CloudSms[TencentSettings]):
    provider = "tencent"
    heard = Answer(b'{"result":0,"errmsg":"OK"}', "application/json")

    def render(self, parcel: Parcel) -> Wire:
        body = json.dumps(self.request(parcel), ensure_ascii=False)
        remarks = texts.remarks(parcel, self.settings.sign_name)
        return Wire("application/json", body.encode(), remarks)

    async def send_request(self, request: dict[str, Any]) -> Result:
        result, members, answer = await self._call("SendSms", request)
        if answer is None or result.outcome is not Outcome.ACCEPTED:
            return result
        try:
            (status,) = members["SendStatusSet"]
            code, serial = str(status["Code"]), status.get("SerialNo") or None
        except (KeyError, TypeError, ValueError):
            return not_understood(answer, NotUnderstood("it has no status"))
        result = with_code(verdict(code), answer, code)
        if result.outcome is not Outcome.ACCEPTED:
            return result
        return Result(Outcome.ACCEPTED, code=code, message_id=serial)

    async def reconcile(self, sent: Sent) -> Result:
        try:
            result, reports = await self._reports(sent)
        except NotMobile as error:
            return recipient(str(error)).result("")
        if result.outcome is not Outcome.ACCEPTED:
            return unanswered_question(result)
        report = next((one for one in reports if self._is_about(one, sent)), None)
        if report is None:
            # It lists only what a carrier has answered: so it may be on its way all the same.
            return Result(Outcome.NOT_SENT, "the SMS service has no report of it")
        said = str(report.get("Description") or "")[:40]
        if report.get("ReportStatus") == "SUCCESS":
            return Result(Outcome.DELIVERED, message_id=report.get("SerialNo"))
        return undelivered(said, unreachable=is_unreachable(said))

    async def check(self) -> Sequence[str]:
        """Secret, application and clocks, by a question about nobody's number."""
        result, _found = await self._reported(NOBODY, datetime.now(UTC) - timedelta(minutes=1))
        return [result.reason] if result.reason else []

    def request(self, parcel: Parcel) -> dict[str, Any]:
        template_ = texts.approved(self._templates.get(parcel.kind), parcel.kind)
        values = texts.variables(template_, parcel.message.text)
        return {
            "PhoneNumberSet": [e164(parcel.to)],
            "SmsSdkAppId": self.settings.app_id,
            "SignName": self.settings.sign_name,
            "TemplateId": template_.id,
            "TemplateParamSet": [values[name] for name in sorted(values, key=int)],
            "SessionContext": parcel.delivery_id.hex,
        }

    def receipts(self, body: bytes) -> Iterator[Receipt]:
        for report in json.loads(body):
            code = str(report.get("errmsg") or "")[:40]
            yield receipt(
                str(report["sid"]),
                reached=report["report_status"] == "SUCCESS",
                code=code,
                unreachable=is_unreachable(code, str(report.get("description") or "")),
            )

    async def _reports(self, sent: Sent) -> tuple[Result, Sequence[Mapping[str, Any]]]:
        """Raises: NotMobile."""
        return await self._reported(e164(sent.parcel.to), sent.attempted_at)

    async def _reported(
        self, number: str, at: datetime
    ) -> tuple[Result, Sequence[Mapping[str, Any]]]:
        """What a carrier has reported of messages to that number since then."""
        now = datetime.now(UTC)
        since = max(at - AROUND, now - KEPT)
        request = {
            "PhoneNumber": number,
            "SmsSdkAppId": self.settings.app_id,
            "BeginTime": int(since.timestamp()),
            "EndTime": int((now + AROUND).timestamp()),
            "Offset": 0,
            "Limit": PAGE,
        }
        result, members, _answer = await self._call("PullSmsSendStatusByPhoneNumber", request)
        reports = members.get("PullSmsSendStatusSet") or []
        return result, [report for report in reports if isinstance(report, Mapping)]

    def _is_about(self, report: Mapping[str, Any], sent: Sent) -> bool:
        if sent.message_id is not None:
            return bool(report.get("SerialNo") == sent.message_id)
        session = report.get("SessionContext")
        if session:
            return bool(session == sent.parcel.delivery_id.hex)
        received = report.get("UserReceiveTime")
        if not isinstance(received, int):
            return False
        # Rather one that is not told twice than one that is: within these seconds it is ours.
        within = timedelta(seconds=self.settings.seconds) + AROUND + timedelta(minutes=1)
        since = datetime.fromtimestamp(received, UTC) - sent.attempted_at
        return -AROUND <= since <= within

    async def _call(
        self, action: str, request: Mapping[str, Any]
    ) -> tuple[Result, Mapping[str, Any], HttpAnswer | None]:
        """Returns: the result, the members of `Response`, the answer if there was one."""
        body = json.dumps(request, ensure_ascii=False).encode()
        headers = self._headers(action, body)
        url = self.settings.url.rstrip("/") + "/"
        try:
            answer = await self._web.ask(
                "POST", url, headers=headers, body=body, seconds=self.settings.seconds
            )
        except (NotSent, NoAnswer) as error:
            return without_answer(error), {}, None
        try:
            members = answer.json()["Response"]
            error_code = (members.get("Error") or {}).get("Code")
        except (NotUnderstood, KeyError, AttributeError):
            wrong = NotUnderstood("it has no Response")
            return of_status(answer) or not_understood(answer, wrong), {}, answer
        if error_code is not None:
            return with_code(verdict(error_code), answer, error_code), members, answer
        return TAKEN.result("", answer=answer), members, answer

    def _headers(self, action: str, body: bytes) -> dict[str, str]:
        timestamp = int(datetime.now(UTC).timestamp())
        signed = {"content-type": CONTENT_TYPE, "host": urlsplit(self.settings.url).netloc}
        authorization = tc3.authorization(
            self.settings.secret_id,
            self.settings.secret_key.get_secret_value(),
            service="sms",
            timestamp=timestamp,
            headers=signed,
            body=body,
        )
        return {
            **signed,
            "authorization": authorization,
            "x-tc-action": action,
            "x-tc-version": "2021-01-11",
            "x-tc-region": self.settings.region,
            "x-tc-timestamp": str(timestamp),
        }
