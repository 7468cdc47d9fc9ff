"""Template messages of an official account, and WeChat's word on them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from notify_svc.channels import Callback, Carrier, Equipment, Heard, Parcel, Wire
from notify_svc.channels.http import Web
from notify_svc.channels.wechat import fields
from notify_svc.channels.wechat.api import PROVIDER, WeChatApi
from notify_svc.channels.wechat.callbacks import Callbacks
from notify_svc.channels.wechat.settings import WeChatSettings
from notify_svc.domain import Kind, Message
from notify_svc.outcomes import Blame, Capabilities, Outcome, Result
from notify_svc.provider_templates import ProviderTemplate
from shared.contracts.notify import Channel

SEND = "/cgi-bin/message/template/send"


@asynccontextmanager
async def opened(settings: WeChatSettings, equipment: Equipment) -> AsyncIterator["WeChat"]:
    web = Web()
    try:
        yield WeChat(settings, equipment, web)
    finally:
        await web.close()


class WeChat(Carrier):
    channel = Channel.WECHAT
    provider = PROVIDER
    sends_only_approved = True
    binds = True
    # The same client_msg_id to the same openid is one message for ten minutes; with a margin for
    # the way there.
    capabilities = Capabilities(recognises=timedelta(minutes=9), receipts=True)

    def __init__(self, settings: WeChatSettings, equipment: Equipment, web: Web) -> None:
        self.api = WeChatApi(settings, web, equipment.runtime, equipment.safe)
        self.settings = settings
        self._templates = equipment.templates
        self._callbacks = Callbacks(settings, equipment.safe)

    def problems(self, kind: Kind, message: Message) -> Sequence[str]:
        template = self._template(kind)
        if template is None:
            return [f"the account has no approved template for {kind}"]
        return fields.problems(message, template)

    def render(self, parcel: Parcel) -> Wire:
        template = self._template(parcel.kind)
        if template is None:
            raise ValueError(f"the account has no approved template for {parcel.kind}")
        body = json.dumps(_payload(parcel, template), ensure_ascii=False)
        return Wire("application/json", body.encode())

    async def send(self, parcel: Parcel) -> Result:
        template = self._template(parcel.kind)
        if template is None:
            why = f"the account has no approved template for {parcel.kind}"
            return Result(Outcome.REFUSED, why, blame=Blame.SETTINGS)
        try:
            payload = _payload(parcel, template)
        except KeyError as missing:
            why = f"the message has no {missing}"
            return Result(Outcome.REFUSED, why, blame=Blame.SETTINGS)
        result, members = await self.api.call(SEND, payload)
        if result.outcome is not Outcome.ACCEPTED:
            return result
        message_id = members.get("msgid")
        return Result(
            Outcome.ACCEPTED,
            code=result.code,
            message_id=str(message_id) if message_id else None,
        )

    async def qr_code(self, scene: str, *, seconds: int) -> str | None:
        """What a QR code must contain that tells us, when scanned, by whom. None: no answer."""
        body = {
            "expire_seconds": seconds,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        _result, members = await self.api.call("/cgi-bin/qrcode/create", body)
        url = members.get("url")
        return url if isinstance(url, str) and url else None

    def sign_in_url(self, back: str, *, state: str) -> str:
        """snsapi_base: WeChat tells the openid and asks nobody."""
        query = {
            "appid": self.settings.app_id,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{self.settings.sign_in_url}?{urlencode(query)}#wechat_redirect"

    async def check(self) -> Sequence[str]:
        """Token, rights, clocks; and whether the account has the templates that we are told of."""
        result, members = await self.api.call("/cgi-bin/template/get_all_private_template")
        if result.outcome is not Outcome.ACCEPTED:
            return [result.reason]
        listed = {one["template_id"]: one["content"] for one in members.get("template_list", ())}
        found = [result.reason] if result.reason else []
        for kind, template in self._templates.items():
            if template.usable:
                found += fields.against_the_account(kind, template, listed.get(template.id))
        return found

    async def parse_callback(self, callback: Callback) -> Heard:
        return self._callbacks.read(callback)

    def _template(self, kind: Kind) -> ProviderTemplate | None:
        template = self._templates.get(kind)
        return template if template is not None and template.usable else None


def _payload(parcel: Parcel, template: ProviderTemplate) -> Mapping[str, Any]:
    """Neither first, remark nor colours: WeChat has shown none of them since May 2023."""
    data = fields.values(parcel.message, template)
    payload: dict[str, Any] = {
        "touser": parcel.to,
        "template_id": template.id,
        "client_msg_id": parcel.delivery_id.hex,
        "data": {key: {"value": value} for key, value in data.items()},
    }
    if parcel.message.link:
        payload["url"] = parcel.message.link
    return payload
