"""Messages of a WeCom application, as cards that change when their matter is over."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from notify_svc.channels import Callback, Carrier, Equipment, Heard, Parcel, Sent, Wire
from notify_svc.channels.http import Web
from notify_svc.channels.wecom.api import PROVIDER, WeComApi
from notify_svc.channels.wecom.callbacks import Callbacks
from notify_svc.channels.wecom.cards import BUTTON, card, cut
from notify_svc.channels.wecom.errcodes import OUTSIDE_SCOPE, WITHOUT_LICENCE
from notify_svc.channels.wecom.settings import WeComSettings
from notify_svc.errors import NoCallbacks
from notify_svc.outcomes import Capabilities, Outcome, Result
from shared.contracts.notify import Channel

SAME_FOR_SECONDS = 1800  # duplicate_check_interval: an identical message is dropped
CHANGEABLE_FOR = timedelta(hours=72)  # a response_code's life


@asynccontextmanager
async def opened(settings: WeComSettings, equipment: Equipment) -> AsyncIterator["WeCom"]:
    web = Web()
    try:
        yield WeCom(settings, equipment, web)
    finally:
        await web.close()


class WeCom(Carrier):
    channel = Channel.WECOM
    provider = PROVIDER
    # An identical message is dropped; with a margin for the way there.
    capabilities = Capabilities(
        recognises=timedelta(seconds=SAME_FOR_SECONDS) - timedelta(minutes=1), updates=True
    )

    def __init__(self, settings: WeComSettings, equipment: Equipment, web: Web) -> None:
        self.api = WeComApi(settings, web, equipment.runtime, equipment.safe)
        self.settings = settings
        self._source = equipment.runtime.organisation.hall_name
        self._callbacks = (
            Callbacks(settings.callback_token, settings.aes_key, settings.corp_id)
            if settings.callback_token is not None and settings.aes_key is not None
            else None
        )

    def render(self, parcel: Parcel) -> Wire:
        body = json.dumps(self._payload(parcel), ensure_ascii=False)
        return Wire("application/json", body.encode())

    async def send(self, parcel: Parcel) -> Result:
        if "|" in parcel.to or parcel.to.startswith("@"):  # several people, or everyone
            return OUTSIDE_SCOPE.result("")
        result, members = await self.api.call("/cgi-bin/message/send", self._payload(parcel))
        if result.outcome is not Outcome.ACCEPTED:
            return result
        if _names(members, "invaliduser", parcel.to):
            return OUTSIDE_SCOPE.result("invaliduser")
        if _names(members, "unlicenseduser", parcel.to):
            return WITHOUT_LICENCE.result("unlicenseduser")
        code = members.get("response_code")
        return Result(
            Outcome.ACCEPTED,
            code=result.code,
            message_id=members.get("msgid"),
            references={"response_code": code} if code else {},
        )

    async def update(self, sent: Sent, words: str) -> Result:
        """Puts `words` on the button, which then leads nowhere; once, and within 72 hours."""
        code = sent.references.get("response_code")
        if code is None:
            return Result(Outcome.REFUSED, "the card has no button to change")
        if datetime.now(UTC) > sent.attempted_at + CHANGEABLE_FOR:
            return Result(Outcome.REFUSED, "the card is too old to be changed")
        body = {
            "userids": [sent.parcel.to],
            "agentid": self.settings.agent_id,
            "response_code": code,
            "button": {"replace_name": cut(words, BUTTON)},
        }
        result, _members = await self.api.call("/cgi-bin/message/update_template_card", body)
        return result

    async def check(self) -> Sequence[str]:
        """Token, clocks, and the application."""
        agent = str(self.settings.agent_id)
        result, members = await self.api.call("/cgi-bin/agent/get", agentid=agent)
        if result.outcome is not Outcome.ACCEPTED:
            return [result.reason]
        closed = ["the application is switched off"] if members.get("close") else []
        return [*([result.reason] if result.reason else []), *closed]

    async def parse_callback(self, callback: Callback) -> Heard:
        if self._callbacks is None:
            raise NoCallbacks
        return self._callbacks.read(callback)

    def _payload(self, parcel: Parcel) -> dict[str, Any]:
        """The same for every try, byte for byte: that is how WeCom knows it as the same."""
        return {
            "touser": parcel.to,
            "msgtype": "template_card",
            "agentid": self.settings.agent_id,
            "template_card": card(parcel, self._source),
            "enable_duplicate_check": 1,
            "duplicate_check_interval": SAME_FOR_SECONDS,
        }


def _names(members: dict[str, Any], key: str, user: str) -> bool:
    """WeCom writes its members' ids in lower case."""
    return user.lower() in str(members.get(key) or "").lower().split("|")
