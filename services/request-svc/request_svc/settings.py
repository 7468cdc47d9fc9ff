"""What request-svc is told from outside, besides what every service is."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from request_svc.catalogue import PACKAGED
from shared.inspection.settings import InspectionSettings


class RequestSettings(InspectionSettings):
    model_config = SettingsConfigDict(env_prefix="REQUEST_")

    matters_folder: Path = PACKAGED
    files_per_request: int = Field(default=200, gt=0)
