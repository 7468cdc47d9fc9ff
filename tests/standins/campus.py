"""Two gateways as deploy/sms/ describes them: a campus platform, and 中国移动云MAS."""

import base64
import hmac
import json
from dataclasses import dataclass, field
from hashlib import md5, sha256
from typing import Any

from aiohttp import web

from tests.standins import Troubles


@dataclass
class Campus:
    token: str = "bearer-token"
    key: str = "body-key"
    answers: list[tuple[int, Any]] = field(default_factory=list)  # in place of the ordinary one
    sent: list[dict[str, Any]] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/api/v1/messages", self._send_requested)
        application.router.add_get("/api/v1/messages/{id}", self._asked)
        return application

    async def _send_requested(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._send)

    async def _send(self, request: web.Request) -> web.Response:
        body = await request.text()
        stamp = request.headers.get("X-Timestamp", "")
        proof = hmac.new(self.key.encode(), (stamp + body).encode(), sha256).hexdigest()
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": 401}, status=401)
        if not hmac.compare_digest(request.headers.get("X-Signature", ""), proof):
            return web.json_response({"code": 403}, status=403)
        if self.answers:
            status, answer = self.answers.pop(0)
            return web.json_response(answer, status=status)
        sms = json.loads(body)
        known = [one for one in self.sent if one["requestId"] == sms["requestId"]]
        if not known:
            self.sent.append({**sms, "messageId": f"M{len(self.sent)}", "status": "SENDING"})
        message_id = (known or self.sent[-1:])[0]["messageId"]
        return web.json_response({"code": 0, "data": {"messageId": message_id}})

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._tell)

    async def _tell(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"code": 401}, status=401)
        found = [one for one in self.sent if one["requestId"] == request.match_info["id"]]
        if not found:
            return web.json_response({"code": 404})
        return web.json_response({"code": 0, "data": found[0]})

    def report(self, sms: dict[str, Any], status: str) -> tuple[bytes, dict[str, str]]:
        """What is pushed: the body, and its headers."""
        one = {"messageId": sms["messageId"], "requestId": sms["requestId"], "status": status}
        body = json.dumps({"reports": [one]}).encode()
        return body, {"x-signature": hmac.new(self.key.encode(), body, sha256).hexdigest()}


@dataclass
class YunMas:
    ec_name: str = "示范单位"
    ap_id: str = "ap"
    secret_key: str = "mas-key"
    sign: str = "sign-1"
    answers: list[str] = field(default_factory=list)  # rspcod, in place of success
    sent: list[dict[str, Any]] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/sms/norsubmit", self._send_requested)
        return application

    async def _send_requested(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._send)

    async def _send(self, request: web.Request) -> web.Response:
        sms = json.loads(base64.b64decode(await request.read(), validate=True))
        signed = (
            f"{sms['ecName']}{sms['apId']}{self.secret_key}{sms['mobiles']}{sms['content']}"
            f"{sms['sign']}{sms['addSerial']}"
        )
        code = "success"
        if sms["ecName"] != self.ec_name or sms["apId"] != self.ap_id:
            code = "InvalidUsrOrPwd"
        elif md5(signed.encode()).hexdigest() != sms["mac"]:
            code = "IllegalMac"
        elif sms["sign"] != self.sign:
            code = "IllegalSignId"
        elif self.answers:
            code = self.answers.pop(0)
        if code != "success":
            return web.json_response({"success": False, "rspcod": code, "msgGroup": ""})
        group = f"G{len(self.sent)}"
        self.sent.append({**sms, "msgGroup": group})
        return web.json_response({"success": True, "rspcod": code, "msgGroup": group})
