"""The life of a request as its initiator sees it. Pure: no database, no web.

What a complete form is, stands in `completeness.py`; what a matter is, in `catalogue.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.contracts.people import BUSINESS_TYPE_NAMES, BusinessType, UnitKind
from shared.contracts.workflow import Node

TITLE_MATERIAL_LIMIT = 40  # characters of the first material's name in a title


class Status(StrEnum):
    DRAFT = "draft"  # 暂存
    IN_PROGRESS = "in_progress"  # 流转中
    RETURNED = "returned"  # 退回
    APPROVED = "approved"  # all approvals done, to be sealed on site
    COMPLETED = "completed"  # 已办结
    WITHDRAWN = "withdrawn"  # 已撤销
    VOID = "void"  # 已作废, after the last approval


EDITABLE = frozenset({Status.DRAFT, Status.RETURNED})
WITHDRAWABLE = frozenset({Status.IN_PROGRESS, Status.RETURNED})
ENDED = frozenset({Status.COMPLETED, Status.WITHDRAWN, Status.VOID})


@dataclass(frozen=True)
class KnownUnit:
    """A unit as the directory last described it."""

    id: UUID
    name: str
    kind: UnitKind
    approves: frozenset[BusinessType]
    has_seal: bool
    active: bool

    @property
    def may_apply(self) -> bool:
        """申请部门意见 carries the unit's seal, so a unit without one cannot apply."""
        return self.active and self.has_seal

    def serves(self, business_type: BusinessType) -> bool:
        return self.active and business_type in self.approves


def year_of(moment: datetime, zone: ZoneInfo) -> int:
    """The year that a number given at this moment belongs to, where the organisation is."""
    return moment.astimezone(zone).year


def tracking_number(prefix: str, year: int, serial: int) -> str:
    """受理号, e.g. SL2026-000042. `serial` counts from 1 in each year."""
    if serial < 1:
        raise ValueError(f"a serial counts from 1, not {serial}")
    return f"{prefix}{year}-{serial:06d}"


def title(business_type: BusinessType | None, materials: Sequence[str]) -> str:
    """What lists and messages call a request, e.g. 科研类用印申请（任务书 等3项）."""
    kind = BUSINESS_TYPE_NAMES[business_type] if business_type else ""
    named = [name for name in materials if name]
    if not named:
        return f"{kind}用印申请"
    first = named[0]
    if len(first) > TITLE_MATERIAL_LIMIT:
        first = f"{first[: TITLE_MATERIAL_LIMIT - 1]}…"
    more = f" 等{len(materials)}项" if len(materials) > 1 else ""
    return f"{kind}用印申请（{first}{more}）"


def elapsed_seconds(started: datetime, ended: datetime | None, now: datetime) -> int:
    """总耗时: from the first submission to the end, or until now."""
    return max(0, int(((ended or now) - started).total_seconds()))


def still_urged(urged: Sequence[str], waiting: Sequence[Node]) -> list[str]:
    """An urge counts as long as the node it went to still waits."""
    return [node.id for node in waiting if node.id in urged]
