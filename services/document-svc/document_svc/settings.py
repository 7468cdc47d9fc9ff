"""What document-svc is told from outside, besides what every service is."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.inspection.settings import InspectionSettings


class DocumentSettings(InspectionSettings):
    model_config = SettingsConfigDict(env_prefix="DOCUMENT_")

    seal_order_public_key: Path  # PEM, Ed25519: workflow-svc's; several while one is replaced

    sheet_template: Path | None = None  # a folder like sheets/, for another organisation's sheet

    # Encrypts every private key at rest. Changed or lost, nothing can be sealed.
    seal_passphrase: SecretStr = Field(min_length=12)
