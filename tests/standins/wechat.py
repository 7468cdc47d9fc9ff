"""WeChat's official account API: tokens, template messages, QR codes, web sign-in, events."""

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from tests.standins import Troubles

TYPE_LIMITS = {"thing": 20, "character_string": 32, "phrase": 5, "const": 20, "number": 32}


@dataclass
class Sent:
    openid: str
    template: str
    url: str | None
    client_msg_id: str | None
    data: dict[str, str]
    msgid: int
    at: datetime


@dataclass
class WeChat:
    """Knows one official account, its followers and its templates."""

    appid: str = "wx5823bf96d3bd56c7"
    secret: str = "stand-in-secret"
    followers: set[str] = field(default_factory=set)
    templates: dict[str, list[str]] = field(default_factory=dict)  # id → names of its fields
    quota: int | None = None  # messages left today
    errors: deque[int] = field(default_factory=deque)  # of the next calls that carry a token
    sent: list[Sent] = field(default_factory=list)
    tokens_issued: int = 0
    forced: int = 0  # renewals that replaced a token still good
    ahead: timedelta = timedelta()  # of our clock
    scenes: dict[str, str] = field(default_factory=dict)  # ticket → scene
    codes: dict[str, str] = field(default_factory=dict)  # of web sign-in, once each → openid
    troubles: Troubles = field(default_factory=Troubles)
    token_troubles: Troubles = field(default_factory=Troubles)
    _token: str = ""

    def application(self) -> web.Application:
        application = web.Application()
        application.on_response_prepare.append(self._clock)
        add = application.router
        add.add_get("/cgi-bin/token", self._old_token)
        add.add_post("/cgi-bin/stable_token", self._token_requested)
        add.add_post("/cgi-bin/message/template/send", self._send_requested)
        add.add_post("/cgi-bin/qrcode/create", self._qr_code)
        add.add_get("/sns/oauth2/access_token", self._web_token)
        add.add_get("/cgi-bin/template/get_all_private_template", self._templates)
        return application

    def expire_token(self) -> None:
        """As when somebody else renewed it, or the secret was reset."""
        self._token = ""

    async def _clock(self, _request: web.Request, answer: web.StreamResponse) -> None:
        answer.headers["Date"] = f"{datetime.now(UTC) + self.ahead:%a, %d %b %Y %H:%M:%S} GMT"

    # Tokens

    async def _old_token(self, request: web.Request) -> web.Response:
        return self._give_token(request.query.get("appid"), request.query.get("secret"), True)

    async def _token_requested(self, request: web.Request) -> web.StreamResponse:
        return await self.token_troubles.meet(request, self._stable_token)

    async def _stable_token(self, request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        if body.get("grant_type") != "client_credential":
            return _error(40002, "invalid grant_type")
        force = body.get("force_refresh", False)
        return self._give_token(body.get("appid"), body.get("secret"), force)

    def _give_token(self, appid: str | None, secret: str | None, new: bool) -> web.Response:
        if appid != self.appid:
            return _error(40013, "invalid appid")
        if secret != self.secret:
            return _error(40125, "invalid appsecret")
        if new or not self._token:
            self.forced += bool(self._token)
            self.tokens_issued += 1
            self._token = f"TOKEN-{self.tokens_issued}"
        return web.json_response({"access_token": self._token, "expires_in": 7200})

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.errors:
            return _error(self.errors.popleft(), "told to")
        token = request.query.get("access_token")
        if not token:
            return _error(41001, "access_token missing")
        if token != self._token:
            return _error(40001, "invalid credential, access_token is invalid or not latest")
        return None

    # Template messages

    async def _send_requested(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._send)

    async def _send(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        body = json.loads(await request.read())
        again = self._sent_within_ten_minutes(body["touser"], body.get("client_msg_id"))
        if again is not None:
            return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": again.msgid})
        error = self._cannot(body)
        if error is not None:
            return error
        if self.quota is not None:
            self.quota -= 1
        sent = Sent(
            openid=body["touser"],
            template=body["template_id"],
            url=body.get("url"),
            client_msg_id=body.get("client_msg_id"),
            data={key: part["value"] for key, part in body["data"].items()},
            msgid=2918131553548107776 + len(self.sent),
            at=datetime.now(UTC),
        )
        self.sent.append(sent)
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": sent.msgid})

    def _sent_within_ten_minutes(self, openid: str, client_msg_id: str | None) -> Sent | None:
        if client_msg_id is None:
            return None
        since = datetime.now(UTC) - timedelta(minutes=10)
        same = (sent for sent in self.sent if sent.client_msg_id == client_msg_id)
        return next((sent for sent in same if sent.openid == openid and sent.at > since), None)

    def _cannot(self, body: dict[str, Any]) -> web.Response | None:
        if self.quota is not None and self.quota <= 0:
            return _error(45009, "reach max api daily quota limit")
        if body["touser"] not in self.followers:
            return _error(43004, "require subscribe")
        wanted = self.templates.get(body["template_id"])
        if wanted is None:
            return _error(40037, "invalid template_id")
        if len(body.get("client_msg_id") or "") > 64:
            return _error(45067, "clientmsgid size out of limit")
        for name in wanted:
            value = body["data"].get(name, {}).get("value", "")
            limit = TYPE_LIMITS.get(name.rstrip("0123456789"), 40)
            if not 0 < len(value) <= limit:
                return _error(47003, f"argument invalid! data.{name}.value invalid")
        return None

    async def _templates(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        listed = [
            {
                "template_id": template,
                "title": "事务进度提醒",
                "content": "\n".join(f"{name}:{{{{{name}.DATA}}}}" for name in names),
            }
            for template, names in self.templates.items()
        ]
        return web.json_response({"template_list": listed})

    # Binding

    async def _qr_code(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        body = json.loads(await request.read())
        scene = body["action_info"]["scene"]["scene_str"]
        if body["action_name"] != "QR_STR_SCENE" or not 1 <= len(scene) <= 64:
            return _error(40053, "invalid action info")
        ticket = f"gQH-{len(self.scenes)}"
        self.scenes[ticket] = scene
        expires = body.get("expire_seconds", 60)
        url = f"http://weixin.qq.com/q/{ticket}"
        return web.json_response({"ticket": ticket, "expire_seconds": expires, "url": url})

    async def _web_token(self, request: web.Request) -> web.Response:
        query = request.query
        if query["appid"] != self.appid or query["secret"] != self.secret:
            return _error(40125, "invalid appsecret")
        openid = self.codes.pop(query["code"], None)
        if openid is None:
            return _error(40163, "code been used")
        token = {"access_token": "WEB", "expires_in": 7200, "refresh_token": "R"}
        return web.json_response({**token, "openid": openid, "scope": "snsapi_base"})

    def signs_in(self, openid: str, authorize_url: str) -> tuple[str, str]:
        """Someone inside WeChat follows the link. Returns: code and state, as redirected."""
        query = parse_qs(urlsplit(authorize_url).query)
        assert query["appid"] == [self.appid]
        assert query["response_type"] == ["code"]
        code = f"CODE-{len(self.codes)}-{openid}"
        self.codes[code] = openid
        return code, query["state"][0]


def event(openid: str, kind: str, *, created: int | None = None, **fields: object) -> bytes:
    """An event as XML; `fields` in addition to those that all have."""
    created = int(datetime.now(UTC).timestamp()) if created is None else created
    more = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return (
        "<xml><ToUserName><![CDATA[gh_standin]]></ToUserName>"
        f"<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{created}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[{kind}]]></Event>{more}</xml>"
    ).encode()


def callback_query(token: str, *, at: datetime | None = None, nonce: str = "n1") -> dict[str, str]:
    """Timestamp, nonce and signature as a plain callback carries them."""
    stamp = str(int((at or datetime.now(UTC)).timestamp()))
    joined = "".join(sorted((token, stamp, nonce)))
    signature = sha1(joined.encode()).hexdigest()
    return {"timestamp": stamp, "nonce": nonce, "signature": signature}


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": f"{message} rid: 1"})
