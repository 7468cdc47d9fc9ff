"""What document-svc is told from outside, besides what every service is."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class DocumentSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DOCUMENT_")

    # Encrypts every private key at rest. Changed or lost, nothing can be sealed.
    seal_passphrase: SecretStr = Field(min_length=12)
