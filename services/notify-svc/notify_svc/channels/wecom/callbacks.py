"""What WeCom tells us. It needs an address that answers before it lets an application have one;
our cards' buttons lead to the portal, so that nothing else has to be heard."""

from pydantic import SecretStr

from notify_svc.channels import Answer, Callback, Heard
from notify_svc.channels.callback_age import check_age
from notify_svc.channels.weixin_callback import (
    CallbackCipher,
    NotGenuine,
    NotReadable,
    check_signature,
    fields,
)
from notify_svc.errors import BadCallback


class Callbacks:
    def __init__(self, token: SecretStr, aes_key: SecretStr, corp_id: str) -> None:
        self._token = token.get_secret_value()
        self._cipher = CallbackCipher(aes_key.get_secret_value(), corp_id)

    def read(self, callback: Callback) -> Heard:
        """Raises: BadCallback."""
        query = callback.query
        check_age(query, callback.received_at)
        try:
            if callback.method == "GET":
                return Heard(Answer(self._open(query.get("echostr", ""), callback)))
            self._open(fields(callback.body).get("Encrypt", ""), callback)
        except (NotGenuine, NotReadable):
            raise BadCallback from None
        return Heard(Answer())

    def _open(self, encrypted: str, callback: Callback) -> bytes:
        query = callback.query
        check_signature(
            query.get("msg_signature", ""),
            self._token,
            query.get("timestamp", ""),
            query.get("nonce", ""),
            encrypted,
        )
        return self._cipher.decrypt(encrypted)
