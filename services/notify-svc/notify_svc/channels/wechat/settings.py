"""`NOTIFY_WECHAT__…`: an official account (公众号, 服务号)."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from notify_svc.channels.weixin_callback import CallbackCipher


class WeChatSettings(BaseModel):
    """`aes_key`: the EncodingAESKey of 安全模式; with it, what is not encrypted is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app_id: str = Field(min_length=1)
    app_secret: SecretStr
    callback_token: SecretStr
    aes_key: SecretStr | None = None
    api_url: str = "https://api.weixin.qq.com"
    sign_in_url: str = "https://open.weixin.qq.com/connect/oauth2/authorize"
    seconds: float = Field(default=10, gt=0)  # for one call

    @model_validator(mode="after")
    def _key_is_one(self) -> Self:
        if self.aes_key is not None:
            CallbackCipher(self.aes_key.get_secret_value(), self.app_id)
        return self
