"""A delegation as others hear of it."""

from datetime import datetime
from typing import Any

from shared.contracts.people import Person, Post, Unit
from shared.contracts.workflow import Delegated, DelegationEnded
from workflow_svc.models import DelegationRow


def delegated(row: DelegationRow) -> Delegated:
    return Delegated(
        **_about(row),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        delegated_at=row.created_at,
    )


def delegation_ended(row: DelegationRow, at: datetime) -> DelegationEnded:
    return DelegationEnded(**_about(row), revoked=row.revoked_at is not None, ended_at=at)


def _about(row: DelegationRow) -> dict[str, Any]:
    return {
        "delegation_id": row.id,
        "holder": Person(id=row.from_id, name=row.from_name),
        "to": Person(id=row.to_id, name=row.to_name),
        "post": Post(row.post) if row.post else None,
        "unit": Unit(id=row.unit_id, name=row.unit_name or "") if row.unit_id else None,
    }
