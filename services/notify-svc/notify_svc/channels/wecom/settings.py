"""`NOTIFY_WECOM__…`: an application of a corporation in 企业微信."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from notify_svc.channels.weixin_callback import CallbackCipher


class WeComSettings(BaseModel):
    """The callback's token and key are needed only where WeCom shall call us."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    corp_id: str = Field(min_length=1)
    agent_id: int
    secret: SecretStr
    callback_token: SecretStr | None = None
    aes_key: SecretStr | None = None
    api_url: str = "https://qyapi.weixin.qq.com"
    seconds: float = Field(default=10, gt=0)  # for one call

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.callback_token is None) != (self.aes_key is None):
            raise ValueError("callback_token and aes_key come together")
        if self.aes_key is not None:
            CallbackCipher(self.aes_key.get_secret_value(), self.corp_id)
        return self
