"""What request-svc is told from outside, besides what every service is."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from request_svc.catalogue import PACKAGED
from shared.inspection.settings import InspectionSettings


class RequestSettings(InspectionSettings):
    model_config = SettingsConfigDict(env_prefix="REQUEST_")

    matters_folder: Path = PACKAGED
    conversion_cpu_seconds: int = Field(default=60, gt=0)  # of Word and Excel to PDF
    conversion_seconds: float = Field(default=180, gt=0)
    files_per_request: int = Field(default=200, gt=0)
