"""Calls to WeChat with the account's token, which is renewed when WeChat does not take it."""

from datetime import timedelta
from typing import Any

from notify_svc.channels.credentials import Credentials, NoToken, Token
from notify_svc.channels.http import Answer, NoAnswer, NotSent, NotUnderstood, Web
from notify_svc.channels.verdict import (
    busy,
    not_understood,
    of_status,
    settings,
    with_code,
    without_answer,
)
from notify_svc.channels.wechat.errcodes import TOKEN, UNKNOWN_CODE, VERDICTS
from notify_svc.channels.wechat.settings import WeChatSettings
from notify_svc.outcomes import Outcome, Result
from notify_svc.privacy import Safe
from shared.service import Runtime

PROVIDER = "wechat"
FORCED_AT_MOST_EVERY = timedelta(seconds=30)


class WeChatApi:
    def __init__(self, settings: WeChatSettings, web: Web, runtime: Runtime, safe: Safe) -> None:
        self._settings = settings
        self._web = web
        self._runtime = runtime
        self._credentials = Credentials(runtime, safe, PROVIDER, self._fetch_token)

    async def call(self, path: str, body: object | None = None) -> tuple[Result, dict[str, Any]]:
        """POSTs `body`, or GETs without one. Returns: what became of it, and the answer's members.

        The result is ACCEPTED for errcode 0 and for what is as good.
        """
        try:
            token = await self._credentials.token()
            result, members = await self._once(path, body, token)
            if members.get("errcode") in TOKEN:
                token = await self._credentials.instead_of(token)
                result, members = await self._once(path, body, token)
        except NoToken as error:
            return error.result, {}
        return result, members

    async def token(self) -> str:
        """Raises: NoToken."""
        return await self._credentials.token()

    async def openid(self, code: str) -> tuple[Result, str | None]:
        """Whose the code is that came back from the sign-in inside WeChat. Good once."""
        query = {
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret.get_secret_value(),
            "code": code,
            "grant_type": "authorization_code",
        }
        url = self._settings.api_url + "/sns/oauth2/access_token"
        try:
            answer = await self._web.ask("GET", url, query=query, seconds=self._settings.seconds)
            result, members = _read(answer)
        except (NotSent, NoAnswer) as error:
            return without_answer(error), None
        return result, members.get("openid")

    async def _once(
        self, path: str, body: object | None, token: str
    ) -> tuple[Result, dict[str, Any]]:
        url, seconds = self._settings.api_url + path, self._settings.seconds
        query = {"access_token": token}
        try:
            if body is None:
                answer = await self._web.ask("GET", url, query=query, seconds=seconds)
            else:
                answer = await self._web.ask_json(url, body, query=query, seconds=seconds)
        except (NotSent, NoAnswer) as error:
            return without_answer(error), {}
        return _read(answer)

    async def _fetch_token(self, refused: Token | None) -> tuple[str, timedelta]:
        """The stable token: everyone gets the same one until its end.

        Only when that very one is refused is WeChat made to replace it, which it does 20 times
        a day and once in 30 seconds.
        """
        value, lasts = await self._stable_token(force=False)
        if refused is None or value != refused.value:
            return value, lasts
        if self._runtime.clock() - refused.renewed_at < FORCED_AT_MOST_EVERY:
            raise NoToken(settings("WeChat refuses the token that it has just given").result(""))
        return await self._stable_token(force=True)

    async def _stable_token(self, *, force: bool) -> tuple[str, timedelta]:
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret.get_secret_value(),
            "force_refresh": force,
        }
        url = self._settings.api_url + "/cgi-bin/stable_token"
        try:
            answer = await self._web.ask_json(url, body, seconds=self._settings.seconds)
        except (NotSent, NoAnswer) as error:
            raise NoToken(busy(f"no token: {error}").result("")) from None
        result, members = _read(answer)
        value, lasts = members.get("access_token"), members.get("expires_in")
        if isinstance(value, str) and isinstance(lasts, int):
            return value, timedelta(seconds=lasts)
        if result.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
            raise NoToken(busy("WeChat answered without a token").result(result.code))
        raise NoToken(result)


def _read(answer: Answer) -> tuple[Result, dict[str, Any]]:
    refused = of_status(answer)
    if refused is not None:
        return refused, {}
    try:
        members = answer.json()
    except NotUnderstood as error:
        return not_understood(answer, error), {}
    code = members.get("errcode", 0)
    if not isinstance(code, int):
        return settings("WeChat's answer has no errcode").result(""), {}
    verdict = VERDICTS.get(code, UNKNOWN_CODE)
    said = str(members.get("errmsg", ""))[:200] if code not in (0, 45065) else ""
    return with_code(verdict, answer, str(code), said), members
