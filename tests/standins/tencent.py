"""Tencent Cloud's SMS API (2021-01-11): SendSms, PullSmsSendStatusByPhoneNumber, receipts."""

import hmac
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from aiohttp import web

from tests.standins import Troubles

CREDENTIAL = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/([0-9-]{10})/sms/tc3_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})"
)
WINDOW = timedelta(minutes=5)


@dataclass
class Sms:
    phone: str
    sign: str
    template: str
    parameters: list[str]
    session: str
    serial: str
    status: str = "SUCCESS"
    error: str = "DELIVRD"
    received: int = 0  # seconds since 1970


@dataclass
class Tencent:
    key_id: str = "AKIDstandin"
    secret: str = "stand-in-secret"
    app_id: str = "1400006666"
    ahead: timedelta = timedelta()  # of our clock
    sent: list[Sms] = field(default_factory=list)
    refusals: deque[str] = field(default_factory=deque)  # codes of numbers, one each SendSms
    errors: deque[str] = field(default_factory=deque)  # codes of whole requests
    troubles: Troubles = field(default_factory=Troubles)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        refused = await self._check(request)
        if refused is not None:
            return _error(refused)
        if request.headers.get("x-tc-version") != "2021-01-11":
            return _error("NoSuchVersion")
        body = json.loads(await request.read())
        match request.headers.get("x-tc-action"):
            case "SendSms":
                return self._send(body)
            case "PullSmsSendStatusByPhoneNumber":
                return self._status(body)
        return _error("InvalidAction")

    async def _check(self, request: web.Request) -> str | None:
        found = CREDENTIAL.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return "AuthFailure.InvalidAuthorization"
        key_id, day, names, signature = found.groups()
        if key_id != self.key_id:
            return "AuthFailure.SecretIdNotFound"
        signed = names.split(";")
        if not {"content-type", "host"} <= set(signed):
            return "AuthFailure.SignatureFailure"
        stamp = request.headers.get("x-tc-timestamp", "0")
        at = datetime.fromtimestamp(int(stamp), UTC)
        if abs(at - (datetime.now(UTC) + self.ahead)) > WINDOW:
            return "AuthFailure.SignatureExpire"
        headers = "".join(f"{n}:{request.headers[n].strip().lower()}\n" for n in signed)
        body_hash = sha256(await request.read()).hexdigest()
        canonical = f"POST\n/\n\n{headers}\n{names}\n{body_hash}"
        text = "\n".join(
            (
                "TC3-HMAC-SHA256",
                stamp,
                f"{at:%Y-%m-%d}/sms/tc3_request",
                sha256(canonical.encode()).hexdigest(),
            )
        )
        key = ("TC3" + self.secret).encode()
        for part in (f"{at:%Y-%m-%d}", "sms", "tc3_request", text):
            key = hmac.new(key, part.encode(), sha256).digest()
        genuine = day == f"{at:%Y-%m-%d}" and hmac.compare_digest(key.hex(), signature)
        return None if genuine else "AuthFailure.SignatureFailure"

    def _send(self, body: dict[str, Any]) -> web.Response:
        if self.errors:
            return _error(self.errors.popleft())
        if body["SmsSdkAppId"] != self.app_id:
            return _error("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        statuses = []
        for phone in body["PhoneNumberSet"]:
            code = self.refusals.popleft() if self.refusals else "Ok"
            serial = ""
            if code == "Ok":
                serial = f"5000:10459{len(self.sent):012}"
                sms = Sms(
                    phone=phone,
                    sign=body["SignName"],
                    template=body["TemplateId"],
                    parameters=body.get("TemplateParamSet") or [],
                    session=body.get("SessionContext") or "",
                    serial=serial,
                )
                self.sent.append(sms)
            status = {"SerialNo": serial, "PhoneNumber": phone, "Fee": 1, "Code": code}
            status |= {"SessionContext": body.get("SessionContext") or "", "IsoCode": "CN"}
            statuses.append({**status, "Message": code})
        return _response({"SendStatusSet": statuses})

    def _status(self, body: dict[str, Any]) -> web.Response:
        found = [sms for sms in self.sent if sms.phone == body["PhoneNumber"]]
        offset, limit = body["Offset"], body["Limit"]
        statuses = [
            {
                "UserReceiveTime": sms.received,
                "CountryCode": "86",
                "SubscriberNumber": sms.phone.removeprefix("+86"),
                "PhoneNumber": sms.phone,
                "SerialNo": sms.serial,
                "ReportStatus": sms.status,
                "Description": sms.error,
                "SessionContext": sms.session,
            }
            for sms in found[offset : offset + limit]
        ]
        return _response({"PullSmsSendStatusSet": statuses})


def receipt(sms: Sms, *, success: bool = True, error: str = "DELIVRD", words: str = "") -> bytes:
    """What is pushed to the customer's address."""
    report = {
        "user_receive_time": "2026-01-01 10:00:02",
        "nationcode": "86",
        "mobile": sms.phone.removeprefix("+86"),
        "report_status": "SUCCESS" if success else "FAIL",
        "errmsg": error,
        "description": words,
        "sid": sms.serial,
    }
    return json.dumps([report]).encode()


def _error(code: str) -> web.Response:
    return _response({"Error": {"Code": code, "Message": code}})


def _response(value: dict[str, Any]) -> web.Response:
    body = json.dumps({"Response": {**value, "RequestId": "R"}}).encode()
    # Without a charset: with one, Tencent's SDK does not look for an error.
    return web.Response(body=body, headers={"Content-Type": "application/json"})
