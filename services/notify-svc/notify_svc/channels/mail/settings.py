"""`NOTIFY_MAIL__…`: the server that takes our mail."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class MailSettings(BaseModel):
    """`tls`: encrypted from the first byte (port 465); `starttls`: after the greeting (587), and
    required, never “if offered”. `dkim_key`: PEM of an RSA key; without it the server signs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 587
    starttls: bool = True
    tls: bool = False
    certificates: Path | None = None  # PEM: whose signature under the server's is believed
    user: str | None = None
    password: SecretStr | None = None
    seconds: float = Field(default=30, gt=0)  # for one mail, from connecting to the last reply
    connections: int = Field(default=50, ge=0)  # kept for the next mails; NOTIFY_AT_ONCE opens them
    idle_seconds: float = Field(default=20, ge=0)  # how long one is kept unused
    mails_per_connection: int = Field(default=100, gt=0)
    dkim_selector: str | None = None
    dkim_domain: str | None = None  # the sender's, unless this says another
    dkim_key: SecretStr | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.tls and self.starttls and "starttls" in self.model_fields_set:
            raise ValueError("tls is encrypted already: starttls cannot come on top of it")
        if self.password is not None and not self.encrypted:
            raise ValueError("a password without starttls or tls would cross the network in clear")
        if (self.dkim_key is None) != (self.dkim_selector is None):
            raise ValueError("dkim_key and dkim_selector come together")
        return self

    @property
    def encrypted(self) -> bool:
        return self.tls or self.starttls
