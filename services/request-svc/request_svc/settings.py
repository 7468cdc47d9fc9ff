"""What request-svc is told from outside, besides what every service is."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from request_svc.catalogue import PACKAGED
from shared.settings import ServiceSettings


class RequestSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="REQUEST_")

    matters_folder: Path = PACKAGED
    file_limit_bytes: int = Field(default=50_000_000, gt=0)
    files_per_request: int = Field(default=200, gt=0)
    inspections_at_once: int = Field(default=2, gt=0)
    inspection_memory_bytes: int = Field(default=1 << 30, gt=0)  # address space, not what is used
    inspection_cpu_seconds: int = Field(default=5, gt=0)
    inspection_seconds: float = Field(default=15, gt=0)  # by the clock, on a busy machine
