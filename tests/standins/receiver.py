"""A system of the organisation's own, which takes the signed calls of the webhook."""

import hashlib
import hmac
import json
from dataclasses import dataclass, field

from aiohttp import web

from tests.standins import Troubles


@dataclass
class Receiver:
    """Checks the signature as it is documented, and counts a message once."""

    secret: str = "a secret that both sides know, of the tests"
    answers: list[int] = field(default_factory=list)
    taken: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: int = 0
    elsewhere: int = 0
    troubles: Troubles = field(default_factory=Troubles)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_post("/hook", self._called)
        application.router.add_route("*", "/elsewhere", self._elsewhere)
        return application

    async def _called(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._hook)

    async def _hook(self, request: web.Request) -> web.Response:
        self.calls += 1
        body = await request.read()
        timestamp = request.headers["sealflow-timestamp"]
        text = timestamp.encode() + b"." + body
        expected = "v1=" + hmac.new(self.secret.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers["sealflow-signature"]):
            return web.Response(status=401)
        if self.answers:
            status = self.answers.pop(0)
            return web.Response(status=status, headers={"location": "/elsewhere"})
        self.taken[request.headers["sealflow-id"]] = json.loads(body)
        return web.Response(status=204)

    async def _elsewhere(self, _request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()
