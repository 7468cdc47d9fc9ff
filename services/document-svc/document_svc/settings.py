"""What document-svc is told from outside, besides what every service is."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from document_svc.signer import Secret, Token
from document_svc.time_stamp import TimestampAuthority
from shared.inspection.settings import InspectionSettings


class DocumentSettings(InspectionSettings):
    model_config = SettingsConfigDict(env_prefix="DOCUMENT_")

    seal_order_public_key: Path  # PEM, Ed25519: workflow-svc's; several while one is replaced

    sheet_template: Path | None = None  # a folder like sheets/, for another organisation's sheet

    # Encrypts every private key at rest. Changed or lost, nothing can be sealed. In a file, only
    # the signing process reads it; given itself, it is handed over to that process at its start.
    seal_passphrase_file: Path | None = None
    seal_passphrase: SecretStr | None = Field(default=None, min_length=12)

    # A token (PKCS#11) in which keys are made from then on: the library of its maker, its label, a
    # file with its user's PIN, and what the library wants to find in its environment (JSON).
    seal_token_module: Path | None = None
    seal_token_label: str | None = None
    seal_token_pin_file: Path | None = None
    seal_token_environment: dict[str, str] = Field(default_factory=dict)

    seal_quota_per_hour: int = Field(default=300, ge=1)  # of one seal; beyond it, a second person

    # A time-stamping authority (RFC 3161). One that is away is waited for until a decision is this
    # old; then its seal goes on without a time stamp, and is listed as such.
    timestamp_url: str | None = None
    timestamp_seconds: float = 3.0
    timestamp_patience: timedelta = timedelta(minutes=10)

    # An SM2 signature server of the organisation's, described in a TOML file (`national.py`).
    sm2_server_file: Path | None = None
    sm2_secret_file: Path | None = None

    @model_validator(mode="after")
    def _keys_have_a_place(self) -> "DocumentSettings":
        token = (self.seal_token_module, self.seal_token_label, self.seal_token_pin_file)
        if any(token) and not all(token):
            raise ValueError("seal_token_module, _label and _pin_file go together")
        if self.seal_passphrase_file is None and self.seal_passphrase is None and not all(token):
            raise ValueError("seal_passphrase_file, seal_passphrase or a seal_token is needed")
        return self

    @property
    def timestamps(self) -> TimestampAuthority | None:
        if self.timestamp_url is None:
            return None
        return TimestampAuthority(self.timestamp_url, seconds=self.timestamp_seconds)

    @property
    def secret(self) -> Secret:
        given = self.seal_passphrase
        passphrase = given.get_secret_value if given else None
        return Secret(self.seal_passphrase_file, passphrase, self._token)

    @property
    def _token(self) -> Token | None:
        module, label, pin = (
            self.seal_token_module,
            self.seal_token_label,
            self.seal_token_pin_file,
        )
        if module is None or label is None or pin is None:
            return None
        return Token(module, label, pin, self.seal_token_environment)
