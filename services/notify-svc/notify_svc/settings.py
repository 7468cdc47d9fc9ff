"""What notify-svc is told from outside, besides what every service is."""

from datetime import timedelta
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from notify_svc.domain import Patience
from shared.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """A channel without a provider shows its messages in the dev inbox, or nowhere."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    dev_inbox: bool = False

    smtp_host: str | None = None
    smtp_port: int = 587
    smtp_starttls: bool = True  # required of the server, not merely used where offered
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    smtp_seconds: float = Field(default=30, gt=0)  # for one mail, from connecting to the last reply

    sends_at_once: int = Field(default=20, gt=0)  # of each channel
    lease_seconds: float = Field(default=60, gt=0)  # then an attempt that nobody ended is unknown
    resend_seconds: float = Field(default=120, ge=0)  # until what may have gone out goes again
    retry_seconds: tuple[float, ...] = (30, 120, 600, 1800, 7200, 21600)  # then it has failed

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.smtp_password is not None and not self.smtp_starttls:
            raise ValueError("smtp_password without smtp_starttls would cross the network in clear")
        if self.lease_seconds <= self.smtp_seconds:
            raise ValueError("lease_seconds must be longer than a mail may take (smtp_seconds)")
        return self

    @property
    def patience(self) -> Patience:
        return Patience(
            delays=tuple(timedelta(seconds=seconds) for seconds in self.retry_seconds),
            before_resend=timedelta(seconds=self.resend_seconds),
        )
