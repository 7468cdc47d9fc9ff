"""What workflow-svc is told from outside."""

from datetime import timedelta
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from shared.inspection.settings import InspectionSettings


class WorkflowSettings(InspectionSettings):
    model_config = SettingsConfigDict(env_prefix="WORKFLOW_")

    seal_order_private_key: Path  # PEM, Ed25519: document-svc seals on its word alone
    directory_folder: Path | None = None  # units.csv and people.csv, imported at each start
    calendar_file: Path = Path(__file__).parent / "calendars/china.toml"  # working time
    urge_interval: timedelta = timedelta(minutes=30)  # between two 催办 of one node
