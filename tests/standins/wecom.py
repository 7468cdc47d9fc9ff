"""WeCom's application API: tokens, messages with cards, and cards that change."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.standins import Troubles

UPDATABLE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})


@dataclass
class Card:
    """A message as one member sees it."""

    user: str
    body: dict[str, Any]
    response_code: str | None
    done: str | None = None  # what its button says since it was changed


@dataclass
class WeCom:
    corp_id: str = "wwstandin"
    secret: str = "stand-in-secret"
    agent_id: int = 1000002
    members: set[str] = field(default_factory=set)
    unlicensed: set[str] = field(default_factory=set)
    errors: deque[int] = field(default_factory=deque)  # of the next calls that carry a token
    cards: list[Card] = field(default_factory=list)
    tokens_issued: int = 0
    troubles: Troubles = field(default_factory=Troubles)
    _token: str = ""
    _seen: set[str] = field(default_factory=set)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/cgi-bin/gettoken", self._give_token)
        application.router.add_post("/cgi-bin/message/send", self._send_requested)
        application.router.add_post("/cgi-bin/message/update_template_card", self._update)
        application.router.add_get("/cgi-bin/agent/get", self._agent)
        return application

    def expire_token(self) -> None:
        self._token = ""

    async def _give_token(self, request: web.Request) -> web.Response:
        if request.query.get("corpid") != self.corp_id:
            return _error(40013, "invalid corpid")
        if request.query.get("corpsecret") != self.secret:
            return _error(40001, "invalid credential")
        if not self._token:
            self.tokens_issued += 1
            self._token = f"CORP-TOKEN-{self.tokens_issued}"
        token = {"access_token": self._token, "expires_in": 7200}
        return web.json_response({"errcode": 0, "errmsg": "ok", **token})

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.errors:
            return _error(self.errors.popleft(), "told to")
        if request.query.get("access_token") != self._token or not self._token:
            return _error(40014, "invalid access_token")
        return None

    async def _send_requested(self, request: web.Request) -> web.StreamResponse:
        return await self.troubles.meet(request, self._send)

    async def _send(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        raw = (await request.read()).decode()
        body = json.loads(raw)
        if int(body["agentid"]) != self.agent_id:
            return _error(40056, "invalid agentid")
        error = _badly_formed(body)
        if error is not None:
            return error
        users = body["touser"].split("|")
        known = [user for user in users if user in self.members]
        answer: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
        answer["invaliduser"] = "|".join(user for user in users if user not in self.members)
        if not known:
            return web.json_response({**answer, "errcode": 81013, "errmsg": "user all invalid"})
        answer["unlicenseduser"] = "|".join(u for u in known if u in self.unlicensed)
        answer["msgid"] = f"MSG-{len(self.cards)}"
        if body.get("enable_duplicate_check") and raw in self._seen:
            return web.json_response(answer)  # dropped without a word
        self._seen.add(raw)
        return web.json_response(answer | self._deliver(body, known))

    def _deliver(self, body: dict[str, Any], users: list[str]) -> dict[str, str]:
        card = body.get("template_card", {})
        can_change = card.get("card_type") in UPDATABLE or "action_menu" in card
        code = f"RC-{len(self.cards)}" if can_change else None
        reached = (user for user in users if user not in self.unlicensed)
        self.cards += [Card(user, body, code) for user in reached]
        return {"response_code": code} if code else {}

    async def _update(self, request: web.Request) -> web.StreamResponse:
        refused = self._refused(request)
        if refused is not None:
            return refused
        body = json.loads(await request.read())
        found = [card for card in self.cards if card.response_code == body["response_code"]]
        if not found:
            return _error(42045, "response_code expired or invalid")
        for card in found:
            card.response_code = None  # good for one change
            if "button" in body:
                card.done = body["button"]["replace_name"]
            else:
                card.done = body["template_card"]["sub_title_text"]
                card.body = {**card.body, "template_card": body["template_card"]}
        return web.json_response({"errcode": 0, "errmsg": "ok", "invaliduser": []})

    async def _agent(self, request: web.Request) -> web.Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        found = request.query.get("agentid") == str(self.agent_id)
        if not found:
            return _error(40056, "invalid agentid")
        agent = {"agentid": self.agent_id, "name": "用印审批", "close": 0}
        return web.json_response({"errcode": 0, "errmsg": "ok", **agent})


def _badly_formed(body: dict[str, Any]) -> web.Response | None:
    if body["msgtype"] not in body:
        return _error(40008, "invalid message type")
    card = body.get("template_card")
    if card is None:
        return None
    if card["card_type"] in UPDATABLE or "action_menu" in card:
        task = card.get("task_id", "")
        allowed = task.isascii() and all(sign.isalnum() or sign in "_-@" for sign in task)
        if not 0 < len(task.encode()) <= 128 or not allowed:
            return _error(42014, "task_id missing or invalid")
    if card["card_type"] == "text_notice" and "card_action" not in card:
        return _error(40058, "card_action missing")
    if card["card_type"] == "button_interaction":
        return _wrong_buttons(card.get("button_list", []))
    return None


def _wrong_buttons(buttons: list[dict[str, Any]]) -> web.Response | None:
    """One to six, each with a text; type 1 leads to a page, any other calls back with its key."""
    if not 1 <= len(buttons) <= 6:
        return _error(40058, "button_list must hold 1 to 6 buttons")
    for button in buttons:
        needs = "url" if button.get("type") == 1 else "key"
        if not button.get("text") or not button.get(needs):
            return _error(40058, f"a button needs a text and a {needs}")
    return None


def _error(code: int, message: str) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": message})
