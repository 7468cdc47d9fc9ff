"""Alibaba Cloud's SMS API (Dysmsapi 2017-05-25): SendSms, QuerySendDetails, receipts."""

import hmac
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from aiohttp import web

from tests.standins import Troubles

CREDENTIAL = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})"
)
WINDOW = timedelta(minutes=15)
CHINA = timedelta(hours=8)


@dataclass
class Sms:
    phone: str
    sign: str
    template: str
    parameters: str | None
    out_id: str | None
    biz_id: str
    status: int = 3  # 1 waiting, 2 failed, 3 delivered
    error: str = "DELIVERED"


@dataclass
class Aliyun:
    key_id: str = "LTAI5tStandIn"
    secret: str = "stand-in-secret"
    ahead: timedelta = timedelta()  # of our clock
    sent: list[Sms] = field(default_factory=list)
    refusals: deque[str] = field(default_factory=deque)  # codes, one for each next SendSms
    troubles: Troubles = field(default_factory=Troubles)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/", self._handle)
        return application

    def today(self) -> str:
        return (datetime.now(UTC) + CHINA).strftime("%Y%m%d")

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
        refused = await self._check(request)
        if refused is not None:
            return _json({"Code": refused, "Message": refused, "RequestId": "R"}, status=400)
        if request.headers.get("x-acs-version") != "2017-05-25":
            return _json({"Code": "InvalidVersion", "Message": "", "RequestId": "R"}, status=404)
        match request.headers.get("x-acs-action"):
            case "SendSms":
                return self._send(request)
            case "QuerySendDetails":
                return self._details(request)
        return _json({"Code": "InvalidAction.NotFound", "RequestId": "R"}, status=404)

    async def _check(self, request: web.Request) -> str | None:
        """The signature over what the request says it signed, and the time."""
        found = CREDENTIAL.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return "MissingSecurityToken"
        key_id, names, signature = found.groups()
        if key_id != self.key_id:
            return "InvalidAccessKeyId.NotFound"
        signed = names.split(";")
        required = {"host"} | {n.lower() for n in request.headers if n.lower().startswith("x-acs-")}
        if not required <= set(signed):
            return "IncompleteSignature"
        body_hash = sha256(await request.read()).hexdigest()
        if request.headers.get("x-acs-content-sha256", body_hash) != body_hash:
            return "SignatureDoesNotMatch"
        query = "&".join(
            f"{quote(k, safe='-._~')}={quote(v, safe='-._~')}"
            for k, v in sorted(request.query.items())
        )
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed)
        canonical = "\n".join((request.method, "/", query, headers, names, body_hash))
        text = "ACS3-HMAC-SHA256\n" + sha256(canonical.encode()).hexdigest()
        expected = hmac.new(self.secret.encode(), text.encode(), sha256).hexdigest()
        if not hmac.compare_digest(expected, signature):
            return "SignatureDoesNotMatch"
        at = datetime.fromisoformat(request.headers["x-acs-date"])
        away = abs(at - (datetime.now(UTC) + self.ahead))
        return "InvalidTimeStamp.Expired" if away > WINDOW else None

    def _send(self, request: web.Request) -> web.Response:
        missing = {"PhoneNumbers", "SignName", "TemplateCode"} - set(request.query)
        if missing:
            return _json({"Code": f"Missing{missing.pop()}", "RequestId": "R"}, status=400)
        if self.refusals:
            code = self.refusals.popleft()
            return _json({"Code": code, "Message": f"refused: {code}", "RequestId": "R"})
        biz_id = f"9{len(self.sent):017}^0"
        for phone in request.query["PhoneNumbers"].split(","):
            sms = Sms(
                phone=phone,
                sign=request.query["SignName"],
                template=request.query["TemplateCode"],
                parameters=request.query.get("TemplateParam"),
                out_id=request.query.get("OutId"),
                biz_id=biz_id,
            )
            self.sent.append(sms)
        return _json({"Code": "OK", "Message": "OK", "BizId": biz_id, "RequestId": "R"})

    def _details(self, request: web.Request) -> web.Response:
        query = request.query
        found = [
            sms
            for sms in self.sent
            if sms.phone == query["PhoneNumber"]
            and query["SendDate"] == self.today()
            and query.get("BizId", sms.biz_id) == sms.biz_id
        ]
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        details = [
            {
                "PhoneNum": sms.phone,
                "SendStatus": sms.status,
                "ErrCode": sms.error,
                "TemplateCode": sms.template,
                "OutId": sms.out_id or "",
                "SendDate": "2026-01-01 10:00:00",
                "ReceiveDate": "2026-01-01 10:00:02",
            }
            for sms in found[(page - 1) * size : page * size]
        ]
        body = {"Code": "OK", "Message": "OK", "RequestId": "R", "TotalCount": str(len(found))}
        return _json({**body, "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}})


def receipt(sms: Sms, *, success: bool = True, code: str = "DELIVERED") -> bytes:
    """What is pushed to the customer's address (SmsReport)."""
    report = {
        "phone_number": sms.phone,
        "send_time": "2026-01-01 10:00:00",
        "report_time": "2026-01-01 10:00:02",
        "success": success,
        "err_code": code,
        "err_msg": "",
        "sms_size": "1",
        "biz_id": sms.biz_id,
        "out_id": sms.out_id or "",
    }
    return json.dumps([report]).encode()


def _json(value: object, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)
