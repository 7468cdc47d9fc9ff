"""What every service is told from outside. A service's Settings adds its own fields."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment, with the service's prefix: `REQUEST_DATABASE_URL` and so on."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    database_url: str
    bus_url: str
    files_url: str  # file:///folder or s3://bucket
    organisation_file: Path
    portal_url: str | None = None  # where people open the portal, if not where the file says
    identity_public_key: Path  # PEM, Ed25519: the gateway's
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"
    database_pool: int = 20  # connections at most
    handler_attempts: int = 8  # a handler's own failures before its event is parked
    keep_sent_days: int = 30  # events, after the bus confirmed them
    keep_handled_days: int = 90  # proofs that an event was handled: longer than any redelivery
