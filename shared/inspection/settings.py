"""How much an inspection may take. A service that lets files in has these among its settings."""

from pydantic import Field

from shared.settings import ServiceSettings


class InspectionSettings(ServiceSettings):
    file_limit_bytes: int = Field(default=50_000_000, gt=0)
    inspections_at_once: int = Field(default=2, gt=0)
    inspection_memory_bytes: int = Field(default=1 << 30, gt=0)  # address space, not what is used
    inspection_cpu_seconds: int = Field(default=5, gt=0)
    # By the clock, only for what hangs without computing: a busy machine must not refuse a file.
    inspection_seconds: float = Field(default=60, gt=0)
    conversion_cpu_seconds: int = Field(default=60, gt=0)  # of Word and Excel to PDF
    conversion_seconds: float = Field(default=180, gt=0)
