"""What WeChat tells us: whether a message arrived, who scanned a code, who left."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from xml.sax.saxutils import escape

from notify_svc import binding
from notify_svc.channels import Answer, Callback, Fate, Heard, Receipt
from notify_svc.channels.callback_age import check_age
from notify_svc.channels.wechat.api import PROVIDER
from notify_svc.channels.wechat.errcodes import RECEIPTS
from notify_svc.channels.wechat.settings import WeChatSettings
from notify_svc.channels.weixin_callback import (
    CallbackCipher,
    NotGenuine,
    NotReadable,
    check_signature,
    fields,
    signature,
)
from notify_svc.errors import BadCallback
from notify_svc.outcomes import Blame
from notify_svc.privacy import Safe
from notify_svc.replays import Call
from shared.contracts.notify import Channel

SUCCESS = Answer(b"success")
SCENE_OF_A_NEW_FOLLOWER = "qrscene_"
SCANNED = "您的确认码是 {}。请在正在绑定的页面上输入；如果不是您本人在绑定，请忽略。"


class Callbacks:
    def __init__(self, settings: WeChatSettings, safe: Safe) -> None:
        self._token = settings.callback_token.get_secret_value()
        self._safe = safe
        self._app_id = settings.app_id
        self._cipher = (
            CallbackCipher(settings.aes_key.get_secret_value(), settings.app_id)
            if settings.aes_key is not None
            else None
        )

    def read(self, callback: Callback) -> Heard:
        """Raises: BadCallback."""
        query = callback.query
        check_age(query, callback.received_at)
        try:
            if callback.method == "GET":
                self._check(query.get("signature", ""), query)
                return Heard(Answer(query.get("echostr", "").encode()))
            event = self._open(callback)
        except (NotGenuine, NotReadable):
            raise BadCallback from None
        return self._hear(event, call(query))

    def _check(self, claimed: str, query: Mapping[str, str], *also: str) -> None:
        check_signature(
            claimed, self._token, query.get("timestamp", ""), query.get("nonce", ""), *also
        )

    def _open(self, callback: Callback) -> Mapping[str, str]:
        """The event. Where a key is set, only what is encrypted counts: a plain body is not signed
        at all, and in 兼容模式 both come."""
        query = callback.query
        outer = fields(callback.body)
        if self._cipher is None:
            self._check(query.get("signature", ""), query)
            return outer
        encrypted = outer.get("Encrypt", "")
        self._check(query.get("msg_signature", ""), query, encrypted)
        return fields(self._cipher.decrypt(encrypted))

    def _hear(self, event: Mapping[str, str], once: Call) -> Heard:
        openid, kind = event.get("FromUserName", ""), event.get("Event", "").upper()
        if event.get("MsgType") != "event" or not openid:
            return Heard(SUCCESS)
        scene = event.get("EventKey", "")
        if kind == "SUBSCRIBE":
            new = scene.startswith(SCENE_OF_A_NEW_FOLLOWER)
            scene = scene.removeprefix(SCENE_OF_A_NEW_FOLLOWER) if new else ""
        match kind:
            case "TEMPLATESENDJOBFINISH":
                return Heard(SUCCESS, receipts=[self._receipt(event)])
            case "SCAN" | "SUBSCRIBE" if scene:
                code = binding.new_check_code()
                scanned = partial(
                    binding.scanned, scene=scene, openid=openid, check_code=code, once=once
                )
                return Heard(self._reply(event, SCANNED.format(code)), also=[scanned])
            case "UNSUBSCRIBE":
                left = partial(binding.left, channel=Channel.WECHAT, address=openid, once=once)
                return Heard(SUCCESS, also=[left])
        return Heard(SUCCESS)

    def _reply(self, event: Mapping[str, str], text: str) -> Answer:
        now = int(datetime.now(UTC).timestamp())
        xml = (
            f"<xml><ToUserName>{escape(event['FromUserName'])}</ToUserName>"
            f"<FromUserName>{escape(event.get('ToUserName', ''))}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType>"
            f"<Content>{escape(text)}</Content></xml>"
        )
        if self._cipher is None:
            return Answer(xml.encode(), "application/xml")
        encrypted, nonce = self._cipher.encrypt(xml.encode()), secrets.token_hex(8)
        proof = signature(self._token, str(now), nonce, encrypted)
        closed = (
            f"<xml><Encrypt>{encrypted}</Encrypt><MsgSignature>{proof}</MsgSignature>"
            f"<TimeStamp>{now}</TimeStamp><Nonce>{nonce}</Nonce></xml>"
        )
        return Answer(closed.encode(), "application/xml")

    def _receipt(self, event: Mapping[str, str]) -> Receipt:
        """TEMPLATESENDJOBFINISH. The MsgID is 0 where the message had a client_msg_id, as ours
        have; then it is the last one to that person before the event."""
        created, openid = event.get("CreateTime", ""), event["FromUserName"]
        at = datetime.fromtimestamp(int(created), UTC) if created.isdigit() else None
        message_id = event.get("MsgID", "")
        message_id = message_id if message_id.strip("0") else ""
        status = event.get("Status", "")
        failure = "".join(status.removeprefix("failed:").split()).lower()
        reached, verdict = failure == "success", RECEIPTS.get(failure)
        return Receipt(
            key=f"{message_id or self._safe.fingerprint(openid)}:{created}:{failure}"[:200],
            fate=Fate.REACHED if reached else Fate.NOT_REACHED,
            message_id=message_id or None,
            to=openid,
            at=at,
            code="" if reached else status[:40],
            reason="" if reached else verdict.why if verdict else "WeChat could not deliver it",
            unreachable=verdict is not None and verdict.blame is Blame.RECIPIENT,
        )


def call(query: Mapping[str, str]) -> Call:
    proof = query.get("msg_signature") or query.get("signature", "")
    return Call(PROVIDER, f"{query.get('timestamp')}:{query.get('nonce')}:{proof}"[:200])
