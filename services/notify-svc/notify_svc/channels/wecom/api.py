"""Calls to WeCom with the application's token, which is renewed when WeCom does not take it."""

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
from notify_svc.channels.wecom.errcodes import TOKEN, UNKNOWN_CODE, VERDICTS
from notify_svc.channels.wecom.settings import WeComSettings
from notify_svc.outcomes import Outcome, Result
from notify_svc.privacy import Safe
from shared.service import Runtime

PROVIDER = "wecom"


class WeComApi:
    def __init__(self, settings: WeComSettings, web: Web, runtime: Runtime, safe: Safe) -> None:
        self._settings = settings
        self._web = web
        self._credentials = Credentials(runtime, safe, PROVIDER, self._fetch_token)

    async def call(
        self, path: str, body: object | None = None, **query: str
    ) -> tuple[Result, dict[str, Any]]:
        """POSTs `body`, or GETs without one. Returns: what became of it, and the answer's members.

        The result is ACCEPTED for errcode 0.
        """
        try:
            token = await self._credentials.token()
            result, members = await self._once(path, body, query, token)
            if members.get("errcode") in TOKEN:
                token = await self._credentials.instead_of(token)
                result, members = await self._once(path, body, query, token)
        except NoToken as error:
            return error.result, {}
        return result, members

    async def _once(
        self, path: str, body: object | None, query: dict[str, str], token: str
    ) -> tuple[Result, dict[str, Any]]:
        url, seconds = self._settings.api_url + path, self._settings.seconds
        query = {"access_token": token, **query}
        try:
            if body is None:
                answer = await self._web.ask("GET", url, query=query, seconds=seconds)
            else:
                answer = await self._web.ask_json(url, body, query=query, seconds=seconds)
        except (NotSent, NoAnswer) as error:
            return without_answer(error), {}
        return _read(answer)

    async def _fetch_token(self, refused: Token | None) -> tuple[str, timedelta]:
        """WeCom gives everyone the same token until its end, and offers no way to replace it."""
        query = {
            "corpid": self._settings.corp_id,
            "corpsecret": self._settings.secret.get_secret_value(),
        }
        url = self._settings.api_url + "/cgi-bin/gettoken"
        try:
            answer = await self._web.ask("GET", url, query=query, seconds=self._settings.seconds)
        except (NotSent, NoAnswer) as error:
            raise NoToken(busy(f"no token: {error}").result("")) from None
        result, members = _read(answer)
        value, lasts = members.get("access_token"), members.get("expires_in")
        if isinstance(value, str) and value and isinstance(lasts, int):
            if refused is not None and value == refused.value:
                why = "WeCom refuses the token that it gives"
                raise NoToken(settings(why).result(""))
            return value, timedelta(seconds=lasts)
        if result.outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
            raise NoToken(busy("WeCom answered without a token").result(result.code))
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
        return settings("WeCom's answer has no errcode").result(""), {}
    verdict = VERDICTS.get(code, UNKNOWN_CODE)
    return with_code(verdict, answer, str(code)), members
