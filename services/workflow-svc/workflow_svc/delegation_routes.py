"""委托 over HTTP: mine, given and received."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contracts.people import Person, Post, Unit
from shared.web import CurrentUser, IdempotencyKey, Tx
from workflow_svc import delegating
from workflow_svc.models import DelegationRow

router = APIRouter()


class DelegationBody(BaseModel):
    """`post`, `unit_id`: only there; left out, everywhere. It begins now if `starts_at` is past."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    to: UUID
    post: Post | None = None
    unit_id: UUID | None = None
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: str = Field(default="", max_length=200)


class DelegationView(BaseModel):
    """`in_force`: whether it counts at this moment."""

    id: UUID
    holder: Person
    to: Person
    post: Post | None
    unit: Unit | None
    reason: str
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None
    in_force: bool

    @classmethod
    def of(cls, row: DelegationRow, now: datetime) -> Self:
        unit = None if row.unit_id is None else Unit(id=row.unit_id, name=row.unit_name or "")
        return cls(
            id=row.id,
            holder=Person(id=row.from_id, name=row.from_name),
            to=Person(id=row.to_id, name=row.to_name),
            post=Post(row.post) if row.post else None,
            unit=unit,
            reason=row.reason,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            revoked_at=row.revoked_at,
            in_force=row.revoked_at is None and row.starts_at <= now < row.ends_at,
        )


class DelegationList(BaseModel):
    given: list[DelegationView]
    received: list[DelegationView]


@router.get("/delegations")
async def list_delegations(user: CurrentUser, tx: Tx) -> DelegationList:
    rows = await delegating.of(tx, user.id)
    return DelegationList(
        given=[DelegationView.of(row, tx.now) for row in rows if row.from_id == user.id],
        received=[DelegationView.of(row, tx.now) for row in rows if row.to_id == user.id],
    )


@router.post("/delegations", status_code=201)
async def create_delegation(
    body: DelegationBody, user: CurrentUser, tx: Tx, idempotency_key: IdempotencyKey = None
) -> DelegationView:
    wish = delegating.Wish(
        to=body.to,
        post=body.post,
        unit_id=body.unit_id,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        reason=body.reason,
    )
    row = await delegating.delegate(tx, wish, by=user, key=idempotency_key)
    return DelegationView.of(row, tx.now)


@router.delete("/delegations/{delegation_id}", status_code=204)
async def revoke_delegation(delegation_id: UUID, user: CurrentUser, tx: Tx) -> None:
    await delegating.revoke(tx, delegation_id, by=user)
