"""Who runs this installation: names, places and sentences that are configuration, not code."""

import tomllib
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field


class DemonstrationAccount(BaseModel):
    """An account that a demonstration shows on its sign-in page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    login: str
    role: str


class Organisation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    hall_name: str
    portal_name: str  # 校内门户: the organisation's own, from which people come
    home_url: str | None = Field(
        default=None, pattern="^https?://"
    )  # where that is, if there is one
    portal_url: str  # where people open the portal; links in messages and QR codes start here
    seal_place: str
    contract_mail: str
    service_line: str
    service_mail: str
    mail_from: str
    mail_from_name: str
    copyright: str
    timezone: str
    tracking_prefix: str
    number_prefix: str
    sheet_title: str
    sheet_note: str
    contract_note: str
    commitment: str
    classified_notice: str
    demonstration: tuple[DemonstrationAccount, ...] = ()  # empty in a real installation

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_demonstration(self) -> bool:
        """Seals then carry 样章, so that nothing made here can pass for a real institution's."""
        return bool(self.demonstration)

    @classmethod
    def load(cls, path: Path) -> "Organisation":
        """Raises: pydantic.ValidationError naming each missing or unknown key."""
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
