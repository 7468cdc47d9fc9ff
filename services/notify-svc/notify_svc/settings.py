"""What notify-svc is told from outside, besides what every service is."""

from collections.abc import Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from notify_svc.channels.mail import MailSettings
from notify_svc.channels.sms.aliyun import AliyunSettings
from notify_svc.channels.sms.gateway_description import GatewaySettings
from notify_svc.channels.sms.tencent import TencentSettings
from notify_svc.channels.webhook import WebhookSettings
from notify_svc.channels.wechat.settings import WeChatSettings
from notify_svc.channels.wecom.settings import WeComSettings
from notify_svc.domain import LIFETIMES, Kind
from notify_svc.outcomes import Patience
from notify_svc.policy import Quiet
from shared.contracts.notify import Channel
from shared.settings import ServiceSettings

# WeCom drops what is over 30 a minute and 1000 an hour for one member, without a word; Aliyun takes
# 50 a day of one template for one number.
PERSON_LIMITS: Mapping[Channel, tuple[tuple[int, float], ...]] = {
    Channel.WECOM: ((25, 60), (900, 3600)),
    Channel.SMS: ((10, 3600), (40, 86400)),
}


class NotifySettings(ServiceSettings):
    """A channel without a provider shows its messages in the dev inbox, or nowhere.

    Each channel's part is in its own file, and read from `NOTIFY_<CHANNEL>__…`.
    """

    model_config = SettingsConfigDict(env_prefix="NOTIFY_", env_nested_delimiter="__")

    # Seal addresses and texts; the first one seals, all of them open (privacy.py).
    privacy_secrets: tuple[SecretStr, ...] = Field(min_length=1)

    dev_inbox: bool = False
    dev_inbox_channels: tuple[Channel, ...] = (Channel.WECHAT, Channel.SMS, Channel.MAIL)
    provider_templates: Path | None = None  # what the providers have approved

    mail: MailSettings | None = None
    webhook: WebhookSettings | None = None
    wechat: WeChatSettings | None = None
    wecom: WeComSettings | None = None
    # SMS: one of these.
    sms_gateway: GatewaySettings | None = None
    aliyun: AliyunSettings | None = None
    tencent: TencentSettings | None = None

    sends_at_once: int = Field(default=50, gt=0)  # of each channel
    # provider → how many at once, where it shall be another number
    at_once: Mapping[str, Annotated[int, Field(gt=0)]] = Field(default_factory=dict)
    lease_seconds: float = Field(default=60, gt=0)  # then an attempt that nobody ended is unknown
    resend_seconds: float = Field(default=120, ge=0)  # until what may have gone out goes again
    retry_seconds: tuple[float, ...] = (30, 120, 600, 1800, 7200, 21600)  # then it has failed
    ask_seconds: tuple[float, ...] = (60, 240, 1200, 7200)  # then nobody can say what became of it
    trouble_seconds: float = Field(default=30, gt=0)
    receipt_seconds: float = Field(default=600, gt=0)  # without a receipt: another channel
    suppression_days: float = Field(default=30, gt=0)  # of an address that cannot be reached
    retention_days: float = Field(default=730, gt=0)  # of who was told what
    lifetime_hours: float = Field(default=24, gt=0)  # of no use afterwards

    breaker_opens_after: int = Field(default=5, gt=0)  # troubles in a row
    breaker_seconds: float = Field(default=30, gt=0)  # then one message tries; doubles each time
    breaker_seconds_at_most: float = Field(default=600, gt=0)
    rates: Mapping[str, float] = Field(default_factory=dict)  # provider → messages a second
    ramp_from: float = Field(default=1, gt=0)  # messages a second after a recovery
    ramp_doubles_seconds: float = Field(default=15, gt=0)
    ramp_to: float = Field(default=200, gt=0)  # then there is no limit, where none is set

    quiet_hours: str | None = None  # “22:00-07:30”, of who has not set their own; None: never
    digest_at: time = time(17)  # of the day, in the organisation's time
    merge_over: int = Field(default=4, gt=0)  # so many late ones for one address are told together
    merge_after_seconds: float = Field(default=900, gt=0)  # a message is late from then on

    # channel → how many to one address within how many seconds
    person_limits: Mapping[Channel, tuple[tuple[int, float], ...]] = Field(
        default_factory=lambda: dict(PERSON_LIMITS)
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.quiet_hours is not None:
            Quiet.parse(self.quiet_hours)
        # One call may be followed by a token's renewal and the same call again.
        calls = [self.wechat, self.wecom, self.sms_gateway, self.aliyun, self.tencent]
        longest = [4 * part.seconds for part in calls if part is not None]
        longest += [part.seconds for part in (self.mail, self.webhook) if part is not None]
        if self.lease_seconds <= max(longest, default=0):
            raise ValueError("lease_seconds must be longer than sending may take (…__SECONDS)")
        if sum(part is not None for part in (self.sms_gateway, self.aliyun, self.tencent)) > 1:
            raise ValueError("SMS goes by one provider: sms_gateway, aliyun or tencent")
        if any(len(secret.get_secret_value()) < 24 for secret in self.privacy_secrets):
            raise ValueError("a privacy secret has 24 characters or more")
        return self

    def lifetime(self, kind: Kind) -> timedelta:
        return LIFETIMES.get(kind, timedelta(hours=self.lifetime_hours))

    @property
    def patience(self) -> Patience:
        return Patience(
            delays=tuple(timedelta(seconds=seconds) for seconds in self.retry_seconds),
            before_resend=timedelta(seconds=self.resend_seconds),
            asks=tuple(timedelta(seconds=seconds) for seconds in self.ask_seconds),
            trouble=timedelta(seconds=self.trouble_seconds),
        )
