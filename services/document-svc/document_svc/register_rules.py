"""The rules of the seal register. No IO."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from document_svc.errors import (
    NotTheSamePerson,
    ProposalClosed,
    SealStateForbids,
)

RENEWED_BEFORE = timedelta(days=30)  # a certificate is replaced this long before its end
QUOTA_PERIOD = timedelta(hours=1)


class SealState(StrEnum):
    NOT_ISSUED = "not_issued"  # 未启用
    IN_USE = "in_use"  # 在用
    SUSPENDED = "suspended"  # 停用
    DESTROYED = "destroyed"  # 已销毁


class Deed(StrEnum):
    """What takes two persons."""

    ISSUE = "issue"  # 启用, 重新刻制
    REINSTATE = "reinstate"  # 恢复使用
    DESTROY = "destroy"  # 销毁


class Act(StrEnum):
    """What the history tells."""

    ENTERED = "entered"
    ISSUED = "issued"
    RENAMED = "renamed"
    RENEWED = "renewed"
    SUSPENDED = "suspended"
    REINSTATED = "reinstated"
    DESTROYED = "destroyed"
    RELEASED = "released"  # beyond its quota, by a second person
    REFUSED = "refused"  # a proposal


class Retirement(StrEnum):
    """Why a certificate is used no more."""

    RENEWED = "renewed"  # before its end
    REISSUED = "reissued"  # 重新刻制
    RENAMED = "renamed"  # the department
    DESTROYED = "destroyed"


class ProposalState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


_FROM = {
    Deed.ISSUE: {SealState.NOT_ISSUED, SealState.IN_USE, SealState.DESTROYED},
    Deed.REINSTATE: {SealState.SUSPENDED},
    Deed.DESTROY: {SealState.NOT_ISSUED, SealState.IN_USE, SealState.SUSPENDED},
}
AFTERWARDS = {
    Deed.ISSUE: (SealState.IN_USE, Act.ISSUED),
    Deed.REINSTATE: (SealState.IN_USE, Act.REINSTATED),
    Deed.DESTROY: (SealState.DESTROYED, Act.DESTROYED),
}


def require_deed(deed: Deed, state: SealState) -> None:
    """Raises: SealStateForbids."""
    if state not in _FROM[deed]:
        raise SealStateForbids(state=state.value)


def require_second_person(proposed_by: UUID, state: ProposalState, by: UUID) -> None:
    """Raises: ProposalClosed, NotTheSamePerson."""
    if state is not ProposalState.OPEN:
        raise ProposalClosed(state=state.value)
    if proposed_by == by:
        raise NotTheSamePerson


def ends_soon(ends_at: datetime | None, now: datetime) -> bool:
    return ends_at is not None and ends_at - now < RENEWED_BEFORE
